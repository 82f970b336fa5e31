import { describe, expect, it } from 'vitest'
import { gramOf, rowGram, squaredDistances } from '../../peer-core/aggregation/geometry.ts'
import { adaptiveClipping } from '../../peer-core/aggregation/mixing/adaptive-clipping.ts'
import { bucketing } from '../../peer-core/aggregation/mixing/bucketing.ts'
import { nearestNeighbours } from '../../peer-core/aggregation/mixing/nearest-neighbours.ts'
import { staticClipping } from '../../peer-core/aggregation/mixing/static-clipping.ts'
import { combine, writeRows } from '../../peer-core/aggregation/mixture.ts'
import { type Sample, sampleOf } from '../../peer-core/aggregation/sample.ts'
import { longRows } from './crowds.ts'

/** Longer than two blocks, of no even length. */
const rows = longRows(5, 9, 1_031)
const start = sampleOf(rows, { weights: [5, 6, 7, 8, 9, 10, 5, 6, 7], byzantineWeight: 12, seed: 'mixture' })

const chains: readonly (readonly [string, (sample: Sample) => Sample])[] = [
  ['nothing', (sample) => sample],
  ['clipping', adaptiveClipping],
  ['clipping twice', (sample) => staticClipping(adaptiveClipping(sample), 20)],
  ['neighbours', nearestNeighbours],
  ['clipped neighbours', (sample) => nearestNeighbours(adaptiveClipping(sample))],
  ['neighbours, clipped', (sample) => staticClipping(nearestNeighbours(sample), 20)],
  ['neighbours of neighbours', (sample) => nearestNeighbours(nearestNeighbours(sample))],
  ['buckets of clipped neighbours', (sample) => bucketing(nearestNeighbours(adaptiveClipping(sample)), 2)],
  ['neighbours of buckets', (sample) => nearestNeighbours({ ...bucketing(sample, 2), byzantineWeight: 8 })],
]

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0)

describe.each(chains)('a mixture of %s', (_, chain) => {
  const sample = chain(start)
  const written = writeRows(sample)

  it('has the inner products of the rows that it stands for', () => {
    rowGram(sample).forEach((product, at) => {
      const expected = dot(written[Math.floor(at / written.length)]!, written[at % written.length]!)
      expect(Math.abs(product - expected)).toBeLessThan(1e-9)
    })
  })

  it('adds up to what its rows add up to', () => {
    const coefficients = Float64Array.from(written, (_row, i) => i - 2)
    const direct = combine(sampleOf(written), coefficients)
    combine(sample, coefficients).forEach((x, k) => {
      expect(Math.abs(x - direct[k]!)).toBeLessThan(1e-9)
    })
  })
})

describe('gramOf', () => {
  it('adds even and odd places apart, block after block', () => {
    const [a, b] = rows as [Float32Array, Float32Array]
    let total = 0
    for (let from = 0; from < a.length; from += 512) {
      const lanes = [0, 0]
      for (let k = from; k < Math.min(from + 512, a.length); k++) lanes[(k - from) % 2]! += a[k]! * b[k]!
      total += lanes[0]! + lanes[1]!
    }
    expect(gramOf(rows)[1]).toBe(total)
  })

  it('is symmetric, whatever the number of rows', () => {
    for (let n = 1; n <= 9; n++) {
      const gram = gramOf(rows.slice(0, n))
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          expect(gram[i * n + j]).toBe(gram[j * n + i])
          expect(
            Math.abs(gram[i * n + j]! - dot(Float64Array.from(rows[i]!), Float64Array.from(rows[j]!))),
          ).toBeLessThan(1e-9)
        }
      }
    }
  })
})

describe('squaredDistances', () => {
  it('is exactly zero between equal rows', () => {
    const twice = sampleOf([rows[0]!, rows[1]!, rows[0]!.slice()])
    expect(squaredDistances(twice)[2]).toBe(0)
    expect(squaredDistances(adaptiveClipping({ ...twice, byzantineWeight: 1 }))[2]).toBe(0)
  })
})
