/** Runs the contributor machine: loads, trains, publishes, mixes. Weights stay here; the machine knows only their names. @module */
import { mixNeighbours } from '../aggregation/index.ts'
import { type BlobId, messageOf, type PeerId, second, sha256, utf8ToBytes } from '../foundation/index.ts'
import {
  abortable,
  deadline,
  type EngineName,
  either,
  type Trainer,
  type TrainProgress,
  type TrainResult,
} from '../ports/index.ts'
import {
  type Claim,
  type ContributorEffect,
  type ContributorInput,
  type ContributorState,
  contribute,
  contributorAt,
  type Parent,
} from '../round/index.ts'
import { type Contribution, floatsToBytes, type PeerStatus } from '../wire/index.ts'
import type { DataSource } from './data-source.ts'
import type { Deltas } from './deltas.ts'
import type { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'

/** Neighbours' contributions that one mixing takes in. */
const mixedNeighbours = 4
/** A newcomer waits for its examples anyway: its first model comes from neighbours as much as from the seeds. */
const joinEvenlyMs = 8 * second

export interface ContributingParts {
  readonly models: Models
  readonly deltas: Deltas
  readonly data: DataSource
  readonly trainer: Trainer
  head(): Parent
  /** Ends when neighbours are there to fetch from, or none is to be expected. */
  lookAround(): Promise<void>
  /** Who holds this model, or our shard. */
  holders(what: 'model' | 'data'): PeerId[]
  /** The same, asked of the directory. */
  findHolders(model: BlobId): Promise<readonly PeerId[]>
  /** The committed model from the contributions that its commit names; `undefined` when they are not to be had. */
  rebuild(model: BlobId, signal: AbortSignal): Promise<Float32Array | undefined>
  onFetched(model: BlobId, sources: ReadonlyMap<PeerId, number>): void
  takenShards(): ReadonlyMap<PeerId, number>
  /** Whether the open round takes nothing of this peer. */
  isBarred(): boolean
  /** Contributions of others to the open round. */
  neighbours(): Claim[]
  onTrained(round: number, result: TrainResult): void
  onChange(): void
}

type TrainEffect = Extract<ContributorEffect, { kind: 'train' }>

export interface Progress {
  readonly loading?: { readonly what: 'model' | 'data'; readonly done: number; readonly total: number }
  readonly training?: TrainProgress
  /** until when the commit is waited for */
  readonly waitUntil?: number
}

export class Contributing {
  readonly #context: SessionContext
  readonly #parts: ContributingParts
  #state: ContributorState
  #engine: EngineName
  #work = new AbortController()
  #lookedAround: Promise<void> | undefined
  #cancelTimer: () => void = () => undefined
  #base: { id: BlobId; weights: Float32Array } | undefined
  #dataName = ''
  /** of neighbours, counted from the base: where training goes on when no commit comes */
  #mixture: Float32Array | undefined
  #trained: { delta: Float32Array; result: TrainResult } | undefined
  /** since the base */
  #worked = { examples: 0, steps: 0 }
  #onReconsider: () => void = () => undefined
  progress: Progress = {}
  mixes = 0
  why = 'you paused it'

  constructor(context: SessionContext, parts: ContributingParts) {
    this.#context = context
    this.#parts = parts
    this.#engine = parts.trainer.engine.name
    const { deadlineMs, fetchMs } = context.spec.round
    this.#state = contributorAt(parts.head().round, parts.head().model, deadlineMs + fetchMs)
  }

  get phase(): ContributorState['phase'] {
    return this.#state.phase
  }

  /** the round that is worked on */
  get round(): number {
    return this.#state.head.round + 1
  }

  /** the last round whose model is here */
  get heldRound(): number {
    return Math.max(0, this.#state.held)
  }

  get status(): PeerStatus {
    const { phase, trainingFailed } = this.#state
    // Nobody is to wait for what nobody takes, or what may fail again.
    if (phase !== 'paused' && (trainingFailed || this.#parts.isBarred())) return 'joining'
    switch (phase) {
      case 'paused':
        return 'paused'
      case 'idle':
      case 'loading':
        // With the data here it is worth waiting for: else quick rounds would outrun every newcomer's fetch of the model.
        return !this.#parts.data.isLoaded || this.#state.failures > 0 ? 'joining' : 'ready'
      default:
        return 'training'
    }
  }

  feed(input: ContributorInput): void {
    if (this.#context.signal.aborted) return
    const [state, effects] = contribute(this.#state, input)
    this.#state = state
    for (const effect of effects) this.#run(effect)
    this.#parts.onChange()
  }

  /** Whether the open round takes its work may have changed. */
  reconsider(): void {
    this.#onReconsider()
    this.#parts.onChange()
  }

  stop(): void {
    this.#work.abort(new Error('stopped'))
    this.#cancelTimer()
  }

  #run(effect: ContributorEffect): void {
    this.#cancelTimer()
    switch (effect.kind) {
      case 'abort':
        this.#work.abort(new Error('overtaken'))
        this.#work = new AbortController()
        this.progress = {}
        return
      case 'timer': {
        const { clock } = this.#context
        this.progress = { waitUntil: clock.now() + effect.ms }
        this.#cancelTimer = clock.after(effect.ms, () => this.feed({ kind: 'timer', job: effect.job }))
        return
      }
      case 'load':
        this.#do(effect.job, (signal) => this.#load(effect.model, signal))
        return
      case 'train':
        this.#do(effect.job, (signal) => this.#train(effect, signal))
        return
      case 'publish':
        this.#do(effect.job, () => this.#publish(effect.round, effect.sequence))
        return
      case 'mix':
        this.#do(effect.job, () => this.#mix())
        return
      default:
        effect satisfies never
    }
  }

  #do(job: number, work: (signal: AbortSignal) => Promise<void>): void {
    const { signal, clear } = either(this.#work.signal, this.#context.signal)
    work(signal).then(
      () => {
        clear()
        this.feed({ kind: 'done', job })
      },
      (error: unknown) => {
        clear()
        if (signal.aborted) return
        this.#context.notice('warning', `round ${this.round}: ${messageOf(error)}; trying again`)
        this.feed({ kind: 'failed', job })
      },
    )
  }

  /** A newcomer's examples are many bytes, and its neighbours hold the model now: both are fetched at once. */
  async #load(model: BlobId, signal: AbortSignal): Promise<void> {
    const { clock, spec } = this.#context
    const limit = deadline(clock, spec.round.deadlineMs, signal)
    const fetched = this.#loadModel(model, limit.signal)
      .then((weights) => {
        this.#base = { id: model, weights }
      })
      .finally(limit.clear)
    const [name] = await Promise.all([this.#loadData(), fetched])
    signal.throwIfAborted()
    this.#dataName = name
  }

  async #loadData(): Promise<string> {
    const { data, takenShards, holders, onChange } = this.#parts
    const report = (done: number, total: number) => this.#report({ loading: { what: 'data', done, total } })
    const name = await data.ready(takenShards(), () => holders('data'), report)
    onChange()
    return name
  }

  /** From those who hold it, or, when whoever committed it is gone, made again from what it was made of. */
  async #loadModel(model: BlobId, signal: AbortSignal): Promise<Float32Array> {
    if (this.#base === undefined && (await this.#parts.models.stored(model)) === undefined) {
      this.#lookedAround ??= this.#parts.lookAround()
      await abortable(this.#lookedAround, signal)
    }
    try {
      const { weights, sources } = await this.#parts.models.load(model, {
        providers: this.#parts.holders('model'),
        findMore: () => this.#parts.findHolders(model),
        signal,
        ...(this.#base === undefined ? { evenlyForMs: joinEvenlyMs } : {}),
        onProgress: (done, total) => {
          if (this.#parts.data.isLoaded) this.#report({ loading: { what: 'model', done, total } })
        },
      })
      this.#parts.onFetched(model, sources)
      return weights
    } catch (error) {
      const rebuilt = await this.#parts.rebuild(model, signal)
      if (rebuilt === undefined) throw error
      return rebuilt
    }
  }

  async #train({ round, sequence, from }: TrainEffect, signal: AbortSignal): Promise<void> {
    const { identity, spec } = this.#context
    const base = this.#base!
    // Until the next commit, which may take its work again; or, in a founding round, until it has asked to be let in.
    while (this.#parts.isBarred()) {
      const reconsidered = Promise.withResolvers<void>()
      this.#onReconsider = reconsidered.resolve
      await abortable(reconsidered.promise, signal)
    }
    if (from === 'base') this.#worked = { examples: 0, steps: 0 }
    const start = from === 'base' ? base.weights : base.weights.map((weight, i) => weight + this.#mixture![i]!)
    const result = await this.#parts.trainer.train(
      {
        model: spec.model,
        training: spec.training,
        data: this.#dataName,
        weights: start,
        seed: shuffleSeed(`${identity.peerId}/${round}/${sequence}`),
        stepsBefore: (round - 1) * spec.training.localSteps,
        // What is not done by two thirds of the deadline is left out, so that what is done arrives in time.
        timeBudgetMs: Math.round((2 * spec.round.deadlineMs) / 3),
      },
      { signal, onProgress: (training) => this.#report({ training }) },
    )
    this.#worked = {
      examples: this.#worked.examples + result.examples,
      steps: this.#worked.steps + result.steps,
    }
    const delta = start === base.weights ? result.delta : fromBase(base.weights, start, result.delta)
    this.#trained = { delta, result }
    this.#parts.onTrained(round, result)
    this.#noticeEngine()
  }

  /** Who chose an engine, or saw which one it was, is told of another. */
  #noticeEngine(): void {
    const { name } = this.#parts.trainer.engine
    if (name === this.#engine) return
    this.#engine = name
    this.#context.notice('info', `trains with ${name} from now on: the engine before it was lost`)
  }

  async #publish(round: number, sequence: number): Promise<void> {
    const { identity, task, clock, tier } = this.#context
    const { delta, result } = this.#trained!
    const bytes = floatsToBytes(delta)
    const blob = await this.#parts.deltas.publish(bytes, round)
    const contribution: Contribution = {
      task,
      round,
      peer: identity.peerId,
      base: this.#base!.id,
      sequence,
      delta: blob,
      bytes: bytes.length,
      examples: this.#worked.examples,
      steps: this.#worked.steps,
      loss: result.loss,
      ...(tier === undefined ? {} : { tier }),
      at: clock.now(),
    }
    this.#context.say('contribution', contribution)
  }

  /**
   * Without a commit the mesh goes on: what a few random neighbours have learned, pulled from them and clipped, and what we have is
   * where we train on from.
   */
  async #mix(): Promise<void> {
    const { random, spec } = this.#context
    const mine = this.#trained!.delta
    const base = this.#base!.id
    const comparable = this.#parts.neighbours().filter((claim) => claim.contribution.base === base)
    const neighbours = random.shuffle(comparable).slice(0, mixedNeighbours)
    const judged = await Promise.all(neighbours.map((claim) => this.#parts.deltas.get(claim)))
    const theirs = judged.flatMap((one) => ('delta' in one ? [one.delta] : []))
    this.#mixture = mixNeighbours(mine, theirs, spec.aggregation.byzantineShare)
    if (theirs.length > 0) this.mixes++
  }

  #report(progress: Progress): void {
    this.progress = progress
    this.#parts.onChange()
  }
}

/** `start + delta − base`: what was learned since the last commit, mixtures included. */
function fromBase(base: Float32Array, start: Float32Array, delta: Float32Array): Float32Array {
  return delta.map((value, i) => start[i]! + value - base[i]!)
}

function shuffleSeed(text: string): number {
  return Number.parseInt(sha256(utf8ToBytes(text)).slice(0, 8), 16)
}
