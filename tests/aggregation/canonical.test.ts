import { describe, expect, it } from 'vitest'
import { canonicalOrder } from '../../peer-core/aggregation/canonical.ts'

const rows = [
  [1, 5],
  [-3, 2],
  [1, -5],
  [1, 5],
].map((row) => Float32Array.from(row))

describe('canonicalOrder', () => {
  it('orders by the first coordinate that differs', () => {
    expect(canonicalOrder(rows.slice(0, 3), [1, 1, 1])).toEqual([1, 2, 0])
  })

  it('orders equal rows by weight', () => {
    expect(canonicalOrder(rows, [9, 1, 1, 2])).toEqual([1, 2, 3, 0])
  })
})
