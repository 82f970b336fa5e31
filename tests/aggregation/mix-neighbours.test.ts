/** A mesh without a quorum: peers with unlike data train, and mix with neighbours drawn at random, some of whom lie. */
import { describe, expect, it } from 'vitest'
import { createAggregator, defaultPipeline, mixNeighbours } from '../../peer-core/aggregation/index.ts'
import { seededRandom } from '../../peer-core/foundation/index.ts'

const norm = (v: Float32Array) => Math.hypot(...v)

type Mix = (own: Float32Array, neighbours: readonly Float32Array[]) => Float32Array
/** @returns what a liar sends to one peer. @param mean - of the honest */
type Lie = (own: Float32Array, mean: Float32Array) => Float32Array

const share = 0.2
const robust: Mix = (own, neighbours) => mixNeighbours(own, neighbours, share)
const alone: Mix = (own) => own
const mean: Mix = (own, neighbours) =>
  createAggregator(['mean'])({ contributions: [own, ...neighbours], byzantineWeight: 0 })
/** What a commit does, done by one peer with its neighbours. */
const byPipeline: Mix = (own, neighbours) => {
  const contributions = [own, ...neighbours]
  const byzantineWeight = Math.min(share * contributions.length, contributions.length / 2 - 0.01)
  return createAggregator(defaultPipeline)({ contributions, byzantineWeight })
}

const lies: Record<string, Lie> = {
  'the opposite': (_, mean) => mean.map((x) => -x),
  'ten times the opposite': (_, mean) => mean.map((x) => -10 * x),
  'a thousand times the opposite': (_, mean) => mean.map((x) => -1_000 * x),
  dissensus: (own, mean) => own.map((x, k) => x - 2 * (mean[k]! - x)),
}

interface Mesh {
  readonly honest: number
  readonly liars?: number
  /** neighbours that each mixing takes in */
  readonly degree: number
  readonly lie?: Lie
}

/** @returns honest peers' mean distance, after 12 rounds, from what fits all of them, in units of the way there */
function errorOf(mix: Mix, { honest, liars = 0, degree, lie = (own) => own }: Mesh): number {
  const dimension = 40
  const random = seededRandom('mesh')
  const normal = () => Float32Array.from({ length: dimension }, () => random.normal())
  const common = normal()
  const targets = Array.from({ length: honest }, () => plus(common, normal()))
  const all = targets.reduce(plus).map((x) => x / honest)
  let models: readonly Float32Array[] = targets.map(() => new Float32Array(dimension))
  for (let round = 0; round < 12; round++) {
    const trained = models.map((model, i) => model.map((x, k) => x + 0.2 * (targets[i]![k]! - x)))
    const middle = trained.reduce(plus).map((x) => x / honest)
    models = trained.map((own, i) => {
      const others = Array.from({ length: honest + liars }, (_, j) => j).filter((j) => j !== i)
      const neighbours = random.shuffle(others).slice(0, degree)
      return mix(
        own,
        neighbours.map((j) => trained[j] ?? lie(own, middle)),
      )
    })
  }
  return models.reduce((sum, model) => sum + norm(minus(model, all)), 0) / honest / norm(all)
}

const plus = (a: Float32Array, b: Float32Array) => a.map((x, k) => x + b[k]!)
const minus = (a: Float32Array, b: Float32Array) => a.map((x, k) => x - b[k]!)

describe('mixNeighbours', () => {
  it.each([4, 3, 2, 1])('comes as near as the mean where %i neighbours are honest', (degree) => {
    const mesh = { honest: 1 + degree, degree }
    expect(errorOf(robust, mesh)).toBeLessThan(1.3 * errorOf(mean, mesh))
    expect(errorOf(robust, mesh)).toBeLessThan(0.3 * errorOf(alone, mesh))
  })

  describe.each(Object.entries(lies))('told %s', (_, lie) => {
    it.each([
      { honest: 20, liars: 5, degree: 4 },
      { honest: 8, liars: 2, degree: 4 },
      { honest: 4, liars: 1, degree: 3 },
    ])('does better than alone, and no worse than a pipeline: $honest honest, $liars liars', (mesh) => {
      const error = errorOf(robust, { ...mesh, lie })
      expect(error).toBeLessThan(errorOf(alone, mesh))
      expect(error).toBeLessThan(2 * errorOf(byPipeline, { ...mesh, lie }))
    })
  })

  it('is pulled by one neighbour, of whom nobody can say whether it lies, by half of what it has learned at most', () => {
    const own = Float32Array.of(3, 4)
    const mixed = mixNeighbours(own, [Float32Array.of(-3e6, -4e6)], share)
    expect(norm(minus(mixed, own))).toBeCloseTo(2.5, 5)
  })

  it('stands still where it has learned nothing and is told something', () => {
    expect(mixNeighbours(new Float32Array(2), [Float32Array.of(5, 5)], share)).toEqual(new Float32Array(2))
  })
})
