/**
 * One aggregation on the kernels: where things lie, and what a sweep is.
 *
 * A *sweep* goes once over all rows, a panel of coordinates at a time; between sweeps there is only algebra of size n × n. Rules are
 * generators that yield sweeps, so that the same rule runs over arrays at once (`fast-aggregator.ts`) and over readers that have to be
 * waited for (`streaming-aggregator.ts`). The kernels' memory holds one panel: 1 to 3 MiB whatever d is.
 * @module
 */
import { recipesOf } from '../mixture.ts'
import { rowsOf, type Sample } from '../sample.ts'
import { Arena } from './arena.ts'
import type { Kernels } from './kernels.ts'

/** Called with panels in order: the first coordinate, and how many follow (a multiple of {@link STRIP}, zeros behind the last). */
export type Sweep = (from: number, length: number) => void

/** A computation that needs to see the rows, perhaps several times. */
export type Sweeps<Result> = Generator<Sweep, Result, void>

/** coordinates of a strip, see `assembly/layout.ts` */
export const STRIP = 16
/** bytes of one row of a strip */
export const STRIP_ROW = STRIP * 8
const BLOCK_STRIDE = 4_160
const BLOCK = 512
/** Of all rows together: stays in a second-level cache between being copied in and being read. */
const PANEL_BYTES = 512 * 1024
const LONGEST_PANEL = 16_384

export class Job {
  readonly kernels: Kernels
  readonly arena: Arena
  readonly sources: number
  readonly dimension: number
  /** d, rounded up to whole strips */
  readonly padded: number
  /** coordinates of a panel, a multiple of {@link BLOCK} */
  readonly panelLength: number
  /** one panel of a result before rounding, `float64` */
  readonly column: number
  readonly #panel: number
  readonly #stride: number
  readonly #rounded: number
  readonly #out: Float32Array<ArrayBuffer>

  constructor(kernels: Kernels, sources: number, dimension: number) {
    this.kernels = kernels
    this.arena = new Arena(kernels.memory)
    this.sources = sources
    this.dimension = dimension
    this.padded = Math.ceil(dimension / STRIP) * STRIP
    const fitting = Math.floor(PANEL_BYTES / 4 / sources / BLOCK) * BLOCK
    const needed = Math.ceil(dimension / BLOCK) * BLOCK
    this.panelLength = Math.max(BLOCK, Math.min(fitting, LONGEST_PANEL, needed))
    // Not a power of two apart, or all rows would compete for the same lines of the first-level cache.
    this.#stride = this.panelLength * 4 + 64
    this.#panel = this.arena.reserve(this.#stride * sources)
    this.column = this.arena.reserve(this.panelLength * 8)
    this.#rounded = this.arena.reserve(this.panelLength * 4)
    this.#out = new Float32Array(dimension)
  }

  /** Where coordinates of source i go before a sweep sees them. */
  panelRow(i: number, length: number): Float32Array<ArrayBuffer> {
    return this.arena.floats(this.#panel + i * this.#stride, length)
  }

  /** Zeros behind the last coordinate, up to a whole strip. */
  padPanel(length: number): number {
    const padded = Math.ceil(length / STRIP) * STRIP
    if (padded > length) for (let i = 0; i < this.sources; i++) this.panelRow(i, padded).fill(0, length)
    return padded
  }

  /** The coming sweep reads sources as they are. */
  describeSources(): void {
    this.kernels.describe(this.#panel, this.#stride, this.sources, 0, 0, this.sources, 0)
  }

  /** The coming sweep reads the sample's rows. */
  describeRows(sample: Sample): void {
    const { mixture } = sample
    if (mixture === undefined) {
      this.describeSources()
      return
    }
    const prescale = this.arena.place(mixture.prescale)
    const { picks } = mixture
    if (picks === undefined) {
      this.kernels.describe(this.#panel, this.#stride, this.sources, prescale, 0, this.sources, 0)
      return
    }
    const recipes = this.arena.place(encodeRecipes(picks.matrix, picks.scale, this.sources))
    const scratch = this.arena.reserve(this.sources * STRIP_ROW)
    this.kernels.describe(this.#panel, this.#stride, this.sources, prescale, recipes, rowsOf(sample), scratch)
  }

  /** Inner products of all sources, `float64[n × n]`, the same bits as `gramOf`. */
  *gram(): Sweeps<Float64Array> {
    const { kernels, arena, sources } = this
    const side = Math.ceil(sources / 3) * 3
    const products = arena.zeros(side * side)
    const scratch = arena.zeros((side * BLOCK_STRIDE) / 8)
    this.describeSources()
    yield (_, length) => kernels.gram(this.#panel, this.#stride, sources, length, scratch, products)
    const tiles = arena.doubles(products, side * side)
    const gram = new Float64Array(sources * sources)
    for (let i = 0; i < sources; i++) {
      for (let j = 0; j <= i; j++) {
        gram[i * sources + j] = tiles[i * side + j]!
        gram[j * sources + i] = tiles[i * side + j]!
      }
    }
    return gram
  }

  /** Rounds a panel of {@link Job.column} into the result. */
  emit(from: number, length: number, divisor = 1): void {
    this.kernels.round(this.column, length, divisor, this.#rounded)
    this.#out.set(this.arena.floats(this.#rounded, Math.min(length, this.dimension - from)), from)
  }

  get result(): Float32Array<ArrayBuffer> {
    return this.#out
  }
}

/** As `assembly/rows.ts` reads it. */
function encodeRecipes(matrix: Float64Array, scale: Float64Array, sources: number): Int32Array {
  const recipes = recipesOf(matrix, scale, sources)
  const words: number[] = []
  recipes.forEach(({ like, terms, factors, scale: rowScale }, i) => {
    if (like !== i) {
      words.push(like)
      return
    }
    words.push(-1, terms.length, ...wordsOf(rowScale))
    terms.forEach((source, t) => {
      words.push(source * STRIP_ROW, 0, ...wordsOf(factors[t]!))
    })
  })
  return Int32Array.from(words)
}

function wordsOf(value: number): Int32Array {
  return new Int32Array(Float64Array.of(value).buffer)
}
