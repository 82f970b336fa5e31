/**
 * How fast an engine trains a model, by trying: about half a second where steps are short, one step where they are long.
 * @module
 */
import { MiB, seededRandom } from '../foundation/index.ts'
import type { ModelSpec, TaskSpec } from '../wire/index.ts'
import { costsOf } from './costs.ts'
import type { Engine } from './engine.ts'
import { initialWeights } from './initial-weights.ts'
import { logitsOf, sizeOf, vocabularyOf } from './model.ts'

export interface ProbeSpec {
  readonly model: ModelSpec
  readonly batchSize: number
}

/** What trying may hold at once: two steps of a larger model can take a phone many seconds. */
const affordableBytes = 64 * MiB

/** A task's own model to measure on, absent where that is not affordable. @throws {@link ModelError} for one that nobody could train */
export function probeOf({ model, training }: Pick<TaskSpec, 'model' | 'training'>): ProbeSpec | undefined {
  const { batchSize } = training
  return costsOf(model, training).memoryBytes > affordableBytes ? undefined : { model, batchSize }
}

/** Aim of one measurement; three are made and their median counts. */
const aimMs = 100
const mostSteps = 16

/**
 * @param now - milliseconds
 * @returns milliseconds a step, without the first, which also compiles
 */
export async function measureStep(engine: Engine, probe: ProbeSpec, now = () => performance.now()): Promise<number> {
  const { model, batchSize } = probe
  const random = seededRandom('probe')
  const vocabulary = vocabularyOf(model)
  const value = vocabulary === undefined ? random.next : () => random.integer(vocabulary)
  const features = Float32Array.from({ length: batchSize * sizeOf(model.input) }, value)
  const { positions, classes } = logitsOf(model)
  const labels = Uint16Array.from({ length: batchSize * positions }, () => random.integer(classes))
  const training = { localSteps: 1, batchSize, learningRate: 0.01, momentum: 0.9 }
  const run = await engine.startRun({ model, training, weights: initialWeights(model, 1), batchSize, seed: 1 })
  const timed = async (steps: number) => {
    const started = now()
    for (let step = 0; step < steps; step++) run.step(features, labels)
    await run.losses()
    return (now() - started) / steps
  }
  try {
    await timed(1)
    const second = await timed(1)
    if (second > aimMs) return second
    const steps = Math.max(1, Math.min(mostSteps, Math.floor(aimMs / second)))
    const measured = [await timed(steps), await timed(steps), await timed(steps)]
    return measured.sort((a, b) => a - b)[1]!
  } finally {
    run.dispose()
  }
}
