/**
 * Parameters in a plan's memory: those of each block, matrices as `[units][depth]`; moments and gradients lie in regions of
 * the same layout, so that one kernel call updates them all.
 * @module
 */
import type { Arena } from './arena.ts'
import type { Block, Parameter } from './blocks.ts'
import type { Address, Kernels } from './kernels.ts'
import type { ParameterPlace } from './stage.ts'

/** Floats of a cache line: every array begins with one. */
const lineFloats = 16

export interface ParameterLayout {
  /** of each region, a multiple of 16 */
  readonly floats: number
  readonly weights: Address
  /** moments of the gradients: SGD's velocities are the first */
  readonly first: Address
  readonly second: Address
  /** the weights at the start, which a proximal term pulls to */
  readonly anchors: Address
  readonly gradients: Address
  /** of gradients of several batches */
  readonly sums: Address
  /** Room for flat weights on their way in or out: that of the gradients, which every step writes anew. */
  readonly transfer: Address
  /** of each block, in the order of its parameters */
  readonly places: ReadonlyMap<Block, readonly ParameterPlace[]>
  /** values of the flat weights */
  readonly count: number
}

type Five = [Address, Address, Address, Address, Address]

export function layParameters(
  arena: Arena,
  blocks: readonly Block[],
  count: number,
  training: boolean,
): ParameterLayout {
  let floats = 0
  const take = (size: number) => {
    const at = floats
    floats += Math.ceil(size / lineFloats) * lineFloats
    return at
  }
  const offsets = blocks.map(({ parameters }) => parameters.map(({ units, depth }) => 4 * take(units * depth)))
  const region = () => arena.floats(floats)
  const weights = region()
  // A page that nobody touches takes no memory: regions that a task has no use for cost addresses.
  const [first, second, anchors, gradients, sums] = Array.from({ length: 5 }, () => (training ? region() : 0)) as Five
  const places = new Map<Block, readonly ParameterPlace[]>()
  for (const [index, block] of blocks.entries()) {
    const own = offsets[index]!.map((offset) => ({ values: weights + offset, gradients: gradients + offset }))
    places.set(block, own)
  }
  const transfer = training ? gradients : region()
  return { floats, weights, first, second, anchors, gradients, sums, transfer, places, count }
}

/** Flat arrays in and out of a region, that of the weights when none is named. */
export interface ParameterTransfer {
  load(flat: Float32Array, region?: Address): void
  read(region?: Address): Float32Array<ArrayBuffer>
  /** Says that the weights in memory are no longer those that panels were packed from. */
  changed(): void
  /** Whether they were changed since the last call. */
  takeChanged(): boolean
}

export function parameterTransfer(
  layout: ParameterLayout,
  memory: WebAssembly.Memory,
  kernels: Kernels,
): ParameterTransfer {
  const { transfer, count, places, weights } = layout
  const flat = new Float32Array(memory.buffer, transfer, count)
  let stale = true
  const each = (visit: (parameter: Parameter, place: ParameterPlace) => void) => {
    for (const [block, own] of places)
      for (const [i, parameter] of block.parameters.entries()) visit(parameter, own[i]!)
  }
  return {
    load(given, region = weights) {
      flat.set(given)
      each(({ units, depth, at }, { values }) => {
        kernels.transpose(depth, units, transfer + 4 * at, values - weights + region)
      })
      kernels.zero(transfer, 4 * count)
      stale = true
    },
    read(region = weights) {
      each(({ units, depth, at }, { values }) => {
        kernels.transpose(units, depth, values - weights + region, transfer + 4 * at)
      })
      const out = flat.slice()
      kernels.zero(transfer, 4 * count)
      return out
    },
    changed() {
      stale = true
    },
    takeChanged() {
      const was = stale
      stale = false
      return was
    },
  }
}
