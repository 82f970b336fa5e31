/** The snapshot of one task, from its session and the network's connections. @module */
import type { PeerId, TaskId } from '../foundation/index.ts'
import type { Network, Path } from '../ports/index.ts'
import type { TaskSpec } from '../wire/index.ts'
import type { ActivityView, PeerView, TaskView } from './snapshot.ts'
import type { TaskSession } from './task-session.ts'

/** Of several connections to one peer, the one that says most of how we reach it. */
const bestFirst: readonly Path[] = ['memory', 'webrtc', 'webrtc-direct', 'tcp', 'websocket', 'relayed']

export function viewTask(id: TaskId, spec: TaskSpec, session: TaskSession | undefined, network: Network): TaskView {
  if (session === undefined) {
    const mine = { accepted: 0, rejected: 0, examples: 0, steps: 0 }
    const activity: ActivityView = { kind: 'idle', why: 'not joined' }
    return {
      id,
      spec,
      joined: false,
      activity,
      quorum: false,
      rounds: [],
      peers: [],
      mine,
      joinedFrom: {},
      mixes: 0,
      refusals: {},
    }
  }
  return {
    id,
    spec,
    joined: true,
    activity: activityOf(session),
    ...(session.deadline === undefined ? {} : { deadline: session.deadline }),
    quorum: session.quorumReachable,
    ...(session.shard === undefined ? {} : { shard: session.shard }),
    rounds: session.history.rounds,
    peers: peersOf(session, network),
    mine: session.history.mine,
    joinedFrom: session.joinedFrom,
    ...(session.history.confusion === undefined ? {} : { confusion: session.history.confusion }),
    mixes: session.contributing?.mixes ?? 0,
    refusals: session.refusals,
  }
}

function activityOf(session: TaskSession): ActivityView {
  const { contributing } = session
  if (contributing === undefined) return { kind: 'idle', why: 'this peer serves and votes' }
  const bar = session.standings.bar(session.init.identity.peerId)
  const { applying } = session
  if (bar?.why === 'not-admitted' && applying !== undefined) return { kind: 'admission', ...applying }
  if (bar !== undefined && contributing.phase !== 'paused') return { kind: 'barred', ...bar }
  const { loading, training, waitUntil } = contributing.progress
  const { round } = contributing
  switch (contributing.phase) {
    case 'idle':
      return { kind: 'idle', why: 'starting' }
    case 'paused':
      return { kind: 'paused', why: contributing.why }
    case 'loading':
      if (waitUntil !== undefined) return { kind: 'waiting', round, until: waitUntil, why: 'to try again' }
      return loading === undefined
        ? { kind: 'syncing', what: 'commits', done: 0, total: 0 }
        : { kind: 'syncing', ...loading }
    case 'training':
    case 'publishing': {
      const { step = 0, steps = session.init.spec.training.localSteps, loss = Number.NaN } = training ?? {}
      return { kind: 'training', round, step, steps, loss }
    }
    case 'waiting':
    case 'mixing':
      return {
        kind: 'waiting',
        round,
        until: waitUntil ?? session.init.clock.now(),
        why: session.quorumReachable ? 'for the others' : 'for the seeds, mixing with neighbours meanwhile',
      }
  }
}

function peersOf(session: TaskSession, network: Network): PeerView[] {
  const paths = new Map<PeerId, Path>()
  for (const { peer, path } of network.connections()) {
    const known = paths.get(peer)
    if (known === undefined || bestFirst.indexOf(path) < bestFirst.indexOf(known)) paths.set(peer, path)
  }
  return session.membership.present().map(([peer, { presence, heard }]) => {
    const path = paths.get(peer)
    const bar = session.standings.bar(peer)
    return {
      peer,
      role: presence.role,
      status: presence.status,
      engine: presence.engine,
      round: presence.round,
      ...(path === undefined ? {} : { path }),
      reputation: session.standings.weightOf(peer) / 1_000,
      ...(bar === undefined ? {} : { barred: bar.why }),
      lastSeen: heard,
    }
  })
}
