/** A dedicated worker that trains without a pause until it is told to stop, and then says how many steps it made. */
import { engineTrainer, generateHandwriting, initialWeights, presetModel } from '../../../peer-core/learning/index.ts'
import { wasmEngine } from '../../../peer-core/learning/wasm/index.ts'
import { trainingSchema } from '../../../peer-core/wire/index.ts'

const stopping = new AbortController()
let steps = 0

addEventListener('message', async ({ data: told }: MessageEvent<'train' | 'stop'>) => {
  if (told === 'stop') return stopping.abort()
  const written = generateHandwriting({ writers: 10, examplesPerWriter: 50, seed: 1 })
  const trainer = engineTrainer(await wasmEngine())
  await trainer.load('data', written)
  const model = presetModel('cnn', written)
  const training = trainingSchema.parse({ localSteps: 1_000_000 })
  const job = { model, training, data: 'data', weights: initialWeights(model, 1), seed: 1, timeBudgetMs: 1e9 }
  let begun = false
  const onProgress = ({ step }: { step: number }) => {
    if (!begun) postMessage('training')
    begun = true
    steps = step
  }
  await trainer.train(job, { signal: stopping.signal, onProgress }).catch(() => {})
  postMessage(steps)
})
