/**
 * Decoded deltas at hand, up to so many bytes: of a small model all of a round, of a large one those that were needed last. What is not
 * here is read from the store again.
 * @module
 */
import type { BlobId } from '../foundation/index.ts'

export class RowCache {
  readonly #mostBytes: number
  /** the least lately needed first */
  readonly #rows = new Map<BlobId, Float32Array>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  get(blob: BlobId): Float32Array | undefined {
    const row = this.#rows.get(blob)
    if (row === undefined) return undefined
    this.#rows.delete(blob)
    this.#rows.set(blob, row)
    return row
  }

  put(blob: BlobId, row: Float32Array): void {
    this.#drop(blob)
    this.#rows.set(blob, row)
    this.#bytes += row.byteLength
    for (const oldest of this.#rows.keys()) {
      if (this.#bytes <= this.#mostBytes) return
      this.#drop(oldest)
    }
  }

  clear(): void {
    this.#rows.clear()
    this.#bytes = 0
  }

  #drop(blob: BlobId): void {
    this.#bytes -= this.#rows.get(blob)?.byteLength ?? 0
    this.#rows.delete(blob)
  }
}
