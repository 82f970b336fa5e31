import { describe, expect, it } from 'vitest'
import { createAggregator, type PipelineSpec } from '../../peer-core/aggregation/index.ts'
import { type ContributionId, createIdentity, type Hash, seededRandom } from '../../peer-core/index.ts'
import { looksBack, type OuterState, outerStep, stepInput } from '../../peer-core/round/index.ts'
import type { Accepted, AggregationSpec } from '../../peer-core/wire/index.ts'

const hash = (digit: string) => digit.repeat(64) as Hash
const accepted: Accepted[] = [1, 2, 3, 4, 5].map((i) => ({
  id: hash(String(i)) as ContributionId,
  peer: createIdentity(new Uint8Array(32).fill(i)).peerId,
  delta: hash('d'),
  examples: 10,
  weight: 500 + 100 * i,
}))
const random = seededRandom('outer step')
const vector = (length = 20) => Float32Array.from({ length }, () => random.normal())
const deltas = accepted.map(() => vector())
const base = vector()
const state: OuterState = { base, parent: hash('a') }

function specOf(pipeline: PipelineSpec, more: Partial<AggregationSpec> = {}): AggregationSpec {
  return { pipeline: [...pipeline] as string[], byzantineShare: 0.2, maxNorm: 10, outerLearningRate: 1, ...more }
}

/** As members do it, round after round. */
function rounds(spec: AggregationSpec, count: number): Float32Array[] {
  const models = [base]
  for (let r = 1; r <= count; r++) {
    const now: OuterState = { base: models[r - 1]!, before: models[r - 2], parent: hash(String(r)) }
    const aggregate = createAggregator(spec.pipeline as PipelineSpec)(stepInput(now, deltas, accepted, spec))
    models.push(outerStep(now, aggregate, spec))
  }
  return models
}

const distance = (a: Float32Array, b: Float32Array) => Math.hypot(...a.map((x, k) => x - b[k]!))

describe('stepInput', () => {
  it('withstands the declared share of reputation, always less than half of it', () => {
    expect(stepInput(state, deltas, accepted, specOf(['mean'])).byzantineWeight).toBe(800)
    const half = specOf(['mean'], { byzantineShare: 0.49999 })
    expect(stepInput(state, deltas.slice(0, 1), accepted.slice(0, 1), half).byzantineWeight).toBe(299)
  })

  it('starts centered rules from the last aggregate, whatever the learning rate', () => {
    const spec = specOf(['adaptive-centering'], { outerLearningRate: 0.7 })
    const before = base.map((weight) => weight - 0.25)
    const { reference } = stepInput({ ...state, before }, deltas, accepted, spec)
    expect(distance(reference as Float32Array, new Float32Array(20).fill(0.25 / 0.7))).toBeLessThan(1e-5)
  })

  it('gives no rule a reference that does not ask for one, and zeros in the first round', () => {
    expect(stepInput(state, deltas, accepted, specOf(['arc', 'nnm', 'trimmed-mean'])).reference).toBeUndefined()
    expect(stepInput(state, deltas, accepted, specOf(['monna'])).reference).toEqual(new Float32Array(20))
  })

  it('draws permutations from the parent and all that was accepted, in whatever order', () => {
    const seedOf = (from: OuterState, taken: readonly Accepted[]) =>
      stepInput(from, deltas.slice(0, taken.length), taken, specOf(['mean'])).seed
    const seed = seedOf(state, accepted)
    expect(seedOf(state, [...accepted].reverse())).toBe(seed)
    expect(seedOf({ ...state, parent: hash('b') }, accepted)).not.toBe(seed)
    expect(seedOf(state, accepted.slice(1))).not.toBe(seed)
  })
})

describe('looksBack', () => {
  it.each<[PipelineSpec, boolean]>([
    [['mean'], false],
    [['arc', 'nnm', 'trimmed-mean'], false],
    [['adaptive-centering'], true],
    [[{ rule: 'centered-clipping', radius: 1, start: 'mean' }], false],
    [['nnm', { rule: 'geometric-median' }], true],
    [['monna'], true],
  ])('says of %j: %s', (pipeline, expected) => {
    expect(looksBack(specOf(pipeline))).toBe(expected)
    expect(looksBack(specOf(pipeline, { outerMomentum: 0.5 }))).toBe(true)
  })
})

describe('outerStep', () => {
  it('goes along the aggregate', () => {
    const out = outerStep({ ...state, before: vector() }, deltas[0]!, specOf(['mean'], { outerLearningRate: 0.5 }))
    expect(out).toEqual(base.map((weight, k) => Math.fround(weight + 0.5 * deltas[0]![k]!)))
  })

  it('keeps what momentum says of the last step, and none in the first round', () => {
    const spec = specOf(['mean'], { outerMomentum: 0.5 })
    const [zeroth, first, second, third] = rounds(spec, 3)
    const step = first!.map((weight, k) => weight - zeroth![k]!)
    expect(
      distance(
        second!,
        first!.map((weight, k) => weight + 1.5 * step[k]!),
      ),
    ).toBeLessThan(1e-5)
    expect(
      distance(
        third!,
        second!.map((weight, k) => weight + 1.75 * step[k]!),
      ),
    ).toBeLessThan(1e-5)
  })

  it('leaves a centered rule where it was once all peers send the same again and again', () => {
    const spec = specOf([{ rule: 'centered-clipping', radius: 0.5, steps: 1 }])
    const models = rounds(spec, 60)
    const steps = models.slice(1).map((model, r) => distance(model, models[r]!))
    // From zeros a step is never longer than the radius; from the last one it grows to what most of them say.
    expect(steps[0]!).toBeLessThanOrEqual(0.5 + 1e-6)
    expect(steps.at(-1)!).toBeGreaterThan(1)
    expect(Math.abs(steps.at(-1)! - steps.at(-2)!)).toBeLessThan(1e-3)
  })

  it('is the same bits for who made every step and for who caught up with the last two models', () => {
    const spec = specOf(['adaptive-centering'], { outerLearningRate: 0.3, outerMomentum: 0.9 })
    const models = rounds(spec, 4)
    const caughtUp: OuterState = { base: models[3]!, before: models[2]!, parent: hash('4') }
    const aggregate = createAggregator(['adaptive-centering'])(stepInput(caughtUp, deltas, accepted, spec))
    expect(outerStep(caughtUp, aggregate, spec)).toEqual(models[4])
  })
})
