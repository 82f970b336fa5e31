/** Who is let into a task that asks something of newcomers, and what those who are not can do. */
import { describe, expect, it } from 'vitest'
import { createCommittee, decodeBody, decodeCommit } from '../../../peer-core/consensus/index.ts'
import { createIdentity, type Identity, seededRandom } from '../../../peer-core/index.ts'
import { genesisHash } from '../../../peer-core/peer/chain.ts'
import { Committees } from '../../../peer-core/peer/committees.ts'
import { Standings } from '../../../peer-core/peer/standings.ts'
import { searchWork, signInvitation } from '../../../peer-core/reputation/index.ts'
import { controlTopic, reputationRulesSchema, seal, type TaskSpec, type Ticket } from '../../../peer-core/wire/index.ts'
import { createIntruder } from '../intruder.ts'
import { commitsOf, createVillage, type Village, type VillageOptions, type Villager } from '../village.ts'

const idOf = ({ identity }: Villager) => identity.peerId
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const named = (name: string): Identity => {
  const random = seededRandom(`secret of ${name}`)
  return createIdentity(Uint8Array.from({ length: 32 }, () => random.integer(256)))
}

/** One seed scores, an epoch has two rounds, and whoever worked well for two is proven. */
function villageWith(rules: object, options: VillageOptions = {}) {
  const task = (spec: TaskSpec): TaskSpec => ({
    ...spec,
    round: { ...spec.round, deadlineMs: 4_000 },
    aggregation: { ...spec.aggregation, pipeline: ['trimmed-mean'] },
    reputation: reputationRulesSchema.parse({ epochRounds: 2, provenAt: 190_000, ...rules }),
  })
  // No shard is what all have together: who has that adds nothing any more once it is learned, and earns nothing.
  return createVillage({ contributors: 3, msPerStep: 20, shares: [0.2, 0.4, 0.9], task, ...options })
}
const byWork = { admission: { kind: 'work', bits: 8 } }

const bodiesOf = ({ seeds, task }: Village) =>
  (seeds[0]!.disk.commits.get(task) ?? []).map(({ bytes }) => {
    const { body, certificate } = decodeCommit(bytes)
    return { body: decodeBody(body), hash: certificate.value }
  })
/** rounds that took this peer's work */
const roundsOf = (village: Village, peer: string) =>
  bodiesOf(village).flatMap(({ body }) => (body.contributions.some((one) => one.peer === peer) ? [body.round] : []))
const seenBy = (viewer: Villager, peer: string) =>
  viewer.peer.snapshot().tasks[0]!.peers.find((view) => view.peer === peer)

/** Before the first commit. */
function emptyStandings({ task, spec }: Village): Standings {
  const committees = new Committees(createCommittee(spec.committee))
  return new Standings({ task, spec, genesis: genesisHash(task) }, committees)
}

async function intruder(village: Village, identity: Identity) {
  const network = village.mesh.join(identity.peerId)
  await village.clock.finish(network.start(), 5_000)
  await village.clock.advance(300)
  const apply = (ticket: Ticket, as = identity) => {
    const { bytes } = seal(as, 'application', { task: village.task, ticket, at: village.clock.now() })
    return network.gossip.publish(controlTopic(village.task), bytes)
  }
  return { ...createIntruder(identity, network, village.task, village.clock.now), apply }
}

/** The head's, found at once. */
function workOf({ task, seeds }: Village, peer: Identity, bits: number): Ticket {
  const recent = seeds[0]!.peer.snapshot().tasks[0]!.rounds.at(-1)!.hash
  return { kind: 'work', work: searchWork({ task, peer: peer.peerId, recent, bits }, 0, 1e6)! }
}

