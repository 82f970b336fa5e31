/**
 * Fetches one blob from several providers at once: the manifest first, then its chunks in an order of our own, so that
 * peers that fetch together hold different chunks early and can serve each other. Every chunk is checked and stored as
 * it arrives: a fetch that is cut off goes on where it stopped.
 * @module
 */
import type { BlobId, Hash, PeerId, Random } from '../foundation/index.ts'
import { messageOf } from '../foundation/index.ts'
import { type BlobStore, type Clock, either, type Streams } from '../ports/index.ts'
import { chunkSize, limits, type Manifest, readManifest } from '../wire/index.ts'
import { chunkQueue } from './chunk-queue.ts'
import { ExchangeError, type Misbehaviour } from './errors.ts'
import { runSource } from './source.ts'

const mostSources = 6

export interface FetchOptions {
  /** The likeliest first: six of them are asked. */
  readonly providers: readonly PeerId[]
  /** Refused when the manifest says more. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /**
   * For so long nobody gives more than an even share of the chunks: a quick provider, a seed in most cases, then does not
   * carry what slower ones can give too. @defaultValue 0
   */
  readonly evenlyForMs?: number
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

export interface FetchResult {
  readonly bytes: Uint8Array
  /** Bytes that came from each provider; empty when all was here already. */
  readonly sources: ReadonlyMap<PeerId, number>
  readonly misbehaviour: readonly Misbehaviour[]
}

export interface FetchContext {
  readonly streams: Streams
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly random: Random
}

/** @throws {@link ExchangeError} `NO_PROVIDER`, `INCOMPLETE`, `TOO_LARGE`, `BAD_MANIFEST`; `AbortError` on `signal` */
export async function fetchBlob(blob: BlobId, options: FetchOptions, context: FetchContext): Promise<FetchResult> {
  const sources = new Map<PeerId, number>()
  const misbehaviour: Misbehaviour[] = []
  const providers = options.providers.slice(0, mostSources)

  const pull = async (hashes: readonly Hash[], sizeOf: (hash: Hash) => number, evenlyForMs = 0): Promise<void> => {
    const queue = chunkQueue(hashes, {
      providers,
      clock: context.clock,
      evenlyForMs,
      async store(peer, hash, bytes) {
        await context.blobs.put(hash, bytes)
        sources.set(peer, (sources.get(peer) ?? 0) + bytes.length)
        done += sizeOf(hash)
        options.onProgress?.(done, total)
      },
    })
    // A source that is slow to open or to answer is let go as soon as the others have brought everything.
    const enough = new AbortController()
    const { signal, clear } = either(options.signal, enough.signal)
    signal.addEventListener('abort', queue.wake, { once: true })
    const trouble = await Promise.all(
      providers.map((peer) =>
        runSource(peer, queue, { ...context, signal }).finally(() => {
          if (queue.done) enough.abort()
          queue.left(peer)
        }),
      ),
    )
    clear()
    queue.close()
    for (const what of trouble) if (what !== undefined) misbehaviour.push(what)
    options.signal.throwIfAborted()
    if (queue.failure !== undefined) throw queue.failure
    if (!queue.done) {
      const have = hashes.length - queue.lacking
      throw providers.length === 0
        ? new ExchangeError({ code: 'NO_PROVIDER', blob })
        : new ExchangeError({ code: 'INCOMPLETE', blob, have, of: hashes.length, misbehaviour })
    }
  }

  let done = 0
  let total = 0
  const isNew = !(await context.blobs.has(blob))
  if (isNew) await pull([blob], () => 0)
  const manifest = await storedManifest(blob, context.blobs)
  if (manifest.bytes > options.maxBytes) {
    // Nobody will ask us for chunks that we do not have. What was here before is not this fetch's to delete.
    if (isNew) await context.blobs.delete(blob)
    throw new ExchangeError({ code: 'TOO_LARGE', blob, bytes: manifest.bytes, limit: options.maxBytes })
  }
  total = manifest.bytes

  const sizes = new Map(manifest.chunks.map((hash, i) => [hash, chunkSize(manifest, i)]))
  const wanted: Hash[] = []
  for (const [hash, bytes] of sizes) {
    if (await context.blobs.has(hash)) done += bytes
    else wanted.push(hash)
  }
  if (wanted.length > 0) {
    await pull(context.random.shuffle(wanted), (hash) => sizes.get(hash) ?? 0, options.evenlyForMs)
  }
  return { bytes: await assemble(blob, manifest, context.blobs), sources, misbehaviour }
}

/** @throws {@link ExchangeError} `BAD_MANIFEST`; `INCOMPLETE` when it is not stored, or not any more */
export async function storedManifest(blob: BlobId, blobs: BlobStore): Promise<Manifest> {
  const bytes = await blobs.get(blob)
  if (bytes === undefined) throw new ExchangeError({ code: 'INCOMPLETE', blob, have: 0, of: 1, misbehaviour: [] })
  try {
    return readManifest(bytes)
  } catch (error) {
    throw new ExchangeError({ code: 'BAD_MANIFEST', blob, why: messageOf(error) })
  }
}

/** @throws {@link ExchangeError} `INCOMPLETE` when a chunk is not stored */
export async function assemble(blob: BlobId, manifest: Manifest, blobs: BlobStore): Promise<Uint8Array> {
  const out = new Uint8Array(manifest.bytes)
  for (const [i, hash] of manifest.chunks.entries()) {
    const chunk = await blobs.get(hash)
    if (chunk?.length !== chunkSize(manifest, i)) {
      throw new ExchangeError({ code: 'INCOMPLETE', blob, have: i, of: manifest.chunks.length, misbehaviour: [] })
    }
    out.set(chunk, i * limits.chunkBytes)
  }
  return out
}
