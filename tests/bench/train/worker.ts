/** A dedicated worker that measures what it is sent. */
import { wasmPaths } from '../../../web/worker/wasm-paths.ts'
import type { Case } from './cases.ts'
import { measure } from './measure.ts'

addEventListener('message', ({ data }: MessageEvent<Case>) => {
  measure(data, { wasmPaths }).then(
    (measured) => postMessage({ measured }),
    (error: unknown) => postMessage({ error: String(error) }),
  )
})
