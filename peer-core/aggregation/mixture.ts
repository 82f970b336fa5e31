/**
 * Rows as mixtures of sources: composing them, reading them block by block, and adding them up.
 * @module
 */
import { BLOCK, copyInto, STRIDE } from './geometry.ts'
import { type Mixture, rowsOf, type Sample, type Vector } from './sample.ts'

/** The sample with row i multiplied by `factors[i]`. */
export function scaleRows(sample: Sample, factors: Float64Array): Sample {
  const { mixture } = sample
  if (mixture === undefined) return { ...sample, mixture: { prescale: factors } }
  const { prescale, picks } = mixture
  if (picks === undefined) return { ...sample, mixture: { prescale: product(prescale, factors) } }
  return { ...sample, mixture: { prescale, picks: { ...picks, scale: product(picks.scale, factors) } } }
}

export interface Mix {
  /** a factor per row, applied first */
  readonly factors: Float64Array
  /** row-major, `new rows × rows` */
  readonly matrix: Float64Array
  /** a factor per new row, applied last */
  readonly scale: Float64Array
}

/** The mixture whose row i is `mix.scale[i] · Σⱼ mix.matrix[i][j] · mix.factors[j] · row j`. */
export function mixRows(sample: Sample, mix: Mix): Mixture {
  const { mixture } = sample
  if (mixture?.picks === undefined) {
    const prescale = mixture === undefined ? mix.factors : product(mixture.prescale, mix.factors)
    return { prescale, picks: { matrix: mix.matrix, scale: mix.scale } }
  }
  const { prescale, picks } = mixture
  const rows = picks.scale.length
  const n = prescale.length
  const matrix = new Float64Array(mix.scale.length * n)
  for (let i = 0; i < mix.scale.length; i++) {
    for (let a = 0; a < rows; a++) {
      const pick = mix.matrix[i * rows + a]! * mix.factors[a]! * picks.scale[a]!
      if (pick === 0) continue
      for (let j = 0; j < n; j++) matrix[i * n + j] = matrix[i * n + j]! + pick * picks.matrix[a * n + j]!
    }
  }
  return { prescale, picks: { matrix, scale: mix.scale } }
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x * b[i]!)
}

/** Writes coordinates `[from, from + length)` of every row into `out`, row i from `i · STRIDE` on; `length ≤ BLOCK`. */
export type BlockReader = (from: number, length: number, out: Float64Array) => void

/** A reader of a sample's rows; it owns its scratch memory, so one reader serves one loop at a time. */
export function blockReader(sample: Sample): BlockReader {
  const { sources, mixture } = sample
  if (mixture === undefined) {
    return (from, length, out) => {
      for (let i = 0; i < sources.length; i++) copyInto(out, i * STRIDE, sources[i]!, from, length)
    }
  }
  const { prescale, picks } = mixture
  const readScaled: BlockReader = (from, length, out) => {
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i]!
      const factor = prescale[i]!
      const base = i * STRIDE
      for (let k = 0; k < length; k++) out[base + k] = factor * source[from + k]!
    }
  }
  if (picks === undefined) return readScaled
  const scaled = new Float64Array(sources.length * STRIDE)
  const recipes = recipesOf(picks.matrix, picks.scale, sources.length)
  return (from, length, out) => {
    readScaled(from, length, scaled)
    for (let i = 0; i < recipes.length; i++) {
      const { like, terms, factors, scale } = recipes[i]!
      if (like === i) addUp(out, i * STRIDE, scaled, terms, factors, scale, length)
      else out.copyWithin(i * STRIDE, like * STRIDE, like * STRIDE + length)
    }
  }
}

/** How one row is mixed. */
export interface Recipe {
  /** the first row that is mixed in the very same way: honest peers often have the same neighbours */
  readonly like: number
  readonly terms: Int32Array
  readonly factors: Float64Array
  readonly scale: number
}

