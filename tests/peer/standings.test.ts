/** Contributions are scored, and what is found of them makes everyone's standing: the same on everyone. */
import { describe, expect, it } from 'vitest'
import { decodeBody, decodeCommit } from '../../peer-core/consensus/index.ts'
import { decode, readSealed, reputationRulesSchema, scoresSchema, type TaskSpec } from '../../peer-core/wire/index.ts'
import { commitsOf, createVillage, examplesOf, type Village, type Villager } from './village.ts'

const robust = (spec: TaskSpec): TaskSpec => ({
  ...spec,
  aggregation: { ...spec.aggregation, pipeline: ['trimmed-mean'] },
  reputation: reputationRulesSchema.parse({ foundingRounds: 1_000_000, epochRounds: 2 }),
})
const idOf = ({ identity }: Villager) => identity.peerId
const bodiesOf = (village: Village, { disk }: Villager) =>
  (disk.commits.get(village.task) ?? []).map(({ bytes }) => decodeBody(decodeCommit(bytes).body))
/** of a peer, as another one sees it */
const seenBy = (viewer: Villager, peer: Villager) =>
  viewer.peer.snapshot().tasks[0]!.peers.find((view) => view.peer === idOf(peer))

describe('a seed alone', () => {
  it('raises who works honestly, and suspends who harms', async () => {
    const village = await createVillage({
      contributors: 6,
      msPerStep: 50,
      task: robust,
      bias: (place) => (place === 5 ? 40 : 0),
    })
    const [seed] = village.seeds
    const liar = village.contributors[5]!
    await village.untilRound(20, 400_000)
    await village.clock.advance(1_000)
    const honest = village.contributors.slice(0, 5)
    for (const peer of honest) expect(seenBy(seed!, peer)!.reputation).toBeGreaterThan(0.6)
    const taken = commitsOf(seed!).map(({ contributors }) => contributors.includes(idOf(liar)))
    // In for a few rounds, then out, and never again for long: it harms each time that it comes back.
    expect(taken.slice(0, 2)).toEqual([true, true])
    expect(taken.filter((is) => is).length).toBeLessThan(12)
    expect(taken.findIndex((is, round) => !is && taken[round - 1])).toBeLessThan(8)
    // Nobody waits for who is suspended.
    expect(commitsOf(seed!).at(-1)!.ms).toBeLessThan(village.spec.round.deadlineMs / 2)
    // Everyone else sees the same from the commits.
    for (const other of honest.slice(1))
      expect(seenBy(honest[0]!, other)).toMatchObject({ reputation: seenBy(seed!, other)!.reputation })
    expect(village.mesh.faults).toEqual([])
  })
})

describe('a committee', () => {
  it('scores each contribution by the median of its members, and keeps the standing of who has rare classes', async () => {
    const village = await createVillage({
      seeds: 4,
      contributors: 7,
      msPerStep: 50,
      task: robust,
      seedTest: (place) => examplesOf([0.4, 0.5, 0.6, 0.5][place]!),
      ownData: (place) => (place === 6 ? examplesOf(0.1) : undefined),
    })
    const rare = village.contributors[6]!
    const [seed] = village.seeds
    await village.untilRound(14, 400_000)
    await village.clock.advance(1_000)
    const usual = village.contributors.slice(0, 6).map((one) => seenBy(seed!, one)!.reputation)
    const median = [...usual].sort((a, b) => a - b)[3]!
    expect(median).toBeGreaterThan(0.55)
    expect(seenBy(seed!, rare)!.reputation).toBeGreaterThanOrEqual(0.8 * median)

    const bodies = bodiesOf(village, seed!)
    const told = bodies.slice(1).map(({ scores }) => scores.length)
    expect(told.filter((count) => count >= 3).length).toBeGreaterThanOrEqual(told.length - 2)
    for (const [i, { scores, parent }] of bodies.slice(1).entries()) {
      for (const bytes of scores) {
        const { peer, payload } = readSealed(bytes)
        const sheet = decode(scoresSchema, payload, 10_000)
        expect(village.seeds.map(idOf)).toContain(peer)
        expect(sheet).toMatchObject({ commit: parent, round: i + 1 })
        expect(sheet.scores).toHaveLength(bodies[i]!.contributions.length)
      }
    }
    // What it gives others is always worth less than what anyone else does, and nobody calls that harm.
    const scoresOf = (peer: Villager) =>
      bodies.slice(4).flatMap(({ scores }, i) => {
        const at = bodies[i + 3]!.contributions.findIndex((one) => one.peer === idOf(peer))
        return scores.map((bytes) => decode(scoresSchema, readSealed(bytes).payload, 10_000).scores[at] ?? 0)
      })
    const worst = village.contributors.slice(0, 6).map((one) => Math.min(...scoresOf(one)))
    expect(Math.min(...scoresOf(rare))).toBeLessThan(Math.min(...worst))
  })

  it('is told nothing by one member alone', async () => {
    const village = await createVillage({
      seeds: 4,
      contributors: 3,
      msPerStep: 50,
      task: robust,
      seedTest: (place) => (place === 1 ? examplesOf(0.5) : undefined),
    })
    await village.untilRound(8, 200_000)
    for (const one of village.contributors) expect(seenBy(village.seeds[0]!, one)!.reputation).toBe(0.5)
  })
})
