/**
 * The compiled kernels and how they are started on a memory. What each computes is said in assembly/, beside the code.
 *
 * The binary is a base64 string in a module, not a file beside it: a page, a worker, Node and a partner's bundle import it
 * alike, with no fetch, no path to configure and no wrong MIME type; a few tens of kB do not miss streaming compilation. It is
 * checked in, so that only who changes a kernel needs the compiler, and a test compiles it anew and compares bytes.
 * @module
 */
import { kernelBytes } from './kernel-bytes.ts'
import { kernelBytes as relaxedKernelBytes } from './relaxed-kernel-bytes.ts'

/** Byte address in the memory of a plan. */
export type Address = number

/** Kinds of activation as the kernels number them. */
export const activationCodes = { linear: 0, relu: 1, tanh: 2, sigmoid: 3, gelu: 4 } as const

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
    accumulate: number,
  ): void
  evenGemm(
    rows: number,
    depth: number,
    columns: number,
    source: Address,
    rowStride: number,
    tapStride: number,
    panels: Address,
    step: number,
    panelStride: number,
    bias: Address,
    out: Address,
    outStride: number,
    accumulate: number,
  ): void
  pooledGemm(
    windows: number,
    depth: number,
    units: number,
    source: Address,
    sourceRows: Address,
    taps: Address,
    panels: Address,
    bias: Address,
    relu: number,
    out: Address,
    outRows: Address,
    winners: Address,
  ): void
  lineGradients(
    rows: number,
    units: number,
    gradients: Address,
    winners: Address,
    positions: number,
    source: Address,
    sourceRows: Address,
    stride: number,
    length: number,
    out: Address,
    accumulate: number,
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
  spread(
    units: number,
    lists: Address,
    capacity: number,
    counts: Address,
    away: number,
    segments: number,
    stride: number,
    weightStride: number,
    length: number,
    weights: Address,
    unitStride: number,
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
  activateTo(
    rows: number,
    columns: number,
    kind: number,
    source: Address,
    sourceRows: Address,
    out: Address,
    outRows: Address,
    gates: Address,
  ): void
  activationPull(
    rows: number,
    columns: number,
    kind: number,
    source: Address,
    sourceRows: Address,
    gradients: Address,
    gradientRows: Address,
    gates: Address,
    out: Address,
  ): void
  averagePool(
    windows: number,
    positions: number,
    channels: number,
    source: Address,
    sourceRows: Address,
    out: Address,
    outRows: Address,
  ): void
  averagePoolGradients(
    windows: number,
    positions: number,
    channels: number,
    gradients: Address,
    gradientRows: Address,
    out: Address,
    outRows: Address,
  ): void
  depthwise(
    rows: number,
    channels: number,
    tapCount: number,
    source: Address,
    sourceRows: Address,
    taps: Address,
    filter: Address,
    bias: Address,
    out: Address,
    outRows: Address,
  ): void
  depthwiseFilterGradients(
    rows: number,
    channels: number,
    tapCount: number,
    source: Address,
    sourceRows: Address,
    taps: Address,
    gradients: Address,
    filterGradients: Address,
    accumulate: number,
  ): void
  depthwiseInputGradients(
    rows: number,
    channels: number,
    tapCount: number,
    out: Address,
    sourceRows: Address,
    taps: Address,
    gradients: Address,
    filter: Address,
  ): void
  normalise(
    sets: number,
    positions: number,
    channels: number,
    groups: number,
    source: Address,
    sourceRows: Address,
    out: Address,
    outRows: Address,
    scale: Address,
    bias: Address,
    statistics: Address,
  ): void
  normaliseGradients(
    sets: number,
    positions: number,
    channels: number,
    groups: number,
    source: Address,
    sourceRows: Address,
    gradients: Address,
    gradientRows: Address,
    scale: Address,
    statistics: Address,
    scaleGradients: Address,
    biasGradients: Address,
    out: Address,
    accumulate: number,
  ): void
  dropout(
    rows: number,
    columns: number,
    source: Address,
    sourceRows: Address,
    out: Address,
    outRows: Address,
    stepKey: Address,
    ordinal: number,
    rowsBefore: number,
    threshold: number,
    kept: number,
  ): void
  embed(
    examples: number,
    positions: number,
    size: number,
    ids: Address,
    tokens: Address,
    beside: Address,
    out: Address,
    outRows: Address,
  ): void
  embedGradients(
    examples: number,
    positions: number,
    size: number,
    ids: Address,
    gradients: Address,
    gradientRows: Address,
    tokens: Address,
    beside: Address,
  ): void
  lstmCell(rows: number, units: number, gates: Address, cellsBefore: Address, cells: Address, outputs: Address): void
  lstmCellGradients(
    rows: number,
    units: number,
    gates: Address,
    cellsBefore: Address,
    cells: Address,
    dOutputs: Address,
    dCells: Address,
  ): void
  gruCell(rows: number, units: number, gates: Address, fromState: Address, before: Address, outputs: Address): void
  gruCellGradients(
    rows: number,
    units: number,
    gates: Address,
    fromState: Address,
    before: Address,
    dOutputs: Address,
  ): void
  softmaxRows(rows: number, columns: number, before: number, values: Address, stride: number, factor: number): void
  softmaxGradients(
    rows: number,
    columns: number,
    weights: Address,
    gradients: Address,
    stride: number,
    factor: number,
  ): void
  columnSums(rows: number, columns: number, values: Address, out: Address, accumulate: number): void
  addRows(rows: number, columns: number, from: Address, fromRows: Address, to: Address, toRows: Address): void
  moveRows(rows: number, columns: number, from: Address, fromRows: Address, to: Address, toRows: Address): void
  copy(from: Address, to: Address, bytes: number): void
  adam(
    count: number,
    weights: Address,
    first: Address,
    second: Address,
    gradients: Address,
    rate: number,
    epsilon: number,
    beta1: number,
    beta2: number,
  ): void
  addScaled(count: number, to: Address, from: Address, factor: number): void
  scale(count: number, values: Address, factor: number): void
  sumOfSquares(count: number, values: Address): number
  transpose(rows: number, columns: number, from: Address, to: Address): void
  packColumns(rows: number, columns: number, from: Address, stride: number, panels: Address, panelStride: number): void
  packPanels(units: number, depth: number, weights: Address, stride: number, panels: Address): void
  copyRows(rows: number, columns: number, from: Address, to: Address, toRows: Address): void
  zero(at: Address, bytes: number): void
}

/** @throws `WebAssembly.CompileError` where the engine has no SIMD (Safari before 16.4, Firefox before 89, Chrome before 91) */
export function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(kernelBytes())
}

/**
 * With fused multiply-add, whose last bits differ from processor to processor; the exact ones where the engine has no
 * relaxed SIMD (Chrome has it from 114 on, Node from 20).
 *
 * @throws as {@link compileKernels}
 */
export function compileRelaxedKernels(): Promise<WebAssembly.Module> {
  const bytes = relaxedKernelBytes()
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : compileKernels()
}

/** @param memory - of the plan; addresses below {@link arenaStart} are the kernels' own */
export async function startKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } })
  return instance.exports as unknown as Kernels
}
