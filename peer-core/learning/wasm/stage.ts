/**
 * A stage is a block laid out in memory: it knows its addresses and lists the kernel calls that run it.
 * @module
 */
import type { Arena } from './arena.ts'
import type { Grid } from './blocks.ts'
import type { Address, Kernels } from './kernels.ts'

export type Call = () => void

export interface Stage {
  /** After the weights have changed. */
  prepare(kernels: Kernels): Call[]
  /** Examples `first` to `first + count` of the batch; `count` is at most the `examples` of its wiring. */
  forward(kernels: Kernels, first: number, count: number): Call[]
  backward(kernels: Kernels, first: number, count: number): Call[]
}

/** Examples in memory, one behind the other. */
export interface Slot {
  /** in bytes, of one example */
  readonly stride: number
  at(example: number): Address
}

/** Where a block's weights and biases are, and their gradients. */
export interface ParameterPlaces {
  readonly weights: Address
  readonly bias: Address
  readonly weightGradients: Address
  readonly biasGradients: Address
}

export interface Wiring {
  readonly arena: Arena
  /** most examples in one call */
  readonly examples: number
  /** most examples in one batch */
  readonly batch: number
  readonly input: Slot
  readonly output: Slot
  /** Layout of `output`: the next block may want a border. */
  readonly outputGrid: Grid
  /** Absent where nothing is trained. */
  readonly training?: {
    /** Laid out as `input`; absent where nobody needs it. */
    readonly inputGradient?: Slot
    /** Laid out as `output`. */
    readonly outputGradient: Slot
  }
}

/** Room for a whole batch. @param size - values of one example */
export function batchSlot(arena: Arena, batch: number, size: number): Slot {
  const base = arena.floats(batch * size)
  return { stride: 4 * size, at: (example) => base + 4 * size * example }
}

/** Room for the examples of one call, used again by the next. */
export function groupSlot(arena: Arena, examples: number, size: number): Slot {
  const base = arena.floats(examples * size)
  return { stride: 4 * size, at: () => base }
}

/** Lists of nonzero gradients: what the kernels `unitLists` and `rowLists` write and `combine` reads. */
export interface Lists {
  readonly at: Address
  /** bytes of each list */
  readonly capacity: number
  readonly counts: Address
}

export function listsOf(arena: Arena, count: number, entries: number): Lists {
  const capacity = 8 * entries
  return { at: arena.bytes(count * capacity), capacity, counts: arena.bytes(4 * count) }
}

/** Panels of 8 units, as the kernel `packPanels` writes them. */
export function panelsOf(arena: Arena, units: number, depth: number): Address {
  return arena.floats(Math.ceil(units / 8) * 8 * depth)
}
