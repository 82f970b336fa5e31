/**
 * A peer for looking at the page: no network, no training, a model that learns along a curve. What the page asks of it is
 * written down in `calls`.
 * @module
 */
import type { Hash } from '../../peer-core/index.ts'
import { presetModel } from '../../peer-core/learning/presets.ts'
import { dataSchema, reputationRulesSchema } from '../../peer-core/wire/index.ts'
import type {
  ActivityView,
  Path,
  Peer,
  PeerId,
  PeerStatus,
  PeerView,
  RoundView,
  Snapshot,
  TaskId,
  TaskSpec,
  TaskView,
} from '../../web/peer.ts'

export const scenes = [
  'training',
  'waiting',
  'quorum-lost',
  'rejected',
  'paused',
  'first-round',
  'alone',
  'uninvited',
] as const
export type Scene = (typeof scenes)[number]

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const steps = 200

export const taskId = hashOf(7) as TaskId
export const selfId = peerIdOf(1)

export const spec: TaskSpec = {
  v: 1,
  name: 'Handwritten digits',
  description:
    'Tells which of the ten digits somebody wrote. Seventy thousand small grey images, the classic first task.',
  model: presetModel('mlp', { shape: [28, 28, 1], classes: 10 }),
  data: {
    kind: 'images',
    shape: [28, 28, 1],
    classes: [...'0123456789'],
    train: Array.from({ length: 32 }, (_, i) => ({ blob: hashOf(100 + i), bytes: 1_474_000, examples: 1_875 })),
  },
  training: { localSteps: steps, batchSize: 32, learningRate: 0.05, momentum: 0.9 },
  round: { deadlineMs: 60_000, fetchMs: 15_000, minimumContributions: 1 },
  aggregation: { pipeline: ['trimmed-mean'], byzantineShare: 0.2, maxNorm: 1_000, outerLearningRate: 1 },
  committee: [{ peer: peerIdOf(2), power: 1 }],
  seed: 1,
  created: 0,
}

/** The same, for those whom one of its seeds invites. */
const invitationSpec: TaskSpec = {
  ...spec,
  reputation: reputationRulesSchema.parse({ admission: { kind: 'invitation', inviters: [peerIdOf(2)] } }),
}

/** A task of a consortium: everybody brings a table of their own. */
export const tableSpec: TaskSpec = {
  ...spec,
  name: 'Heart disease',
  description: 'Tells from thirteen figures who has heart disease. Every hospital trains on its own patients.',
  model: presetModel('mlp', { shape: [3], classes: 2 }),
  data: dataSchema.parse({
    kind: 'table',
    target: { column: 'num', labels: { 0: 'healthy', 1: 'disease' } },
    classes: ['healthy', 'disease'],
    columns: [
      { kind: 'number', name: 'age' },
      { kind: 'number', name: 'chol' },
      { kind: 'number', name: 'thalach' },
    ],
    train: [],
  }),
}

const textSpec: TaskSpec = {
  ...spec,
  name: 'Plays',
  model: presetModel('char-lstm', { shape: [16], classes: 28 }),
  data: dataSchema.parse({ kind: 'text', alphabet: 'abcdefghijklmnopqrstuvwxyz ', context: 16, train: [] }),
}

/** What a seed may offer, by name; the last two as they might come from one that is newer, or lies. */
export const specs: Readonly<Record<string, unknown>> = {
  images: spec,
  table: tableSpec,
  text: textSpec,
  pictures: {
    ...spec,
    name: 'Cats and dogs',
    model: presetModel('mlp', { shape: [8, 8, 3], classes: 2 }),
    data: { kind: 'images', shape: [8, 8, 3], classes: ['cats', 'dogs'], train: [] },
  },
  'unknown-layer': {
    ...spec,
    model: { ...spec.model, layers: [{ kind: 'hologram', units: 3 }, ...spec.model.layers] },
  },
  enormous: {
    ...spec,
    model: {
      ...spec.model,
      layers: [
        { kind: 'flatten' },
        { kind: 'dense', units: 65_536, activation: 'relu' },
        { kind: 'dense', units: 65_536, activation: 'relu' },
        ...spec.model.layers.slice(1),
      ],
    },
  },
}

