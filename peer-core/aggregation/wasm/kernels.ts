/**
 * The compiled kernels (`assembly/`), instantiated, with a memory that one job at a time lays out.
 *
 * The WebAssembly has no imports and no relaxed instructions: the same bytes give the same bits on every engine.
 * @module
 */
import { kernelBytes } from './kernel-bytes.ts'

/** Addresses are byte offsets into `memory`; see `assembly/` for what each function reads and writes. */
export interface Kernels {
  readonly memory: WebAssembly.Memory
  describe(
    panel: number,
    strideBytes: number,
    sources: number,
    prescale: number,
    recipes: number,
    rows: number,
    scratch: number,
  ): void
  /** 1 when every float32 of the panel is finite */
  finite(length: number): number
  gram(panel: number, strideBytes: number, sources: number, length: number, scratch: number, out: number): void
  combine(length: number, factors: number, out: number): void
  round(from: number, length: number, divisor: number, to: number): void
  describeOrder(
    weights: number,
    network: number,
    comparators: number,
    least: number,
    most: number,
    weightNeeded: number,
    scratch: number,
  ): void
  trimmedMean(length: number, cut: number, between: number, out: number): void
  median(length: number, out: number): void
  squaredDistances(length: number, center: number, scratch: number, lanes: number, totals: number): void
  /** `totals` 0: the squared distances to where the center moved are not wanted */
  pull(
    length: number,
    center: number,
    pulls: number,
    total: number,
    scratch: number,
    lanes: number,
    totals: number,
  ): void
}

let compiled: Promise<WebAssembly.Module> | undefined

/** Whether this engine has WebAssembly with SIMD. */
export function fastPathRuns(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(kernelBytes())
}

/** An instance with a memory of its own; compiled once. */
export async function instantiateKernels(): Promise<Kernels> {
  compiled ??= WebAssembly.compile(kernelBytes())
  const instance = await WebAssembly.instantiate(await compiled)
  return instance.exports as unknown as Kernels
}
