/**
 * Content-addressed bytes between peers: gossip announces a blob, whoever needs it pulls its chunks from those who hold
 * it. Nothing is ever pushed.
 * @module
 */
import { type BlobId, type Hash, type Random, second } from '../foundation/index.ts'
import { type BlobStore, type Clock, type FrameStream, type Streams, sleep } from '../ports/index.ts'
import { cutBlob, limits, protocols } from '../wire/index.ts'
import { ExchangeError, type Misbehaviour } from './errors.ts'
import { assemble, type FetchOptions, type FetchResult, fetchBlob, storedManifest } from './fetch.ts'
import { serveChunks } from './serve.ts'

export interface Exchange {
  start(): void
  stop(): void
  /** Stores the blob, so that others can pull it. */
  publish(bytes: Uint8Array): Promise<BlobId>
  /** Whether the whole blob is stored here. */
  has(blob: BlobId): Promise<boolean>
  /** @returns the stored blob, or `undefined` when part of it is missing */
  read(blob: BlobId): Promise<Uint8Array | undefined>
  fetch(blob: BlobId, options: FetchOptions): Promise<FetchResult>
  /** Frees the blob's bytes, but for chunks that another blob published or fetched since the start has too. */
  remove(blob: BlobId): Promise<void>
}

export interface ExchangeComponents {
  readonly streams: Streams
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly random: Random
}

export interface ExchangeInit {
  /** Streams served at once; one above takes the place of the one that was served least lately. @defaultValue 64 */
  readonly mostServed?: number
  /** Streams served at once to one peer: its fetches of our own work and of the backups that we keep. @defaultValue 8 */
  readonly mostServedEach?: number
  readonly onMisbehaviour?: (what: Misbehaviour) => void
}

export function exchange(init: ExchangeInit = {}): (components: ExchangeComponents) => Exchange {
  return (components) => new ChunkExchange(components, init)
}

/** for a fetch of the same blob that is under way */
const joinMs = second

class ChunkExchange implements Exchange {
  readonly #components: ExchangeComponents
  readonly #init: Required<ExchangeInit>
  /** Streams that are served, the least lately served first. */
  readonly #serving = new Set<FrameStream>()
  /** Chunks of each blob that came through here. */
  readonly #held = new Map<BlobId, readonly Hash[]>()
  /** Ends of the fetches that are under way. */
  readonly #fetching = new Map<BlobId, Promise<void>>()
  #stopping = new AbortController()
  #unhandle: (() => void) | undefined

  constructor(components: ExchangeComponents, init: ExchangeInit) {
    this.#components = components
    this.#init = { mostServed: 64, mostServedEach: 8, onMisbehaviour: () => undefined, ...init }
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#unhandle = this.#components.streams.handle(protocols.exchange, {
      maxFrameBytes: limits.exchangeFrameBytes,
      serve: async (stream) => {
        const { mostServed, mostServedEach, onMisbehaviour } = this.#init
        const mine = [...this.#serving].filter((other) => other.peer === stream.peer)
        if (mine.length >= mostServedEach) return stream.abort(new Error('busy'))
        this.#serving.add(stream)
        const [idlest] = this.#serving
        if (this.#serving.size > mostServed && idlest !== undefined) {
          this.#serving.delete(idlest)
          idlest.abort(new Error('others wait'))
        }
        try {
          await serveChunks(stream, {
            blobs: this.#components.blobs,
            clock: this.#components.clock,
            signal: this.#stopping.signal,
            onMisbehaviour,
            onServed: () => {
              if (this.#serving.delete(stream)) this.#serving.add(stream)
            },
          })
        } catch (error) {
          // We hung up on it, for others: nothing is wrong.
          if (this.#serving.has(stream)) throw error
        } finally {
          this.#serving.delete(stream)
        }
      },
    })
  }

  stop(): void {
    this.#unhandle?.()
    this.#stopping.abort(new Error('stopped'))
  }

  async publish(bytes: Uint8Array): Promise<BlobId> {
    const { id, manifest, chunks } = cutBlob(bytes)
    for (const chunk of chunks) await this.#components.blobs.put(chunk.hash, chunk.bytes)
    // Last: a manifest that is stored says that its chunks are.
    await this.#components.blobs.put(id, manifest)
    this.#held.set(
      id,
      chunks.map((chunk) => chunk.hash),
    )
    return id
  }

  async has(blob: BlobId): Promise<boolean> {
    const { blobs } = this.#components
    if (!(await blobs.has(blob))) return false
    const { chunks } = await storedManifest(blob, blobs)
    for (const hash of chunks) if (!(await blobs.has(hash))) return false
    return true
  }

  async read(blob: BlobId): Promise<Uint8Array | undefined> {
    const { blobs } = this.#components
    try {
      return await assemble(blob, await storedManifest(blob, blobs), blobs)
    } catch (error) {
      if (error instanceof ExchangeError && error.fault.code === 'INCOMPLETE') return undefined
      throw error
    }
  }

  async fetch(blob: BlobId, options: FetchOptions): Promise<FetchResult> {
    // The same bytes are fetched once: the second finds here what the first one brought. It waits for a moment only, since
    // the first one's providers may be there to keep it waiting.
    const first = this.#fetching.get(blob)
    if (first !== undefined) await Promise.race([first, sleep(this.#components.clock, joinMs, options.signal)])
    const fetching = this.#fetch(blob, options)
    const settled = fetching.then(
      () => undefined,
      () => undefined,
    )
    this.#fetching.set(blob, settled)
    try {
      return await fetching
    } finally {
      if (this.#fetching.get(blob) === settled) this.#fetching.delete(blob)
    }
  }

  async #fetch(blob: BlobId, options: FetchOptions): Promise<FetchResult> {
    const result = await fetchBlob(blob, options, this.#components)
    this.#held.set(blob, (await storedManifest(blob, this.#components.blobs)).chunks)
    for (const what of result.misbehaviour) this.#init.onMisbehaviour(what)
    return result
  }

  async remove(blob: BlobId): Promise<void> {
    const { blobs } = this.#components
    if (!(await blobs.has(blob))) return
    // A manifest that cannot be read has no chunks here.
    const { chunks } = await storedManifest(blob, blobs).catch(() => ({ chunks: [] }))
    this.#held.delete(blob)
    const shared = new Set([...this.#held.values()].flat())
    await blobs.delete(blob)
    for (const hash of chunks) if (!shared.has(hash)) await blobs.delete(hash)
  }
}
