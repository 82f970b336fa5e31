/**
 * A stage is a block laid out in memory: it knows its addresses and lists the kernel calls that run it.
 * @module
 */
import type { Arena } from './arena.ts'
import { type Grid, hasBorder, pixelAt, pixelsOf } from './grid.ts'
import { type Address, activationCodes, type Kernels } from './kernels.ts'

export type Call = () => void

/** A way back: what is to be called when weights have changed, and for some examples whose gradients lie in rows at `g`. */
export interface WayBack {
  prepare(kernels: Kernels): Call[]
  /** @param g - gradients by what went into the activation */
  backward(kernels: Kernels, first: number, count: number, g: Address): Call[]
}

export interface Stage {
  /** After the weights have changed. */
  prepare(kernels: Kernels): Call[]
  /** Examples `first` to `first + count` of the batch; `count` is at most the `examples` of its wiring. */
  forward(kernels: Kernels, first: number, count: number): Call[]
  /** Gradients of what is between two stages are the stages' to overwrite. */
  backward(kernels: Kernels, first: number, count: number): Call[]
}

/** Examples in memory, one behind the other. */
export interface Slot {
  /** in bytes, of one example */
  readonly stride: number
  at(example: number): Address
}

/** Where an array of parameters is, and its gradients. */
export interface ParameterPlace {
  readonly values: Address
  readonly gradients: Address
}

export interface Wiring {
  readonly arena: Arena
  /** most examples in one call */
  readonly examples: number
  /** most examples in one batch */
  readonly batch: number
  readonly input: Slot
  /** Layout of `input`: whoever shares it may have asked for a border. */
  readonly inputGrid: Grid
  readonly output: Slot
  /** Layout of `output`: the next block may want a border. */
  readonly outputGrid: Grid
  /** Absent where nothing is trained. */
  readonly training?: TrainingWiring
}

export interface TrainingWiring {
  /** Laid out as `input`; absent where nobody needs it. */
  readonly inputGradient?: Slot
  /** Laid out as `output`. */
  readonly outputGradient: Slot
  /** Where the key of the step is, for dropout. */
  readonly stepKey: Address
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

/** For each pixel of each example, where it is in a slot. */
export function pixelRows(arena: Arena, examples: number, { stride }: Slot, grid: Grid): Address {
  const [pixels, width] = [pixelsOf(grid), grid.width]
  return arena.table(examples * pixels, (i) => {
    const pixel = i % pixels
    return Math.floor(i / pixels) * stride + 4 * pixelAt(grid, Math.floor(pixel / width), pixel % width)
  })
}

/** Offsets of consecutive rows of `stride` bytes. */
export function evenRows(arena: Arena, count: number, stride: number): Address {
  return arena.table(count, (i) => i * stride)
}

/** Gradients by what went into an activation, in a row for each pixel: in a room of their own where the output has a border. */
export function innerGradients(wiring: Wiring, { outputGradient }: TrainingWiring, kind: number) {
  const { arena, examples, output, outputGrid } = wiring
  const { channels } = outputGrid
  const pixels = pixelsOf(outputGrid)
  const rows = pixelRows(arena, examples, output, outputGrid)
  const inner = hasBorder(outputGrid) ? groupSlot(arena, examples, pixels * channels) : outputGradient
  return {
    at: (first: number) => inner.at(first),
    calls(kernels: Kernels, first: number, count: number): Call[] {
      const [y, outer, g] = [output.at(first), outputGradient.at(first), inner.at(first)]
      if (kind === activationCodes.linear && g === outer) return []
      return [() => kernels.activationGradients(count * pixels, channels, kind, y, outer, rows, g)]
    },
  }
}

/** Lists of nonzero gradients: what the kernels `unitLists` and `rowLists` write, `combine` and `spread` read. */
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

/** Panels of 8 columns, as the kernel `packPanels` writes them. */
export interface Panels {
  readonly at: Address
  /** bytes from a row to the next, and from a panel to the next */
  readonly step: number
  readonly stride: number
}

export function panelsOf(arena: Arena, units: number, depth: number): Panels {
  return { at: arena.floats(Math.ceil(units / 8) * 8 * depth), step: 32, stride: 32 * depth }
}
