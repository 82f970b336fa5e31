/**
 * The front door: wires a peer from what it is given, the same in a tab, on a server and in the simulator.
 *
 * ```ts
 * const peer = createPeer({ identity, network, stores, trainer, clock: realClock })
 * await peer.start()
 * const [task] = await peer.discover(seed)
 * await peer.join(task)
 * peer.subscribe(() => console.log(peer.snapshot().tasks[0]?.activity))
 * ```
 * @module
 */
import { aggregateHere, type PipelineSpec, requireForCommits, taskProblem } from '../aggregation/index.ts'
import { exchange } from '../exchange/index.ts'
import { type Identity, messageOf, minute, type PeerId, type Random, second, type TaskId } from '../foundation/index.ts'
import { exampleShape } from '../learning/data/example-shape.ts'
import { checkModel } from '../learning/model.ts'
import type { Predictor } from '../learning/predictor.ts'
import {
  type Aggregation,
  type Clock,
  type Connection,
  deadline,
  type EngineInfo,
  type Examples,
  type LoadableExamples,
  type Network,
  type Stores,
  type Trainer,
} from '../ports/index.ts'
import { noNews, sync } from '../sync/index.ts'
import {
  check,
  directoryKeys,
  limits,
  type SignedInvitation,
  seal,
  type TaskSpec,
  type Tier,
  taskSchema,
} from '../wire/index.ts'
import type { PeerEvent } from './events.ts'
import type { RoundView, Snapshot } from './snapshot.ts'
import { PeerError, readTask } from './task-record.ts'
import { TaskSession } from './task-session.ts'
import { viewTask } from './view.ts'
import { direct } from './voting/direct.ts'

export interface PeerInit {
  readonly identity: Identity
  /** What carries this peer. @defaultValue `edge` */
  readonly tier?: Tier
  readonly network: Network
  readonly stores: Stores
  readonly clock: Clock
  readonly random: Random
  /** Absent: the peer serves, keeps and votes, and does not train. */
  readonly trainer?: Trainer
  /** Evaluates every committed model on test examples: those of {@link JoinOptions}, or the task's. */
  readonly evaluator?: Trainer
  /** Answers {@link Peer.predict} on the thread that asks; when absent, the trainer does, between two of its steps. */
  readonly predictor?: Pick<Predictor, 'predict'>
  /** What aggregates, for commits and between them. @defaultValue on the spot, in plain TypeScript */
  readonly aggregation?: Aggregation
  /** Committed models kept, at least the two that the task's steps may depend on. @defaultValue 3 */
  readonly keepModels?: number
  /** Least time between two calls of a subscriber. @defaultValue 100 ms */
  readonly notifyMs?: number
}

export interface JoinOptions {
  /** To be let in by, where the task asks for one; remembered for the next start. */
  readonly invitation?: SignedInvitation
  /** Data of our own, which never leaves this peer, instead of the task's shards. */
  readonly ownData?: LoadableExamples
  /**
   * Held out from our own data, to evaluate committed models on instead of the task's test examples, and as a member of the
   * committee to score proposed ones on. Only figures leave.
   */
  readonly ownTest?: Examples
}

