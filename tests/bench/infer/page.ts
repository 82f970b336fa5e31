/** The page that asks, while a worker of its own trains. */
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { createPredictor, initialWeights, presetModel, sizeOf } from '../../../peer-core/learning/index.ts'
import { wasmEngine } from '../../../peer-core/learning/wasm/index.ts'
import type { BenchPage } from '../train/chromium.ts'
import { data, type InferCase, type InferMeasured } from './cases.ts'

/** Between two questions, as between two strokes of a drawing. */
const pauseMs = 5
const warmUp = 50

const page: BenchPage<InferCase, InferMeasured> = {
  async measure({ preset, answers }) {
    const worker = new Worker(new URL('./busy-worker.ts', import.meta.url), { type: 'module' })
    const said = new EventTarget()
    worker.addEventListener('message', ({ data }) => said.dispatchEvent(new CustomEvent('word', { detail: data })))
    const word = () =>
      new Promise<unknown>((resolve) =>
        said.addEventListener('word', (event) => resolve((event as CustomEvent).detail), { once: true }),
      )
    const training = word()
    worker.postMessage('train')
    await training

    const spec = presetModel(preset, data)
    const model = { id: 'measured', spec, weights: async () => initialWeights(spec, 1) }
    const random = seededRandom('infer')
    const draw = () => Float32Array.from({ length: sizeOf(spec.input) }, () => random.next())
    const predictor = createPredictor(await wasmEngine(), answers)
    const ask = async (images: readonly Float32Array[]) => {
      const times: number[] = []
      for (const image of images) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        const started = performance.now()
        await predictor.predict(model, image)
        times.push(performance.now() - started)
      }
      return times
    }
    await ask(Array.from({ length: warmUp }, draw))
    const images = Array.from({ length: answers }, draw)
    const fresh = await ask(images)
    const remembered = await ask(images)
    const stopped = word()
    worker.postMessage('stop')
    const steps = (await stopped) as number
    worker.terminate()
    await predictor.close()
    return { fresh, remembered, steps }
  },
}
Object.assign(globalThis, { benchPage: page })
