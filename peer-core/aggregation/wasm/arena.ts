/**
 * Memory of one job: addresses are handed out one after another and all given back at once.
 * @module
 */

const PAGE = 65_536
/** A cache line: nothing starts in the middle of one. */
const ALIGNMENT = 64
/** An address of 0 means "none" to the kernels. */
const FIRST = 1_024

export class Arena {
  readonly #memory: WebAssembly.Memory
  #top = FIRST

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  /** Gives everything back. What was there stays until it is overwritten. */
  clear(): void {
    this.#top = FIRST
  }

  /** @returns the address of `bytes` bytes of unknown content; views that were made before may be of no use after */
  reserve(bytes: number): number {
    const at = this.#top
    this.#top = Math.ceil((at + bytes) / ALIGNMENT) * ALIGNMENT
    const missing = this.#top - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE))
    return at
  }

  /** @returns the address of a copy of `values` */
  place(values: Float64Array | Int32Array): number {
    const at = this.reserve(values.byteLength)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    new Uint8Array(this.#memory.buffer).set(bytes, at)
    return at
  }

  /** @returns the address of `count` float64 zeros */
  zeros(count: number): number {
    return this.place(new Float64Array(count))
  }

  floats(at: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer as ArrayBuffer, at, count)
  }

  doubles(at: number, count: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer as ArrayBuffer, at, count)
  }
}
