import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/foundation/index.ts'
import { createPredictor, type Engine, initialWeights, presetModel } from '../../peer-core/learning/index.ts'
import { createWasmTrainer, wasmEngine } from '../../peer-core/learning/wasm/index.ts'
import { drawFeatures } from './arbitrary-models.ts'

const spec = presetModel('cnn', { shape: [28, 28, 1], classes: 10 })
const weightsOf = async (seed: number) => initialWeights(spec, seed)
const committed = (id: string, seed: number) => ({ id, spec, weights: () => weightsOf(seed) })
const images = (seed: number) => drawFeatures(spec, 1, seededRandom(seed))

/** An engine that counts what it is asked for. */
async function counted() {
  const engine = await wasmEngine()
  const asked = { opened: 0, logits: 0 }
  const plannedFor: (number | undefined)[] = []
  const counting: Engine = {
    ...engine,
    async openModel(model, weights, atOnce) {
      asked.opened++
      plannedFor.push(atOnce)
      const open = await engine.openModel(model, weights, atOnce)
      const logits: typeof open.logits = (features, count) => {
        asked.logits++
        return open.logits(features, count)
      }
      return { ...open, logits }
    },
  }
  return { predictor: createPredictor(counting, 2), asked, plannedFor }
}

describe('createPredictor', () => {
  it('answers as the trainer does, and remembers the answer', async () => {
    const { predictor, asked } = await counted()
    const model = committed('a', 1)
    const [once, again] = [await predictor.predict(model, images(1)), await predictor.predict(model, images(1))]
    const trainer = await createWasmTrainer()
    expect([...once]).toEqual([...(await trainer.predict(spec, await model.weights(), images(1)))])
    expect([...again]).toEqual([...once])
    expect(asked).toEqual({ opened: 1, logits: 1 })
    await Promise.all([trainer.close(), predictor.close()])
  })

  it('tells models apart by their hash, also while both are asked', async () => {
    const { predictor, asked } = await counted()
    const [a, b] = [committed('a', 1), committed('b', 2)]
    const [one, other, third] = await Promise.all([a, b, a].map((model) => predictor.predict(model, images(1))))
    expect([...third!]).toEqual([...one!])
    expect([...other!]).not.toEqual([...one!])
    expect(asked.opened).toBe(3)
    await predictor.close()
  })

  it('plans for one example until more are asked for at once', async () => {
    const { predictor, plannedFor } = await counted()
    const [model, next] = [committed('a', 1), committed('b', 2)]
    const three = drawFeatures(spec, 3, seededRandom(3))
    const alone = await predictor.predict(model, three.slice(0, 784))
    await predictor.predict(model, images(1))
    expect(plannedFor).toEqual([1])
    const together = await predictor.predict(model, three)
    expect([...together.slice(0, 10)]).toEqual([...alone])
    // Opened once more, and not to and fro.
    await predictor.predict(model, images(2))
    await predictor.predict(model, drawFeatures(spec, 5, seededRandom(4)))
    expect(plannedFor).toEqual([1, undefined])
    await predictor.predict(next, images(1))
    expect(plannedFor).toEqual([1, undefined, 1])
    await predictor.close()
  })

  it('forgets the answer that was used longest ago', async () => {
    const { predictor, asked } = await counted()
    const model = committed('a', 1)
    for (const seed of [1, 2, 1, 3, 1, 2]) await predictor.predict(model, images(seed))
    expect(asked).toEqual({ opened: 1, logits: 4 })
    await predictor.close()
  })

  it('gives answers away: who changes one changes no later one', async () => {
    const { predictor } = await counted()
    const first = await predictor.predict(committed('a', 1), images(1))
    const copy = [...first]
    first.fill(7)
    expect([...(await predictor.predict(committed('a', 1), images(1)))]).toEqual(copy)
    await predictor.close()
  })

  it('refuses an input that is no image of the model', async () => {
    const { predictor } = await counted()
    const wrong = predictor.predict(committed('a', 1), new Float32Array(783))
    await expect(wrong).rejects.toMatchObject({ fault: { code: 'WRONG_LENGTH', expected: 784, actual: 783 } })
    await predictor.close()
  })
})