describe.each([
  ['asks for work', byWork],
  ['asks for nothing', {}],
])('a task that %s', (_, rules) => {
  it('is founded at once, and lets in who comes at round 20: at the floor, and it grows', async () => {
    const village = await villageWith(rules)
    await village.untilRound(20, 200_000)
    for (const one of village.contributors) expect(roundsOf(village, idOf(one))).toHaveLength(20)
    const late = village.newcomer('late')
    await village.start(late)
    await village.untilRound(34, 200_000)
    const [first = 0] = roundsOf(village, idOf(late))
    const asked = bodiesOf(village).find(({ body }) => body.round > 20 && body.admitted.length > 0)!
    // Let in by one commit, and taken after three more.
    expect(first).toBe(asked.body.round + 4)
    expect(roundsOf(village, idOf(late))).toHaveLength(bodiesOf(village).length - first + 1)
    const weights = bodiesOf(village).flatMap(({ body }) =>
      body.contributions.flatMap(({ peer, weight }) => (peer === idOf(late) ? [weight] : [])),
    )
    expect(weights[0]).toBe(500)
    expect(weights.at(-1)).toBeGreaterThan(550)
    // Whoever has nothing but the commits comes to the same weights.
    const standings = emptyStandings(village)
    for (const commit of bodiesOf(village)) {
      expect(commit.body.weights).toBe(standings.root)
      standings.add(commit)
    }
    expect(standings.weightOf(idOf(late))).toBe(seenBy(village.seeds[0]!, idOf(late))!.reputation * 1_000)
    expect(village.mesh.faults).toEqual([])
  })
})

describe('a task whose contributors have left', () => {
  it('lets in who comes then, by commits of nothing else, and ends them when there is work again', async () => {
    const village = await villageWith(byWork, { seeds: 4, contributors: 1 })
    const [founder] = village.contributors
    await village.untilRound(3, 60_000)
    await village.clock.finish(founder!.peer.leave(village.task), 10_000)
    const before = bodiesOf(village).length
    await village.clock.advance(20_000)
    // Nobody waits: nothing is committed.
    expect(bodiesOf(village)).toHaveLength(before)
    const late = village.newcomer('late')
    await village.start(late)
    await village.untilRound(before + 10, 120_000)
    const since = bodiesOf(village).slice(before)
    const empty = since.filter(({ body }) => body.contributions.length === 0)
    expect(empty.map(({ body }) => body.round)).toEqual([1, 2, 3, 4].map((n) => before + n))
    for (const { body } of empty) expect(body.result).toBe(body.base)
    expect(roundsOf(village, idOf(late))).toHaveLength(since.length - 4)
    expect(village.mesh.faults).toEqual([])
  })
})

describe('a peer that does not do the work', () => {
  it.each([
    ['says nothing', undefined],
    ['says that it has', { kind: 'none' } as const],
    ['shows the work of another', 'stolen' as const],
  ])('and %s has no part, and costs no round any time', async (_, ticket) => {
    const village = await villageWith({ admission: { kind: 'work', bits: 12 } }, { contributors: 2 })
    await village.untilRound(3, 60_000)
    const bad = await intruder(village, named('enemy'))
    const usual = commitsOf(village.seeds[0]!).at(-1)!.ms
    for (const round of range(6)) {
      await bad.present('training')
      if (ticket !== undefined) await bad.apply(ticket === 'stolen' ? workOf(village, named('another'), 12) : ticket)
      const { round: head, model } = commitsOf(village.seeds[0]!).at(-1)!
      await bad.offer(new Uint8Array(40), { round: head + 1, base: model })
      await village.untilRound(4 + round, 60_000)
    }
    for (const { body } of bodiesOf(village)) {
      expect([...body.contributions, ...body.rejected].map(({ peer }) => peer)).not.toContain(bad.id)
    }
    expect(
      bodiesOf(village)
        .slice(3)
        .flatMap(({ body }) => body.admitted),
    ).toEqual([])
    for (const { ms } of commitsOf(village.seeds[0]!).slice(3)) expect(ms).toBeLessThan(usual + 1_000)
  })
})

describe('names that paid', () => {
  it('and are three of ten never have more of a round’s weight than the declared share while they are new', async () => {
    const village = await villageWith({ ...byWork, provenAt: 230_000 }, { contributors: 7 })
    await village.untilRound(7, 100_000)
    const sybils = range(3).map((i) => village.newcomer(`sybil ${i}`))
    for (const sybil of sybils) await village.start(sybil)
    await village.untilRound(16, 200_000)
    const ids = new Set<string>(sybils.map(idOf))
    const rounds = bodiesOf(village).map(({ body: { contributions, rejected } }) => {
      const weigh = (some: typeof contributions) => some.reduce((sum, { weight }) => sum + weight, 0)
      return {
        share: weigh(contributions.filter(({ peer }) => ids.has(peer))) / weigh(contributions),
        left: rejected.filter(({ peer, reason }) => ids.has(peer) && reason === 'newcomer-share').length,
      }
    })
    const withSybils = rounds.filter(({ share, left }) => share > 0 || left > 0).slice(0, 4)
    expect(withSybils).toHaveLength(4)
    for (const { share, left } of withSybils) {
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThanOrEqual(village.spec.aggregation.byzantineShare)
      expect(left).toBeGreaterThan(0)
    }
  })
})