export function recipesOf(matrix: Float64Array, scale: Float64Array, sources: number): Recipe[] {
  const firstOf = new Map<string, number>()
  return Array.from(scale, (rowScale, i) => {
    const row = matrix.subarray(i * sources, (i + 1) * sources)
    const terms = Int32Array.from(row.keys()).filter((j) => row[j] !== 0)
    const key = `${rowScale} ${row.join(' ')}`
    const like = firstOf.get(key) ?? i
    firstOf.set(key, like)
    return { like, terms, factors: Float64Array.from(terms, (j) => row[j]!), scale: rowScale }
  })
}

function addUp(
  out: Float64Array,
  base: number,
  scaled: Float64Array,
  terms: Int32Array,
  factors: Float64Array,
  scale: number,
  length: number,
): void {
  out.fill(0, base, base + length)
  let t = 0
  while (t < terms.length) {
    const a = terms[t]! * STRIDE
    if (
      t + 3 < terms.length &&
      factors[t] === 1 &&
      factors[t + 1] === 1 &&
      factors[t + 2] === 1 &&
      factors[t + 3] === 1
    ) {
      // Four whole rows in one sweep, in the very order of one after another.
      const b = terms[t + 1]! * STRIDE
      const c = terms[t + 2]! * STRIDE
      const d = terms[t + 3]! * STRIDE
      for (let k = 0; k < length; k++) {
        out[base + k] = out[base + k]! + scaled[a + k]! + scaled[b + k]! + scaled[c + k]! + scaled[d + k]!
      }
      t += 4
    } else {
      const factor = factors[t]!
      for (let k = 0; k < length; k++) out[base + k] = out[base + k]! + factor * scaled[a + k]!
      t += 1
    }
  }
  for (let k = 0; k < length; k++) out[base + k] = scale * out[base + k]!
}

/** `Σᵢ coefficients[i] · row i`, folded to one factor per source first; terms ascending, zero factors left out. O(nd) time. */
export function combine(sample: Sample, coefficients: Float64Array): Float64Array {
  const factors = sourceFactors(sample.mixture, coefficients)
  const out = new Float64Array(sample.dimension)
  for (let from = 0; from < out.length; from += BLOCK) {
    const until = Math.min(from + BLOCK, out.length)
    for (let j = 0; j < factors.length; j++) {
      const factor = factors[j]!
      if (factor !== 0) addScaled(out, factor, sample.sources[j]!, from, until)
    }
  }
  return out
}

function addScaled(out: Float64Array, factor: number, source: Vector, from: number, until: number): void {
  for (let k = from; k < until; k++) out[k] = out[k]! + factor * source[k]!
}

/** What `Σᵢ coefficients[i] · row i` makes of every source. */
export function sourceFactors(mixture: Mixture | undefined, coefficients: Float64Array): Float64Array {
  if (mixture === undefined) return coefficients
  const { prescale, picks } = mixture
  if (picks === undefined) return product(prescale, coefficients)
  const n = prescale.length
  const factors = new Float64Array(n)
  for (let i = 0; i < coefficients.length; i++) {
    const share = coefficients[i]! * picks.scale[i]!
    if (share === 0) continue
    for (let j = 0; j < n; j++) factors[j] = factors[j]! + share * picks.matrix[i * n + j]!
  }
  return product(factors, prescale)
}

/** The weighted mean of the chosen rows. */
export function meanOfRows(sample: Sample, chosen: readonly number[]): Float64Array {
  const held = chosen.reduce((total, i) => total + sample.weights[i]!, 0)
  const coefficients = new Float64Array(rowsOf(sample))
  for (const i of chosen) coefficients[i] = sample.weights[i]! / held
  return combine(sample, coefficients)
}

/** The rows themselves, written out: for tests and for looking at a pre-aggregator's work. O(rows · d) space. */
export function writeRows(sample: Sample): Float64Array[] {
  const read = blockReader(sample)
  const rows = Array.from({ length: rowsOf(sample) }, () => new Float64Array(sample.dimension))
  const block = new Float64Array(rows.length * STRIDE)
  for (let from = 0; from < sample.dimension; from += BLOCK) {
    const length = Math.min(BLOCK, sample.dimension - from)
    read(from, length, block)
    rows.forEach((row, i) => {
      row.set(block.subarray(i * STRIDE, i * STRIDE + length), from)
    })
  }
  return rows
}
