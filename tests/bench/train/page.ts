/** The page that owns the worker. */
import type { Case, Measured } from './cases.ts'
import type { BenchPage } from './chromium.ts'

const page: BenchPage<Case, Measured> = {
  measure: (given) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
      worker.addEventListener('error', (event) => reject(new Error(event.message)))
      worker.addEventListener('message', ({ data }: MessageEvent<{ measured?: Measured; error?: string }>) => {
        worker.terminate()
        if (data.measured) resolve(data.measured)
        else reject(new Error(data.error))
      })
      worker.postMessage(given)
    }),
}
Object.assign(globalThis, { benchPage: page })
