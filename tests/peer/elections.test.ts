/** A committee that is elected anew for every epoch, from what the chain knows. */
import { describe, expect, it } from 'vitest'
import { decodeBody, decodeCommit } from '../../peer-core/consensus/index.ts'
import { consensusRulesSchema, reputationRulesSchema, type TaskSpec } from '../../peer-core/wire/index.ts'
import { commitsOf, createVillage, examplesOf, type Village, type Villager } from './village.ts'

const epochLength = 3
const elects = (spec: TaskSpec): TaskSpec => ({
  ...spec,
  consensus: consensusRulesSchema.parse({ election: { epochLength, browsers: true } }),
  reputation: reputationRulesSchema.parse({
    ...{ foundingRounds: 1_000_000, epochRounds: 2, gain: 200_000, provenAt: 300_000 },
  }),
})
const idOf = ({ identity }: Villager) => identity.peerId
const commitsIn = (village: Village, { disk }: Villager) =>
  (disk.commits.get(village.task) ?? []).map(({ bytes }) => decodeCommit(bytes))
const electionsIn = (village: Village, villager: Villager) =>
  commitsIn(village, villager).flatMap(({ body }) => {
    const { height, elected } = decodeBody(body)
    return elected === null ? [] : [{ height, members: elected.map(({ peer }) => peer) }]
  })
const heightOf = (villager: Villager) => commitsOf(villager).length

/** No shard is what all have together: who has that adds nothing any more once it is learned, and earns nothing. */
const electing = () =>
  createVillage({
    ...{ seeds: 4, contributors: 3, msPerStep: 50, shares: [0.2, 0.4, 0.9] },
    ...{ task: elects, seedTest: () => examplesOf(0.5) },
  })

describe('an elected committee', () => {
  it('takes over at a border, and newcomers and who was away follow through every change', async () => {
    const village = await electing()
    const [seed] = village.seeds
    const away = village.seeds[3]!
    await village.untilRound(2, 60_000)
    village.mesh.kill(idOf(away))
    await village.untilRound(7, 200_000)
    const late = village.newcomer('late', { msPerStep: 50 })
    await village.start(late)
    const back = village.restart(away, { trains: false })
    await village.clock.finish(
      back.peer.start().then(() => back.peer.join(village.task)),
      10_000,
    )
    await village.untilRound(14, 300_000)
    await village.clock.advance(3_000)

    const elections = electionsIn(village, seed!)
    expect(elections[0]!.height).toBe(epochLength)
    expect(elections.every(({ height }) => height % epochLength === 0)).toBe(true)
    for (const one of village.contributors) expect(elections[0]!.members).toContain(idOf(one))
    expect(elections.at(-1)!.members).toContain(idOf(late))
    // Who was elected signs.
    const signers = new Set(
      commitsIn(village, seed!)
        .slice(epochLength)
        .flatMap(({ certificate }) => certificate.entries.map(({ member }) => member)),
    )
    for (const one of village.contributors) expect(signers).toContain(idOf(one))
    // One chain, on everyone.
    const chains = [seed!, back, late, ...village.contributors].map((one) =>
      (one.disk.commits.get(village.task) ?? []).map(({ hash }) => hash),
    )
    for (const chain of chains) expect(chain.slice(0, 13)).toEqual(chains[0]!.slice(0, 13))
    expect(village.mesh.faults).toEqual([])
  })

  it('goes on when an elected member dies, and elects it no more', async () => {
    const village = await electing()
    const [seed] = village.seeds
    const dead = village.contributors[1]!
    await village.untilRound(epochLength + 1, 100_000)
    expect(electionsIn(village, seed!)[0]!.members).toContain(idOf(dead))
    village.mesh.kill(idOf(dead))
    await village.clock.runUntil(() => heightOf(seed!) >= 3 * epochLength + 1, 400_000)
    const last = electionsIn(village, seed!).at(-1)!
    expect(last.members).not.toContain(idOf(dead))
    expect(last.members).toContain(idOf(village.contributors[0]!))
  })

  it('is the task’s own for all of its life where the task says nothing of elections', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50, seedTest: () => examplesOf(0.5) })
    await village.untilRound(7, 200_000)
    expect(electionsIn(village, village.seeds[0]!)).toEqual([])
  })
})
