/**
 * Inner products and distances between rows: one Gram matrix of the sources, and algebra of size n × n from there on.
 *
 * Numbers. A product of two float32 is exact in float64, so only the additions round. They go in a fixed order, which is part of the
 * result's definition: coordinates are cut into blocks of {@link BLOCK}; within a block the even and the odd positions are summed apart
 * (two lanes of a vector register), each ascending from 0; block sum = even + odd; block sums are added in order, from 0.
 *
 * `‖x − y‖² = x·x + y·y − 2·x·y` loses digits when x and y nearly coincide: its absolute error stays near `2⁻⁵²·(‖x‖² + ‖y‖²)`, that is,
 * distances below `10⁻⁷` of the norms are noise (clamped to ≥ 0), and equal rows are at exactly 0. Rules here compare distances of
 * deltas to rank or weigh neighbours; two rows as close as that have the same effect wherever they are ranked.
 * @module
 */
import type { Mixture, Sample, Vector } from './sample.ts'

/** Coordinates that are worked on at a time: 32 rows of them stay in a second-level cache. Part of the numbers' definition. */
export const BLOCK = 512

/** Where the next row of a block begins. Not a power of two: rows 4096 bytes apart would all compete for the same cache lines. */
export const STRIDE = BLOCK + 8

/**
 * @param sources - n rows of one length d
 * @returns `float64[n × n]`, symmetric; O(n²d/2) time, O(n · BLOCK) space
 */
export function gramOf(sources: readonly Vector[]): Float64Array {
  const n = sources.length
  const dimension = sources[0]?.length ?? 0
  const padded = Math.ceil(n / 4) * 4
  const block = new Float64Array(padded * STRIDE)
  const gram = new Float64Array(n * n)
  const tile = new Float64Array(8)
  for (let from = 0; from < dimension; from += BLOCK) {
    const length = Math.min(BLOCK, dimension - from)
    for (let i = 0; i < n; i++) copyInto(block, i * STRIDE, sources[i]!, from, length)
    for (let i = 0; i < n; i += 4) {
      for (let j = 0; j <= i + 3 && j < n; j += 2) {
        tile.fill(0)
        addTile(tile, block, i * STRIDE, j * STRIDE, 0, length)
        addTile(tile, block, i * STRIDE, j * STRIDE, 1, length)
        for (let t = 0; t < 8; t++) {
          const row = i + (t >> 1)
          const column = j + (t & 1)
          if (column <= row && row < n) gram[row * n + column] = gram[row * n + column]! + tile[t]!
        }
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) gram[i * n + j] = gram[j * n + i]!
  return gram
}

export function copyInto(block: Float64Array, base: number, source: Vector, from: number, length: number): void {
  for (let k = 0; k < length; k++) block[base + k] = source[from + k]!
}

/** Adds one lane of the products of four rows (from `i`) with two rows (from `j`): eight chains that run side by side. */
function addTile(tile: Float64Array, block: Float64Array, i: number, j: number, lane: number, length: number): void {
  const [i1, i2, i3, j1] = [i + STRIDE, i + 2 * STRIDE, i + 3 * STRIDE, j + STRIDE]
  let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let k = lane; k < length; k += 2) {
    const y0 = block[j + k]!
    const y1 = block[j1 + k]!
    const x0 = block[i + k]!
    s00 += x0 * y0
    s01 += x0 * y1
    const x1 = block[i1 + k]!
    s10 += x1 * y0
    s11 += x1 * y1
    const x2 = block[i2 + k]!
    s20 += x2 * y0
    s21 += x2 * y1
    const x3 = block[i3 + k]!
    s30 += x3 * y0
    s31 += x3 * y1
  }
  tile[0] = tile[0]! + s00
  tile[1] = tile[1]! + s01
  tile[2] = tile[2]! + s10
  tile[3] = tile[3]! + s11
  tile[4] = tile[4]! + s20
  tile[5] = tile[5]! + s21
  tile[6] = tile[6]! + s30
  tile[7] = tile[7]! + s31
}

/** Inner products of the sample's rows, `float64[m × m]`: `C·G·Cᵀ` for rows that are mixtures. */
export function rowGram(sample: Sample): Float64Array {
  const { mixture } = sample
  return mixture === undefined ? sample.gram() : mixedGram(sample.gram(), mixture)
}

function mixedGram(gram: Float64Array, { prescale, picks }: Mixture): Float64Array {
  const n = prescale.length
  const scaled = gram.map((product, at) => prescale[Math.floor(at / n)]! * prescale[at % n]! * product)
  if (picks === undefined) return scaled
  const { matrix, scale } = picks
  const m = scale.length
  const half = new Float64Array(m * n) // P·H
  for (let i = 0; i < m; i++) {
    for (let a = 0; a < n; a++) {
      const pick = matrix[i * n + a]!
      if (pick === 0) continue
      for (let b = 0; b < n; b++) half[i * n + b] = half[i * n + b]! + pick * scaled[a * n + b]!
    }
  }
  const mixed = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      let product = 0
      for (let b = 0; b < n; b++) {
        const pick = matrix[j * n + b]!
        if (pick !== 0) product += pick * half[i * n + b]!
      }
      product *= scale[i]! * scale[j]!
      mixed[i * m + j] = product
      mixed[j * m + i] = product
    }
  }
  return mixed
}

/** Squared Euclidean distances between all pairs of the sample's rows, `float64[m × m]`, 0 on the diagonal. */
export function squaredDistances(sample: Sample): Float64Array {
  const gram = rowGram(sample)
  const m = sample.weights.length
  const distances = new Float64Array(m * m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const squares = gram[i * m + i]! + gram[j * m + j]! - 2 * gram[i * m + j]!
      distances[i * m + j] = Math.max(squares, 0)
    }
  }
  return distances
}

/** Euclidean norms of the sample's rows, `float64[m]`. */
export function norms(sample: Sample): Float64Array {
  const gram = rowGram(sample)
  const m = sample.weights.length
  return Float64Array.from({ length: m }, (_, i) => Math.sqrt(Math.max(gram[i * m + i]!, 0)))
}

/** Indices `0…n−1` by ascending key; equal keys keep the lower index first. */
export function ascending(keys: ArrayLike<number>): number[] {
  return Array.from({ length: keys.length }, (_, i) => i).sort((i, j) => keys[i]! - keys[j]! || i - j)
}
