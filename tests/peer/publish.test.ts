/** What a peer refuses to publish, whoever wrote it: a file, a page, a program. */
import { describe, expect, it } from 'vitest'
import { createVillage } from './village.ts'

describe('publish', () => {
  it('refuses a pipeline that does not withstand the share that it declares', async () => {
    const { seeds, spec } = await createVillage({ contributors: 0 })
    const [seed] = seeds
    // With three shards, three peers are usual.
    const asking = (pipeline: string[], minimumContributions: number) =>
      seed!.peer.publish({
        ...spec,
        aggregation: { ...spec.aggregation, pipeline, byzantineShare: 0.4 },
        round: { ...spec.round, minimumContributions },
      })
    await expect(asking(['krum'], 3)).rejects.toMatchObject({ fault: { code: 'UNFIT' } })
    await expect(asking(['krum'], 3)).rejects.toThrow('krum needs 5 peers')
    await expect(asking(['trimmed-mean'], 1)).resolves.toMatch(/^[0-9a-f]{64}$/)
  })
})
