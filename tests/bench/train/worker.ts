/** A dedicated worker that measures what it is sent. */
import { wasmPaths } from '../../../web/worker/wasm-paths.ts'
import { measure } from './measure.ts'
import type { FromPage, FromWorker } from './page.ts'

const tell = (message: FromWorker) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<FromPage>) => {
  if (data.kind !== 'case') return
  measure(data.given, { wasmPaths, heldBytes }).then(
    (measured) => tell({ kind: 'measured', measured }),
    (error: unknown) => tell({ kind: 'failed', why: String(error) }),
  )
})

/** Only a page may ask. */
function heldBytes(): Promise<number> {
  return new Promise((resolve) => {
    addEventListener('message', function listen({ data }: MessageEvent<FromPage>) {
      if (data.kind !== 'held') return
      removeEventListener('message', listen)
      resolve(data.bytes)
    })
    tell({ kind: 'how-much' })
  })
}
