/** The page that owns the worker, and tells it how much memory both hold. */
import type { Case, Measured } from './cases.ts'
import type { BenchPage } from './chromium.ts'

export type FromPage =
  | { readonly kind: 'case'; readonly given: Case }
  | { readonly kind: 'held'; readonly bytes: number }
export type FromWorker =
  | { readonly kind: 'how-much' }
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'failed'; readonly why: string }

/** Chromium's, where a page is isolated from other origins. */
declare global {
  interface Performance {
    measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>
  }
}

const page: BenchPage<Case, Measured> = {
  measure: (given) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
      const tell = (message: FromPage) => worker.postMessage(message)
      worker.addEventListener('error', (event) => reject(new Error(event.message)))
      worker.addEventListener('message', async ({ data }: MessageEvent<FromWorker>) => {
        if (data.kind === 'how-much') {
          const { bytes } = await performance.measureUserAgentSpecificMemory()
          return tell({ kind: 'held', bytes })
        }
        worker.terminate()
        if (data.kind === 'measured') resolve(data.measured)
        else reject(new Error(data.why))
      })
      tell({ kind: 'case', given })
    }),
}
Object.assign(globalThis, { benchPage: page })
