/**
 * The two loops over a sample's coordinates that rules share.
 * @module
 */
import { BLOCK, STRIDE } from './geometry.ts'
import { blockReader } from './mixture.ts'
import { rowsOf, type Sample, type Vector } from './sample.ts'

/**
 * Fills a vector block by block.
 * @param work - reads rows at `block[i · STRIDE + k]` for `k < length` and writes `out[from + k]`
 */
export function overBlocks(
  sample: Sample,
  work: (block: Float64Array, from: number, length: number, out: Float64Array) => void,
): Float64Array {
  const read = blockReader(sample)
  const block = new Float64Array(rowsOf(sample) * STRIDE)
  const out = new Float64Array(sample.dimension)
  for (let from = 0; from < out.length; from += BLOCK) {
    const length = Math.min(BLOCK, out.length - from)
    read(from, length, block)
    work(block, from, length, out)
  }
  return out
}

/**
 * Squared distance of every row to `center`, from the differences themselves, so that no digits are lost near it.
 * Additions go in the order of {@link gramOf}: two lanes a block, block sums in order. O(rows · d) time.
 */
export function squaredDistancesTo(sample: Sample, center: Vector): Float64Array {
  return sumOverBlocks(sample, (block, base, from, length, lane) => {
    let total = 0
    for (let k = lane; k < length; k += 2) {
      const difference = block[base + k]! - center[from + k]!
      total += difference * difference
    }
    return total
  })
}

/** Inner product of every row with `direction`, added in the same order. */
export function productsWith(sample: Sample, direction: Vector): Float64Array {
  return sumOverBlocks(sample, (block, base, from, length, lane) => {
    let total = 0
    for (let k = lane; k < length; k += 2) total += block[base + k]! * direction[from + k]!
    return total
  })
}

type LaneSum = (block: Float64Array, base: number, from: number, length: number, lane: number) => number

function sumOverBlocks(sample: Sample, laneSum: LaneSum): Float64Array {
  const rows = rowsOf(sample)
  const read = blockReader(sample)
  const block = new Float64Array(rows * STRIDE)
  const totals = new Float64Array(rows)
  for (let from = 0; from < sample.dimension; from += BLOCK) {
    const length = Math.min(BLOCK, sample.dimension - from)
    read(from, length, block)
    for (let i = 0; i < rows; i++) {
      const base = i * STRIDE
      totals[i] = totals[i]! + (laneSum(block, base, from, length, 0) + laneSum(block, base, from, length, 1))
    }
  }
  return totals
}
