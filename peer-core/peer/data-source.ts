/**
 * What this peer trains on: data of its own, which never leaves it, or one of the task's published shards, pulled by
 * hash from whoever holds it.
 * @module
 */

import { minute, type PeerId } from '../foundation/index.ts'
import { exampleShape } from '../learning/data/example-shape.ts'
import { decodeExamples } from '../learning/data/shard-blob.ts'
import { deadline, type LoadableExamples, type Trainer } from '../ports/index.ts'
import { chooseShard } from '../round/index.ts'
import type { SessionContext } from './session-context.ts'

/** For one attempt at a shard; the next goes on where it stopped. */
const fetchMs = 5 * minute

export class DataSource {
  readonly #context: SessionContext
  readonly #trainer: Trainer
  readonly #own: LoadableExamples | undefined
  #loaded: string | undefined
  #shard: number | undefined
  #loading: Promise<string> | undefined

  constructor(context: SessionContext, trainer: Trainer, own: LoadableExamples | undefined) {
    this.#context = context
    this.#trainer = trainer
    this.#own = own
  }

  /** the task's shard that is trained on, if it is one of those */
  get shard(): number | undefined {
    return this.#own === undefined ? this.#shard : undefined
  }

  /** Whether the trainer holds examples. */
  get isLoaded(): boolean {
    return this.#loaded !== undefined
  }

  /**
   * Makes sure that the trainer holds our examples. Whoever asks while they are on their way waits for the same ones: a new
   * commit overtakes a model that is being fetched, not data.
   * @param taken - shard of each other contributor
   * @param holders - whom to pull a shard from, asked when we know which
   * @returns the name under which the trainer knows them
   */
  ready(
    taken: ReadonlyMap<PeerId, number>,
    holders: () => readonly PeerId[],
    onProgress: (done: number, total: number) => void,
  ): Promise<string> {
    this.#loading ??= this.#ready(taken, holders, onProgress).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #ready(
    taken: ReadonlyMap<PeerId, number>,
    holders: () => readonly PeerId[],
    onProgress: (done: number, total: number) => void,
  ): Promise<string> {
    if (this.#own !== undefined) return this.#load('own', this.#own)
    const { spec, identity, exchange } = this.#context
    const { train } = spec.data
    if (train.length === 0) throw new Error('this task publishes no data: bring your own')
    this.#shard = chooseShard(identity.peerId, train.length, taken, this.#shard)
    const name = `shard-${this.#shard}`
    if (this.#loaded === `${this.#context.task}/${name}`) return this.#loaded
    const { blob, bytes: maxBytes } = train[this.#shard]!
    const { clock, signal } = this.#context
    const limit = deadline(clock, fetchMs, signal)
    try {
      const fetch = { providers: holders(), maxBytes, signal: limit.signal, onProgress }
      const { bytes } = await exchange.fetch(blob, fetch)
      return await this.#load(name, decodeExamples(bytes, exampleShape(spec.data)))
    } finally {
      limit.clear()
    }
  }

  async #load(name: string, examples: LoadableExamples): Promise<string> {
    const key = `${this.#context.task}/${name}`
    if (this.#loaded === key) return key
    if (this.#loaded !== undefined) await this.#trainer.unload(this.#loaded)
    await this.#trainer.load(key, examples)
    this.#loaded = key
    return key
  }
}