export interface FakePeer extends Peer {
  readonly calls: string[]
  /** One step of training; every `steps` of them a commit. */
  tick(): void
}

export function fakePeer(scene: Scene, now: number = Date.now()): FakePeer {
  const calls: string[] = []
  const listeners = new Set<() => void>()
  let snapshot = snapshotOf(scene, now)

  function change(next: Partial<TaskView>): void {
    snapshot = { ...snapshot, tasks: [{ ...snapshot.tasks[0]!, ...next }] }
    for (const listener of listeners) listener()
  }

  return {
    calls,
    snapshot: () => snapshot,
    connections: () => [],
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async join(_task, { ownData } = {}) {
      calls.push(ownData === undefined ? 'join' : `join with ${ownData.labels.length} examples`)
    },
    pause() {
      calls.push('pause')
      change({ activity: { kind: 'paused', why: 'you paused it' } })
    },
    resume() {
      calls.push('resume')
      change({ activity: training(12, 0) })
    },
    async leave() {
      calls.push('leave')
    },
    async stop() {
      calls.push('stop')
    },
    async bring() {
      calls.push('bring')
    },
    async predict(_, features) {
      calls.push('predict')
      return guess(features)
    },
    tick() {
      const task = snapshot.tasks[0]!
      if (task.activity.kind !== 'training') return
      const { round, step } = task.activity
      if (step < steps) return change({ activity: training(round, step + 1) })
      change({ activity: training(round + 1, 0), rounds: [...task.rounds, roundOf(round, Date.now(), 'accepted')] })
    },
  }
}

function snapshotOf(scene: Scene, now: number): Snapshot {
  const committed = scene === 'first-round' || scene === 'alone' ? 0 : 11
  const rounds = Array.from({ length: committed }, (_, i) =>
    roundOf(i + 1, now - (committed - i) * 21_000, mineOf(scene, i + 1, committed)),
  )
  const left = scene === 'rejected' ? 2 : 0
  const task: TaskView = {
    id: taskId,
    spec: scene === 'uninvited' ? invitationSpec : spec,
    joined: true,
    activity: activityOf(scene, committed + 1, now),
    deadline: now + 38_000,
    quorum: scene !== 'quorum-lost',
    shard: 4,
    rounds,
    peers: scene === 'alone' ? [] : peersOf(scene, committed, now),
    mine: {
      accepted: Math.max(0, committed - 2 - left),
      rejected: left,
      examples: committed * 6_400,
      steps: committed * steps,
    },
    joinedFrom: {},
    confusion: confusionOf(10),
    mixes: scene === 'quorum-lost' ? 3 : 0,
    refusals: {},
  }
  return {
    self: selfId,
    engine: { name: 'wasm', detail: 'TensorFlow.js 4.22.0, WebAssembly with SIMD', msPerStep: 8.1 },
    addresses: [],
    tasks: [task],
    traffic:
      scene === 'alone'
        ? { websocket: { sent: 4_210, received: 1_883_000 } }
        : {
            webrtc: { sent: 9_821_000, received: 11_204_000 },
            websocket: { sent: 1_240_000, received: 3_871_000 },
            relayed: { sent: 18_400, received: 22_100 },
          },
    notices: noticesOf(scene, now),
  }
}

function mineOf(scene: Scene, round: number, last: number): RoundView['mine'] {
  if (round <= 2) return 'none'
  return scene === 'rejected' && round >= last - 1 ? 'rejected' : 'accepted'
}

function activityOf(scene: Scene, round: number, now: number): ActivityView {
  if (scene === 'uninvited') return { kind: 'admission', step: 'refused', why: 'invitation-needed' }
  if (scene === 'paused') return { kind: 'paused', why: 'you paused it' }
  if (scene === 'waiting') return { kind: 'waiting', round, until: now + 41_000, why: 'for the others' }
  return training(round, 40)
}

