/** A page whose worker plays scenarios. @module */
import type { Played, Request } from './worker.ts'

export interface SimulatorPage {
  play(request: Request): Promise<Played>
}

const page: SimulatorPage = {
  play(request) {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    return new Promise<Played>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Played>) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage(request)
    }).finally(() => worker.terminate())
  },
}

Object.assign(globalThis, { simulatorPage: page })