describe('a task that asks for invitations', () => {
  const [host, clinic] = [named('host'), named('clinic')]
  const rules = {
    admission: { kind: 'invitation', inviters: [host.peerId], perInviter: 3, shareOfGuests: 600_000 },
    institutions: [{ name: 'Clinic', inviters: [clinic.peerId], seats: 2, share: 250_000, start: 800_000 }],
  }
  const invite = ({ task }: Village, inviter: Identity, { identity }: Villager, until = 1_000) =>
    signInvitation(inviter, { task, peer: identity.peerId, until })

  it('lets in as many as an inviter and an institution may, and no more of a round than their share', async () => {
    const village = await villageWith(rules, { contributors: 0 })
    const guests = range(4).map((i) => village.newcomer(`guest ${i}`))
    const staff = range(3).map((i) => village.newcomer(`staff ${i}`))
    for (const one of guests) await village.start(one, { invitation: invite(village, host, one) })
    for (const one of staff) await village.start(one, { invitation: invite(village, clinic, one) })
    await village.untilRound(12, 200_000)
    const refused = (all: Villager[]) =>
      all.flatMap(({ peer }) => {
        const { activity } = peer.snapshot().tasks[0]!
        return activity.kind === 'admission' && activity.step === 'refused' ? [activity.why] : []
      })
    expect(refused(guests)).toEqual(['inviter-full'])
    expect(refused(staff)).toEqual(['institution-full'])
    const of = (all: Villager[]) => new Set<string>(all.map(idOf))
    const founders = bodiesOf(village)[0]!.body
    for (const { peer, weight } of founders.contributions.filter(({ peer }) => of(staff).has(peer))) {
      expect([peer, weight]).toEqual([peer, 500])
    }
    for (const { body } of bodiesOf(village).slice(1)) {
      const weigh = (some: typeof body.contributions) => some.reduce((sum, { weight }) => sum + weight, 0)
      const ofGuests = body.contributions.filter(({ peer }) => of(guests).has(peer))
      expect(weigh(ofGuests) / weigh(body.contributions)).toBeLessThanOrEqual(0.6)
      const ofStaff = body.contributions.filter(({ peer }) => of(staff).has(peer))
      expect(ofStaff.length).toBeLessThanOrEqual(1)
      for (const { weight } of ofStaff) expect(weight).toBeGreaterThan(850)
    }
    expect(village.mesh.faults).toEqual([])
  })

  it('takes an invitation that comes later, and one at all only from who may invite, for whom it names, in time', async () => {
    const village = await villageWith(rules, { contributors: 0 })
    const founder = village.newcomer('founder')
    await village.start(founder, { invitation: invite(village, host, founder) })
    await village.untilRound(3, 60_000)
    const late = village.newcomer('late')
    await village.start(late)
    const why = async () => {
      await village.clock.advance(500)
      const { activity } = late.peer.snapshot().tasks[0]!
      return activity.kind === 'admission' && activity.step === 'refused' ? activity.why : activity.kind
    }
    const bring = (...of: Parameters<typeof invite>) =>
      village.clock.finish(late.peer.bring(village.task, invite(...of)), 5_000)
    expect(await why()).toBe('invitation-needed')
    await bring(village, named('stranger'), late)
    expect(await why()).toBe('inviter-unknown')
    await bring(village, host, founder)
    expect(await why()).toBe('invitation-for-another')
    await bring(village, host, late, 2)
    expect(await why()).toBe('invitation-expired')
    await bring(village, host, late)
    const { round } = commitsOf(village.seeds[0]!).at(-1)!
    // One inviter's two guests: the lot takes one of them, anew each round, and whoever it leaves out is awaited as before.
    await village.untilRound(round + 20, 60_000)
    expect(roundsOf(village, idOf(late)).length).toBeGreaterThan(2)
  })
})
