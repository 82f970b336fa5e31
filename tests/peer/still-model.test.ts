/** Training that has come to rest: the same model is committed again and again, and has to outlive its first round. */
import { describe, expect, it } from 'vitest'
import { commitsOf, createVillage } from './village.ts'

describe('a model that no longer changes', () => {
  it('stays with everyone who has it, and a newcomer gets it', async () => {
    const village = await createVillage({
      contributors: 1,
      task: (spec) => ({ ...spec, training: { ...spec.training, learningRate: 1 } }),
    })
    await village.untilRound(9, 120_000)
    const models = commitsOf(village.seeds[0]!).map(({ model }) => model)
    const [last] = models.slice(-1)
    // Or nothing stood still here.
    expect(models.slice(-6)).toEqual(Array.from({ length: 6 }, () => last))
    for (const { disk } of [...village.seeds, ...village.contributors]) expect([...disk.blobs.keys()]).toContain(last)

    const newcomer = village.newcomer('late')
    await village.start(newcomer)
    await village.clock.advance(5_000)
    await expect(village.clock.finish(newcomer.peer.weights(village.task), 5_000)).resolves.toBeInstanceOf(Float32Array)
  })
})