function training(round: number, step: number): ActivityView {
  return { kind: 'training', round, step, steps, loss: 0.9 * Math.exp(-round / 6) + 0.05 + 0.01 * Math.sin(step / 3) }
}

function roundOf(round: number, at: number, mine: RoundView['mine']): RoundView {
  const everyone = [2, 3, 4, 5, 6].map(peerIdOf)
  const rejected: RoundView['rejected'][number][] = []
  if (mine === 'rejected') rejected.push({ peer: selfId, reason: 'norm-exceeded' })
  if (round === 5) rejected.push({ peer: peerIdOf(6), reason: 'silent' })
  if (round === 9) rejected.push({ peer: peerIdOf(5), reason: 'non-finite' })
  const out = new Set(rejected.map(({ peer }) => peer))
  const wobble = 0.012 * Math.sin(round * 2.3)
  return {
    round,
    hash: hashOf(1_000 + round),
    model: hashOf(2_000 + round),
    contributors: [...(mine === 'accepted' ? [selfId] : []), ...everyone].filter((peer) => !out.has(peer)),
    rejected,
    at,
    mine,
    trainingLoss: 1.55 * Math.exp(-round / 3.2) + 0.1 + wobble,
    loss: 1.7 * Math.exp(-round / 3.4) + 0.13,
    accuracy: 0.968 - 0.62 * Math.exp(-round / 2.4) + wobble / 4,
  }
}

function peersOf(scene: Scene, round: number, now: number): readonly PeerView[] {
  const away = scene === 'quorum-lost'
  const one = (
    i: number,
    role: PeerView['role'],
    status: PeerStatus,
    engine: string,
    reputation: number,
    path?: Path,
  ): PeerView => ({ peer: peerIdOf(i), role, status, engine, round, path, reputation, lastSeen: now - i * 700 })
  return [
    ...(away ? [] : [one(2, 'seed', 'serving', 'cpu', 1, 'websocket')]),
    one(3, 'contributor', 'training', 'webgpu', 0.94, 'webrtc'),
    one(4, 'contributor', 'training', 'wasm', 0.88, 'webrtc'),
    one(5, 'contributor', 'ready', 'wasm', 0.61, away ? undefined : 'relayed'),
    one(6, 'contributor', 'paused', 'webgpu', 0.73, 'webrtc'),
    one(7, 'contributor', 'training', 'cpu', 0.5),
    one(8, 'contributor', 'joining', 'wasm', 0.5),
  ]
}

function noticesOf(scene: Scene, now: number): Snapshot['notices'] {
  const joined = { at: now - 240_000, level: 'info', text: 'Fetched the model of round 2 from 2 peers' } as const
  if (scene === 'alone') return []
  if (scene === 'quorum-lost')
    return [joined, { at: now - 19_000, level: 'warning', text: 'The connection to the seed was lost' }]
  return [joined]
}

/** Sure of the class that the ink's mass says, so that a drawing shows something. */
function guess(features: Float32Array): Float32Array {
  const mass = features.reduce((sum, value) => sum + value, 0)
  const best = Math.floor(mass) % 10
  return Float32Array.from({ length: 10 }, (_, i) => (i === best ? 0.87 : i === (best + 5) % 10 ? 0.09 : 0.005))
}

function hashOf(n: number): Hash {
  return n.toString(16).padStart(8, '0').repeat(8) as Hash
}

function peerIdOf(n: number): PeerId {
  let state = n * 2_654_435_761
  const characters = Array.from({ length: 44 }, () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return base58[state % 58]
  })
  return `12D3KooW${characters.join('')}` as PeerId
}

/** Mostly right, and 4 taken for 9 more often than for others. */
function confusionOf(classes: number): number[] {
  return Array.from({ length: classes * classes }, (_, i) => {
    const [label, said] = [Math.floor(i / classes), i % classes]
    return label === said ? 940 : label === 4 && said === 9 ? 41 : (7 * label + 3 * said) % 5
  })
}
