/**
 * The compiled kernels and how they are started on a memory. What each computes is said in assembly/, beside the code.
 *
 * The binary is a base64 string in a module, not a file beside it: a page, a worker, Node and a partner's bundle import it
 * alike, with no fetch, no path to configure and no wrong MIME type; 9 kB do not miss streaming compilation. It is
 * checked in, so that only who changes a kernel needs the compiler, and a test compiles it anew and compares bytes.
 * @module
 */
import { kernelBytes } from './kernel-bytes.ts'

/** Byte address in the memory of a plan. */
export type Address = number

/** Kinds of activation as the kernels number them. */
export const activationCodes = { linear: 0, relu: 1, tanh: 2, sigmoid: 3 } as const

/** Numbers are counts, byte addresses and byte sizes; `…Rows` and `taps` are addresses of tables of uint32 byte offsets. */
export interface Kernels {
  gemm(
    rows: number,
    depth: number,
    columns: number,
    source: Address,
    sourceRows: Address,
    taps: Address,
    panels: Address,
    bias: Address,
    out: Address,
    outRows: Address,
  ): void
  combine(
    count: number,
    lists: Address,
    capacity: number,
    counts: Address,
    segments: number,
    stride: number,
    outStride: number,
    length: number,
    out: Address,
    outRows: Address,
    accumulate: number,
  ): void
  unitLists(
    rows: number,
    units: number,
    gradients: Address,
    winners: Address,
    positions: number,
    source: Address,
    sourceRows: Address,
    lists: Address,
    capacity: number,
    counts: Address,
    biasGradients: Address,
    accumulate: number,
  ): void
  rowLists(
    rows: number,
    units: number,
    gradients: Address,
    winners: Address,
    positions: number,
    weights: Address,
    stride: number,
    lists: Address,
    capacity: number,
    counts: Address,
  ): void
  activate(rows: number, columns: number, kind: number, values: Address, valueRows: Address): void
  activationGradients(
    rows: number,
    columns: number,
    kind: number,
    values: Address,
    outer: Address,
    valueRows: Address,
    inner: Address,
  ): void
  maxPool(
    windows: number,
    positions: number,
    channels: number,
    source: Address,
    sourceRows: Address,
    out: Address,
    outRows: Address,
    winners: Address,
  ): void
  maxPoolGradients(
    windows: number,
    positions: number,
    channels: number,
    gradients: Address,
    winners: Address,
    out: Address,
    outRows: Address,
  ): void
  softmaxLoss(
    rows: number,
    classes: number,
    logits: Address,
    labels: Address,
    scale: number,
    gradients: Address,
  ): number
  momentum(count: number, weights: Address, velocities: Address, gradients: Address, rate: number, keep: number): void
  transpose(rows: number, columns: number, from: Address, to: Address): void
  packPanels(units: number, depth: number, weights: Address, panels: Address): void
  copyRows(rows: number, columns: number, from: Address, to: Address, toRows: Address): void
  zero(at: Address, bytes: number): void
}

/** @throws `WebAssembly.CompileError` where the engine has no SIMD (Safari before 16.4, Firefox before 89, Chrome before 91) */
export function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(kernelBytes())
}

/** @param memory - of the plan; addresses below {@link arenaStart} are the kernels' own */
export async function startKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } })
  return instance.exports as unknown as Kernels
}
