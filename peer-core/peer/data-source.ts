/**
 * What this peer trains on: data of its own, which never leaves it, or one of the task's published shards, pulled by
 * hash from whoever holds it.
 * @module
 */

import type { PeerId } from '../foundation/index.ts'
import { decodeExamples } from '../learning/data/shard-blob.ts'
import type { Examples, Trainer } from '../ports/index.ts'
import { chooseShard } from '../round/index.ts'
import type { SessionContext } from './session-context.ts'

export class DataSource {
  readonly #context: SessionContext
  readonly #trainer: Trainer
  readonly #own: Examples | undefined
  #loaded: string | undefined
  #shard: number | undefined

  constructor(context: SessionContext, trainer: Trainer, own: Examples | undefined) {
    this.#context = context
    this.#trainer = trainer
    this.#own = own
  }

  /** the task's shard that is trained on, if it is one of those */
  get shard(): number | undefined {
    return this.#own === undefined ? this.#shard : undefined
  }

  /**
   * Makes sure that the trainer holds our examples.
   * @param taken - shard of each other contributor
   * @param providers - whom to pull a shard from
   * @returns the name under which the trainer knows them
   */
  async ready(
    taken: ReadonlyMap<PeerId, number>,
    providers: readonly PeerId[],
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<string> {
    if (this.#own !== undefined) return this.#load('own', this.#own)
    const { spec, identity, exchange } = this.#context
    const { train, shape, classes } = spec.data
    if (train.length === 0) throw new Error('this task publishes no data: bring your own')
    this.#shard = chooseShard(identity.peerId, train.length, taken, this.#shard)
    const name = `shard-${this.#shard}`
    if (this.#loaded === `${this.#context.task}/${name}`) return this.#loaded
    const { blob, bytes: maxBytes } = train[this.#shard]!
    const { bytes } = await exchange.fetch(blob, { providers, maxBytes, signal, onProgress })
    return this.#load(name, decodeExamples(bytes, { shape, classes: classes.length }))
  }

  async #load(name: string, examples: Examples): Promise<string> {
    const key = `${this.#context.task}/${name}`
    if (this.#loaded === key) return key
    if (this.#loaded !== undefined) await this.#trainer.unload(this.#loaded)
    await this.#trainer.load(key, examples)
    this.#loaded = key
    return key
  }
}
