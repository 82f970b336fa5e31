/**
 * The kernels of the `wasm` engine, in AssemblyScript: addresses and tables in, one linear memory, nothing allocated.
 * Built twice by scripts/build-wasm.ts: of SIMD that gives the same bits everywhere, and with fused multiply-adds.
 */
export { activate, activateTo, activationGradients, activationPull } from './activation'
export { combine } from './combine'
export { depthwise, depthwiseFilterGradients, depthwiseInputGradients } from './depthwise'
export { dropout } from './dropout'
export { embed, embedGradients } from './embedding'
export { evenGemm, gemm } from './gemm'
export { addRows, columnSums, copy, copyRows, moveRows, packColumns, packPanels, transpose, zero } from './layout'
export { lineGradients } from './line-gradients'
export { rowLists, unitLists } from './lists'
export { softmaxGradients, softmaxLoss, softmaxRows } from './loss'
export { adam, addScaled, momentum, scale, sumOfSquares } from './optimiser'
export { normalise, normaliseGradients } from './normalise'
export { pooledGemm } from './pooled'
export { gruCell, gruCellGradients, lstmCell, lstmCellGradients } from './recurrent'
export { averagePool, averagePoolGradients, maxPool, maxPoolGradients } from './pool'
export { spread } from './spread'
