/**
 * The dominant eigenvector of a small symmetric positive semidefinite matrix, from additions and multiplications in a fixed order.
 *
 * Repeated squaring: after 12 squarings the matrix is its own 4096th power, all but its dominant direction has died out, and there is no
 * starting vector that an adversary could be orthogonal to.
 * @module
 */

export interface Dominant {
  /** largest eigenvalue, as the Rayleigh quotient */
  readonly value: number
  /** of norm 1; zeros for the zero matrix */
  readonly vector: Float64Array
}

/** O(n³) time. */
export function dominant(matrix: Float64Array): Dominant {
  const n = Math.sqrt(matrix.length)
  let power = matrix
  for (let squaring = 0; squaring < 12; squaring++) {
    const trace = traceOf(power, n)
    if (!(trace > 0)) return { value: 0, vector: new Float64Array(n) }
    power = squared(
      power.map((entry) => entry / trace),
      n,
    )
  }
  let widest = 0
  for (let i = 1; i < n; i++) if (power[i * n + i]! > power[widest * n + widest]!) widest = i
  const vector = power.slice(widest * n, (widest + 1) * n)
  const norm = Math.sqrt(vector.reduce((total, x) => total + x * x, 0))
  if (!(norm > 0)) return { value: 0, vector: new Float64Array(n) }
  for (let i = 0; i < n; i++) vector[i] = vector[i]! / norm
  let value = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) value += vector[i]! * matrix[i * n + j]! * vector[j]!
  return { value: Math.max(value, 0), vector }
}

function traceOf(matrix: Float64Array, n: number): number {
  let trace = 0
  for (let i = 0; i < n; i++) trace += matrix[i * n + i]!
  return trace
}

function squared(matrix: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < n; a++) {
      const factor = matrix[i * n + a]!
      for (let j = 0; j < n; j++) out[i * n + j] = out[i * n + j]! + factor * matrix[a * n + j]!
    }
  }
  return out
}

/**
 * Inner products of the rows' differences from their weighted mean, `⟨xᵢ − μ, xⱼ − μ⟩`, from the rows' own inner products.
 * @param shares - weights that sum to 1
 */
export function centered(gram: Float64Array, shares: Float64Array): Float64Array {
  const n = shares.length
  const withMean = new Float64Array(n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) withMean[i] = withMean[i]! + shares[j]! * gram[i * n + j]!
  let meanSquare = 0
  for (let i = 0; i < n; i++) meanSquare += shares[i]! * withMean[i]!
  const out = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = gram[i * n + j]! - (withMean[i]! + withMean[j]!) + meanSquare
  }
  return out
}