export interface Peer {
  readonly id: PeerId
  /** Starts the network and goes on with the tasks that were joined before. */
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Signs a task, stores it, and puts it into the directory.
   * @throws {@link PeerError} `UNFIT`, `TASK_TOO_LARGE`; {@link WireError} for a field that is wrong, {@link AggregationError} for a rule that is
   */
  publish(spec: TaskSpec): Promise<TaskId>
  /** Asks a peer for its tasks. @throws when it does not answer */
  discover(from: PeerId): Promise<TaskId[]>
  /** @throws {@link PeerError} `UNKNOWN_TASK` unless it was published, discovered or found in the directory */
  join(task: TaskId, options?: JoinOptions): Promise<void>
  /**
   * Brings an invitation to a task that was joined without one.
   * @throws {@link PeerError} `NOT_JOINED`
   */
  bring(task: TaskId, invitation: SignedInvitation): Promise<void>
  pause(task: TaskId, why?: string): void
  resume(task: TaskId): void
  leave(task: TaskId): Promise<void>
  /**
   * Class probabilities by the last committed model: {@link PeerInit.predictor}'s answer, remembered by the hashes of model and
   * input, whatever the trainer does meanwhile.
   *
   * @param features - of one example, in [0, 1]
   * @throws {@link PeerError} `NOT_JOINED`, `NO_MODEL`
   */
  predict(task: TaskId, features: Float32Array): Promise<Float32Array>
  /** The last committed model, a copy: `float32[d]`. @throws {@link PeerError} `NO_MODEL` when nobody can hand it over */
  weights(task: TaskId): Promise<Float32Array<ArrayBuffer>>
  /** Rounds `from`, `from + 1`, … up to `limit` of those that a page would show. */
  rounds(task: TaskId, from: number, limit: number): readonly RoundView[]
  snapshot(): Snapshot
  /** Every connection with its address, for who wants to know exactly. */
  connections(): Connection[]
  /** @returns unsubscribes */
  subscribe(listener: () => void): () => void
  onEvent(listener: (event: PeerEvent) => void): () => void
  /** Stores bytes, so that others can pull them. */
  share(bytes: Uint8Array): ReturnType<ReturnType<ReturnType<typeof exchange>>['publish']>
}

/** A peer that broke a protocol is refused for this long. */
const banMs = minute
const noEngine: EngineInfo = { name: 'cpu', detail: 'does not train' }

