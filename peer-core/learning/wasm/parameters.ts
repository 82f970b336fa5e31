/**
 * Parameters in a plan's memory: weights of each block as `[units][depth]`, then its biases; velocities and gradients lie in
 * regions of the same layout, so that one kernel call updates them all.
 * @module
 */
import type { Arena } from './arena.ts'
import type { Block, Parameters } from './blocks.ts'
import type { Address, Kernels } from './kernels.ts'
import type { ParameterPlaces } from './stage.ts'

/** Floats of a cache line: every array begins with one. */
const lineFloats = 16

export interface ParameterLayout {
  /** of each region, a multiple of 16 */
  readonly floats: number
  readonly weights: Address
  readonly velocities: Address
  readonly gradients: Address
  /** Room for flat weights on their way in or out: that of the gradients, which every step writes anew. */
  readonly transfer: Address
  /** of each block; none for those without parameters */
  readonly places: readonly (ParameterPlaces | undefined)[]
  readonly parameters: readonly (Parameters | undefined)[]
  /** values of the flat weights */
  readonly count: number
}

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
  const parameters = blocks.map((block) => (block.kind === 'pool' ? undefined : block.parameters))
  const offsets = parameters.map((own) => own && [take(own.units * own.depth), take(own.units)])
  const region = () => arena.floats(floats)
  const weights = region()
  const velocities = training ? region() : 0
  const gradients = training ? region() : 0
  const places = offsets.map((own) => {
    if (own === undefined) return undefined
    const [kernel, bias] = own.map((offset) => 4 * offset) as [number, number]
    return {
      weights: weights + kernel,
      bias: weights + bias,
      weightGradients: gradients + kernel,
      biasGradients: gradients + bias,
    }
  })
  const transfer = training ? gradients : region()
  return { floats, weights, velocities, gradients, transfer, places, parameters, count }
}

/** Flat weights in and out. */
export interface ParameterTransfer {
  load(flat: Float32Array): void
  read(): Float32Array<ArrayBuffer>
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
  const { transfer, count, places, parameters } = layout
  const flat = new Float32Array(memory.buffer, transfer, count)
  const floatsAt = (at: Address, size: number) => new Float32Array(memory.buffer, at, size)
  let stale = true
  const each = (visit: (own: Parameters, place: ParameterPlaces) => void) => {
    for (const [index, own] of parameters.entries()) if (own) visit(own, places[index]!)
  }
  return {
    load(given) {
      flat.set(given)
      each(({ units, depth, kernelAt, biasAt }, { weights, bias }) => {
        kernels.transpose(depth, units, transfer + 4 * kernelAt, weights)
        floatsAt(bias, units).set(flat.subarray(biasAt, biasAt + units))
      })
      kernels.zero(transfer, 4 * count)
      stale = true
    },
    read() {
      each(({ units, depth, kernelAt, biasAt }, { weights, bias }) => {
        kernels.transpose(units, depth, weights, transfer + 4 * kernelAt)
        flat.set(floatsAt(bias, units), biasAt)
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
