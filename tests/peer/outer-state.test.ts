/** Rules that look back at the model before the last: who has it, and how who has not gets it. */
import { describe, expect, it } from 'vitest'
import { AggregationError } from '../../peer-core/aggregation/index.ts'
import { commitsOf, createVillage, type VillageOptions } from './village.ts'

const lookingBack = (pipeline: readonly string[]): VillageOptions => ({
  contributors: 3,
  msPerStep: 20,
  task: (spec) => ({ ...spec, aggregation: { ...spec.aggregation, pipeline: [...pipeline], outerMomentum: 0.3 } }),
})

describe('a task whose steps look back', () => {
  it.each([['adaptive-centering'], ['monna']])('commits by %s from the first round on', async (rule) => {
    const village = await createVillage({ ...lookingBack([rule]), seeds: 2, seed: rule })
    await village.untilRound(5, 120_000)
    const chains = village.seeds.map((seed) => commitsOf(seed).map(({ model }) => model))
    expect(chains[1]!.slice(0, 4)).toEqual(chains[0]!.slice(0, 4))
  })

  it('goes on with a member that lost its models: it fetches the two that it needs', async () => {
    const village = await createVillage({ ...lookingBack(['adaptive-centering']), seeds: 2, seed: 'lost' })
    await village.untilRound(4, 120_000)
    const [, lost] = village.seeds
    village.mesh.kill(lost!.identity.peerId)
    for (const blob of [...lost!.disk.blobs.keys()]) lost!.disk.blobs.delete(blob)
    const again = village.restart(lost!, { trains: false })
    await village.start(again)
    // Both seeds are needed: nothing is committed unless the one that lost everything recomputes the same bits.
    const here = () => commitsOf(again).map(({ round }) => round)
    await village.clock.runUntil(() => here().length >= 3, 120_000)
    expect(
      commitsOf(again)
        .map(({ model }) => model)
        .slice(0, 2),
    ).toEqual(
      commitsOf(village.seeds[0]!)
        .filter(({ round }) => here().slice(0, 2).includes(round))
        .map(({ model }) => model),
    )
  })

  it('starts from the last step: steps grow beyond what a radius allows from zeros', async () => {
    const radius = 0.02
    const village = await createVillage({
      ...{ contributors: 3, msPerStep: 20, seed: 'grow' },
      task: (spec) => ({
        ...spec,
        aggregation: { ...spec.aggregation, pipeline: [{ rule: 'centered-clipping', radius, steps: 1 }] },
      }),
    })
    const models: Float32Array[] = []
    for (let round = 1; round <= 4; round++) {
      await village.untilRound(round, 60_000)
      models.push(await village.clock.finish(village.seeds[0]!.peer.weights(village.task), 5_000))
    }
    const steps = models.slice(1).map((model, r) => Math.hypot(...model.map((weight, k) => weight - models[r]![k]!)))
    expect(steps.at(-1)!).toBeGreaterThan(1.5 * radius)
  })

  it('keeps two models, however few are asked for', async () => {
    const village = await createVillage({ ...lookingBack(['adaptive-centering']), keepModels: 1, seed: 'few' })
    await village.untilRound(4, 120_000)
  })

  it('is refused when it is published by a rule that no commit can be made by', async () => {
    const publishing = createVillage(lookingBack(['fltrust']))
    await expect(publishing).rejects.toBeInstanceOf(AggregationError)
    await expect(publishing).rejects.toMatchObject({ message: expect.stringContaining('clean data set') })
  })
})
