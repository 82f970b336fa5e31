/**
 * The kernels of the `wasm` engine, in AssemblyScript: addresses and tables in, one linear memory, nothing allocated.
 * SIMD without the relaxed instructions, whose results differ between machines. Built by scripts/build-wasm.ts.
 */
export { activate, activationGradients } from './activation'
export { combine } from './combine'
export { gemm } from './gemm'
export { copyRows, packPanels, transpose, zero } from './layout'
export { rowLists, unitLists } from './lists'
export { softmaxLoss } from './loss'
export { momentum } from './momentum'
export { maxPool, maxPoolGradients } from './pool'
