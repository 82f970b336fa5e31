/** The page that owns the worker; every question gets a new one. */
import type { Digest } from '../../aggregation/wasm/digest.ts'
import type { Case, Measured } from './cases.ts'

export type Question = { readonly measure: Case } | { readonly digest: string }

export interface BenchPage {
  measure(given: Case): Promise<Measured>
  /** @param seed - of the inputs */
  digest(seed: string): Promise<Digest>
}

function ask<Answer>(question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('error', (event) => reject(new Error(event.message)))
    worker.addEventListener('message', ({ data }: MessageEvent<{ result?: Answer; error?: string }>) => {
      worker.terminate()
      if (data.result === undefined) reject(new Error(data.error))
      else resolve(data.result)
    })
    worker.postMessage(question)
  })
}

const page: BenchPage = { measure: (given) => ask({ measure: given }), digest: (seed) => ask({ digest: seed }) }
Object.assign(globalThis, { benchPage: page })