export function createPeer(init: PeerInit): Peer {
  const { identity, network, stores, clock, random } = init
  const sessions = new Map<TaskId, TaskSession>()
  const known = new Map<TaskId, { spec: TaskSpec; bytes: Uint8Array }>()
  const listeners = new Set<() => void>()
  const eventListeners = new Set<(event: PeerEvent) => void>()
  const notices: { at: number; level: 'info' | 'warning'; text: string }[] = []
  const stopping = new AbortController()
  let cached: Snapshot | undefined
  let cancelNotify: (() => void) | undefined

  const onMisbehaviour = (peer: PeerId, what: 'malformed' | 'wrong-hash') => {
    for (const session of sessions.values()) session.misbehaved(peer, what)
    network.ban(peer, banMs)
  }
  const blobs = exchange({ onMisbehaviour: ({ peer, what }) => onMisbehaviour(peer, what) })({
    streams: network.streams,
    blobs: stores.blobs,
    clock,
    random,
  })
  const asking = sync({
    onMisbehaviour: (peer) => onMisbehaviour(peer, 'malformed'),
    tasks: async () => [...known.values()].map((task) => task.bytes),
    news: async (request, asker) => (await sessions.get(request.task)?.news(request, asker)) ?? noNews,
    contributions: (request) => sessions.get(request.task)?.announced(request) ?? [],
  })({ network, clock })

  const telling = direct({
    onMessage: (task, bytes, from) => sessions.get(task)?.receive(bytes, from) ?? true,
    onMisbehaviour: (peer) => onMisbehaviour(peer, 'malformed'),
  })({ network, clock })

  const onChange = () => {
    cached = undefined
    cancelNotify ??= clock.after(init.notifyMs ?? 100, () => {
      cancelNotify = undefined
      for (const listener of listeners) listener()
    })
  }
  const onEvent = (event: PeerEvent) => {
    if (event.kind === 'notice') {
      notices.push({ at: clock.now(), level: event.level, text: event.text })
      if (notices.length > 50) notices.shift()
      onChange()
    }
    for (const listener of eventListeners) listener(event)
  }

  const learn = (bytes: Uint8Array): TaskId => {
    const task = readTask(bytes)
    checkModel(task.spec.model, exampleShape(task.spec.data))
    requireForCommits(task.spec.aggregation.pipeline as PipelineSpec)
    known.set(task.id, { spec: task.spec, bytes })
    return task.id
  }
  const remember = async (bytes: Uint8Array): Promise<TaskId> => {
    const id = learn(bytes)
    await stores.ledger.saveTask({ id, bytes })
    return id
  }
  const within = (ms: number) => deadline(clock, ms, stopping.signal).signal

  const required = (task: TaskId): TaskSession => {
    const session = sessions.get(task)
    if (session === undefined) throw new PeerError({ code: 'NOT_JOINED', task })
    return session
  }

  const peer: Peer = {
    id: identity.peerId,

    async start() {
      network.setRecordRules('zen-task', {
        validate(key, record) {
          try {
            return directoryKeys.task(readTask(record).id) === key
          } catch {
            return false
          }
        },
        // A task's key is its hash: any valid record is the record.
        select: () => 0,
      })
      for (const { id, bytes } of await stores.ledger.tasks()) {
        try {
          learn(bytes)
        } catch (error) {
          onEvent({ kind: 'notice', level: 'warning', text: `task ${id} cannot be used: ${messageOf(error)}` })
        }
      }
      await network.start()
      blobs.start()
      asking.start()
      telling.start()
      network.onConnections(onChange)
    },

    async stop() {
      for (const session of sessions.values()) await session.stop()
      sessions.clear()
      cancelNotify?.()
      stopping.abort(new Error('stopped'))
      telling.stop()
      asking.stop()
      blobs.stop()
      await network.stop()
    },

    async publish(spec) {
      const checked = check(taskSchema, spec)
      const { pipeline, byzantineShare } = checked.aggregation
      const aggregation = { pipeline: pipeline as PipelineSpec, byzantineShare }
      requireForCommits(aggregation.pipeline)
      const problem = taskProblem({ ...checked, aggregation }, checked.data.train.length)
      if (problem !== undefined) throw new PeerError({ code: 'UNFIT', problem }, problem)
      const { bytes } = seal(identity, 'task', checked)
      if (bytes.length > limits.taskBytes) {
        throw new PeerError({ code: 'TASK_TOO_LARGE', bytes: bytes.length, limit: limits.taskBytes })
      }
      const id = await remember(bytes)
      void network.directory.put(directoryKeys.task(id), bytes, within(30 * second)).catch(() => undefined)
      return id
    },

    async discover(from) {
      const { tasks } = await asking.ask(from, { want: 'tasks' }, stopping.signal)
      const found = await Promise.allSettled(tasks.map(remember))
      return found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    },

    async join(task, options = {}) {
      if (sessions.has(task)) return
      if (!known.has(task)) {
        const record = await network.directory.get(directoryKeys.task(task), within(10 * second))
        if (record === undefined || (await remember(record)) !== task) {
          throw new PeerError({ code: 'UNKNOWN_TASK', task })
        }
      }
      const session = await TaskSession.open({
        ...init,
        ...options,
        aggregation: init.aggregation ?? aggregateHere,
        task,
        spec: known.get(task)!.spec,
        exchange: blobs,
        sync: asking,
        direct: telling,
        onChange,
        onEvent,
      })
      sessions.set(task, session)
      await session.start()
      onChange()
    },

    bring: async (task, invitation) => required(task).bring(invitation),

    pause(task, why = 'you paused it') {
      const { contributing } = required(task)
      if (contributing === undefined) return
      contributing.why = why
      contributing.feed({ kind: 'pause' })
    },

    resume(task) {
      required(task).contributing?.feed({ kind: 'resume' })
    },

    async leave(task) {
      const session = sessions.get(task)
      if (session === undefined) return
      sessions.delete(task)
      await session.stop()
      onChange()
    },

    async predict(task, features) {
      const session = required(task)
      if (init.predictor) return init.predictor.predict(session.committed(), features)
      const engine = init.trainer ?? init.evaluator
      const weights = await session.weights()
      if (engine === undefined || weights === undefined) throw new PeerError({ code: 'NO_MODEL', task })
      return engine.predict(session.init.spec.model, weights, features)
    },

    async weights(task) {
      const weights = await required(task).weights()
      if (weights === undefined) throw new PeerError({ code: 'NO_MODEL', task })
      return Float32Array.from(weights)
    },

    rounds(task, from, limit) {
      const rounds = sessions.get(task)?.history.rounds ?? []
      return rounds.filter((view) => view.round >= from).slice(0, limit)
    },

    snapshot() {
      cached ??= {
        self: identity.peerId,
        engine: init.trainer?.engine ?? noEngine,
        addresses: network.addresses(),
        tasks: [...known].map(([id, { spec }]) => viewTask(id, spec, sessions.get(id), network)),
        traffic: network.traffic(),
        notices: [...notices],
      }
      return cached
    },

    connections: () => network.connections(),

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    onEvent(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },

    share: (bytes) => blobs.publish(bytes),
  }
  return peer
}
