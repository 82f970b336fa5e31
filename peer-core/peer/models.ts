/**
 * Weights of committed models: the first from the task's seed unless the task names one, every other by its hash from this peer's store or from
 * those who hold it. The last one stays decoded, the last two where a step needs both.
 * @module
 */
import type { Exchange, FetchResult } from '../exchange/index.ts'
import type { BlobId, PeerId } from '../foundation/index.ts'
import { initialWeights } from '../learning/initial-weights.ts'
import { parameterCount } from '../learning/model.ts'
import { looksBack } from '../round/index.ts'
import { bytesToFloats, floatsToBytes, type TaskSpec } from '../wire/index.ts'

export interface ModelFetch {
  readonly providers: readonly PeerId[]
  /** More of them, looked for when those did not do. */
  readonly findMore?: () => Promise<readonly PeerId[]>
  readonly signal: AbortSignal
  /** See the exchange's `FetchOptions`. */
  readonly evenlyForMs?: number
  readonly onProgress?: (done: number, total: number) => void
}

export class Models {
  readonly parameters: number
  readonly #spec: TaskSpec
  readonly #exchange: Exchange
  readonly #kept: number
  /** the last used at the end */
  readonly #decoded = new Map<BlobId, Float32Array>()

  constructor(spec: TaskSpec, exchange: Exchange) {
    this.#spec = spec
    this.#exchange = exchange
    this.parameters = parameterCount(spec.model)
    this.#kept = looksBack(spec.aggregation) ? 2 : 1
  }

  get bytes(): number {
    return 4 * this.parameters
  }

  /**
   * The initial model: one that the task names is had from others, as any other; the one that its seed makes is stored, so that
   * it can be served.
   */
  async genesis(): Promise<BlobId> {
    if (this.#spec.initial !== undefined) return this.#spec.initial
    return this.save(initialWeights(this.#spec.model, this.#spec.seed))
  }

  async save(weights: Float32Array): Promise<BlobId> {
    const id = await this.#exchange.publish(floatsToBytes(weights))
    this.#keep(id, weights)
    return id
  }

  /** @returns `undefined` when it is not stored here. The weights are shared: not to be changed */
  async stored(id: BlobId): Promise<Float32Array | undefined> {
    const decoded = this.#decoded.get(id)
    if (decoded !== undefined) return this.#keep(id, decoded)
    const bytes = await this.#exchange.read(id)
    return bytes && this.#keep(id, bytesToFloats(bytes, this.parameters))
  }

  /** @throws {@link ExchangeError} when the providers do not hand it over */
  async load(id: BlobId, fetch: ModelFetch): Promise<{ weights: Float32Array; sources: FetchResult['sources'] }> {
    const stored = await this.stored(id)
    if (stored !== undefined) return { weights: stored, sources: new Map() }
    const options = { ...fetch, maxBytes: this.bytes }
    const { bytes, sources } = await this.#exchange.fetch(id, options).catch(async (error: unknown) => {
      const more = fetch.signal.aborted ? [] : ((await fetch.findMore?.()) ?? [])
      if (more.length === 0) throw error
      return this.#exchange.fetch(id, { ...options, providers: more })
    })
    return { weights: this.#keep(id, bytesToFloats(bytes, this.parameters)), sources }
  }

  #keep(id: BlobId, weights: Float32Array): Float32Array {
    this.#decoded.delete(id)
    this.#decoded.set(id, weights)
    for (const oldest of [...this.#decoded.keys()].slice(0, -this.#kept)) this.#decoded.delete(oldest)
    return weights
  }
}
