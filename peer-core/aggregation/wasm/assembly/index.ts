/** What TypeScript calls. Compiled by `scripts/build-wasm.ts`; every function is pure but for the memory it is told to write. */
export { median, describeOrder, trimmedMean } from './coordinate-rules'
export { pull, squaredDistances } from './center'
export { gram } from './gram'
export { combine, describe, finite, round } from './rows'
