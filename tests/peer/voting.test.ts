/** What a committee withstands on a whole memory network: lies, two voices, noise, and data that are unlike. */
import { describe, expect, it } from 'vitest'
import {
  accusedOf,
  type CommitBody,
  createCommittee,
  decodeBody,
  decodeCommit,
  decodeEvidence,
  encode,
  encodeBody,
  type Message,
  type ProposalHeader,
  proposerOf,
  signer,
  type Vote,
} from '../../peer-core/consensus/index.ts'
import { type ContributionId, hexToBytes, kiB, type PeerId } from '../../peer-core/foundation/index.ts'
import { createIdentity, type Network, type Stores, sha256 } from '../../peer-core/index.ts'
import { genesisHash } from '../../peer-core/peer/chain.ts'
import { Committees } from '../../peer-core/peer/committees.ts'
import { readMessage } from '../../peer-core/peer/message.ts'
import { Standings } from '../../peer-core/peer/standings.ts'
import { directMeasure, topicMeasure } from '../../peer-core/peer/voting/allowance.ts'
import { acceptedOf, type Claim } from '../../peer-core/round/index.ts'
import { consensusTopic, controlTopic, floatsToBytes, limits, protocols } from '../../peer-core/wire/index.ts'
import { createIntruder } from './intruder.ts'
import { commitsOf, createVillage, examplesOf, type Village, type Villager } from './village.ts'

const bodiesOf = (village: Village, { disk }: Villager): CommitBody[] =>
  disk.commits.get(village.task)!.map(({ bytes }) => decodeBody(decodeCommit(bytes).body))
const evidenceIn = (bodies: readonly CommitBody[]) => bodies.flatMap(({ evidence }) => evidence.map(decodeEvidence))
const refusalsOf = ({ peer }: Villager) => peer.snapshot().tasks[0]!.refusals

/** Takes a seed's place, with its key, and says what the test says. */
async function traitor(village: Village, place: number) {
  const { identity } = village.seeds[place]!
  village.mesh.kill(identity.peerId)
  await village.clock.advance(500)
  const network: Network = village.mesh.join(identity.peerId)
  await village.clock.finish(network.start(), 5_000)
  const topic = consensusTopic(village.task)
  const claims: Claim[] = []
  network.gossip.subscribe(controlTopic(village.task), {
    validate: () => 'accept',
    deliver(data) {
      const message = readMessage(data, village.task)
      if (message.type === 'contribution') claims.push({ id: message.id, contribution: message.value })
    },
  })
  network.gossip.subscribe(topic, { validate: () => 'accept', deliver: () => undefined })
  await village.clock.advance(300)
  const sign = signer(identity)
  return {
    member: identity.peerId,
    claims,
    publish: (bytes: Uint8Array) => network.gossip.publish(topic, bytes),
    say: (message: Message) => network.gossip.publish(topic, encode(message)),
    /** To one member, as an answer to its status. */
    async answer(to: PeerId, messages: readonly Message[]) {
      const { signal } = new AbortController()
      const options = { signal, maxFrameBytes: limits.consensusBytes }
      const stream = await network.streams.open(to, protocols.consensus, options)
      await stream.send(hexToBytes(village.task))
      for (const message of messages) await stream.send(encode(message))
      await stream.close()
    },
    vote: (fields: Pick<Vote, 'type' | 'height' | 'round' | 'value'>): Vote => {
      const unsigned = { ...fields, task: village.task, score: null, member: identity.peerId }
      return { ...unsigned, signature: sign(unsigned) }
    },
    propose: (body: CommitBody): ProposalHeader & { readonly body: Uint8Array } => {
      const { task, height, time } = body
      const bytes = encodeBody(body)
      const place = { task, height, round: 0, validRound: -1, value: sha256(bytes), time, member: identity.peerId }
      const unsigned = { type: 'proposal', ...place } as const
      return { ...unsigned, signature: sign(unsigned), body: bytes }
    },
  }
}

/** Somebody new on the network, who says what the test says. */
async function stranger(village: Village) {
  const identity = createIdentity(new Uint8Array(32).fill(99))
  const network = village.mesh.join(identity.peerId)
  await village.clock.finish(network.start(), 5_000)
  return { identity, network }
}

const committeeOf = (village: Village) => createCommittee(village.spec.committee)
const heightOf = (village: Village) => commitsOf(village.seeds[0]!).length + 1

describe('a member that signs two votes of one place', () => {
  it('is told of in the next commit, the same on everyone, and the rounds go on', async () => {
    const village = await createVillage({ seeds: 4, contributors: 3, msPerStep: 50 })
    await village.untilRound(2, 60_000)
    const bad = await traitor(village, 3)
    const at = { type: 'prevote', height: heightOf(village), round: 0 } as const
    await bad.say(bad.vote({ ...at, value: null }))
    await bad.say(bad.vote({ ...at, value: sha256(new Uint8Array(1)) }))
    await bad.say(bad.vote({ ...at, value: sha256(new Uint8Array(2)) }))
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 3, 120_000)
    const told = evidenceIn(bodiesOf(village, village.seeds[0]!))
    expect(told.map(({ type }) => type)).toEqual(['equivocation'])
    expect(told.map(accusedOf)).toEqual([bad.member])
    expect(village.mesh.faults).toEqual([])
  })
})

describe('a proposer that puts forward what does not recompute', () => {
  it('gets no vote, is told of in a later commit however long its body was, and the others decide the round', async () => {
    const village = await createVillage({ seeds: 4, contributors: 3, msPerStep: 50 })
    const isNext = () => proposerOf(committeeOf(village), heightOf(village), 0) === village.seeds[3]!.identity.peerId
    await village.clock.runUntil(() => heightOf(village) > 2 && isNext(), 120_000)
    const bad = await traitor(village, 3)
    const last = bodiesOf(village, village.seeds[0]!).at(-1)!
    const commit = commitsOf(village.seeds[0]!).at(-1)!
    const height = last.height + 1
    const lie = { ...last, height, round: height, parent: commit.hash, base: last.result, time: village.clock.now() }
    const contributions = Array.from({ length: limits.contributionsPerRound }, (_, i) => {
      return { ...last.contributions[0]!, id: sha256(Uint8Array.of(i)) as ContributionId }
    })
    const proposal = bad.propose({ ...lie, evidence: [], contributions })
    // More than a body has room for.
    expect(proposal.body.length).toBeGreaterThan(16 * kiB)
    await bad.say(proposal)
    await village.clock.runUntil(() => heightOf(village) > height + 1, 120_000)
    const bodies = bodiesOf(village, village.seeds[0]!)
    expect(sha256(encodeBody(bodies[height - 1]!))).not.toBe(proposal.value)
    const told = evidenceIn(bodies)
    expect(told.map(({ type }) => type)).toContain('invalid-proposal')
    expect(new Set(told.map(accusedOf))).toEqual(new Set([bad.member]))
  })
})

describe('noise on the committee’s topic', () => {
  it('is dropped, counted by its kind, and ends nobody', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const bad = await traitor(village, 3)
    const vote = bad.vote({ type: 'precommit', height: heightOf(village), round: 0, value: null })
    await bad.publish(new Uint8Array(200).fill(0x81))
    await bad.publish(new Uint8Array(60_000))
    await bad.say({ ...vote, round: 1 })
    await bad.say({ ...vote, task: sha256(new Uint8Array(3)) as typeof vote.task })
    await bad.say({ ...vote, member: village.contributors[0]!.identity.peerId })
    const others = village.seeds.slice(0, 3).map(({ identity }) => bad.answer(identity.peerId, [vote, vote]))
    await village.clock.finish(Promise.all(others), 5_000)
    await village.clock.advance(500)
    for (const seed of village.seeds.slice(0, 3)) {
      const expected = { GARBAGE: 1, OVERSIZED: 1, BAD_SIGNATURE: 1, WRONG_TASK: 1, NOT_A_MEMBER: 1, REPLAYED: 1 }
      expect(refusalsOf(seed)).toMatchObject(expected)
    }
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 2, 120_000)
    expect(village.mesh.faults).toEqual([])
  })

  it('from one member to another is taken as far as an honest one has something to say, and more is misbehaviour', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const bad = await traitor(village, 3)
    const to = village.seeds[0]!.identity.peerId
    const vote = bad.vote({ type: 'precommit', height: heightOf(village), round: 0, value: null })
    const delivery = Array<Message>(200).fill(vote)
    for (let already = 0; already < 2 * directMeasure.burst; already += delivery.length) {
      await village.clock.finish(
        bad.answer(to, delivery).catch(() => undefined),
        5_000,
      )
    }
    expect(refusalsOf(village.seeds[0]!).FLOOD).toBeGreaterThan(0)
    expect(refusalsOf(village.seeds[1]!).FLOOD).toBeUndefined()
  })

  it('that a member signs is carried as far as an honest one has something to say, and stops nobody', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const bad = await traitor(village, 3)
    const at = { type: 'precommit', height: heightOf(village), value: null } as const
    for (let round = 0; round < 2 * topicMeasure.burst; round++) await bad.publish(encode(bad.vote({ ...at, round })))
    await village.clock.advance(500)
    for (const seed of village.seeds.slice(0, 3)) {
      expect(refusalsOf(seed).FLOOD).toBeGreaterThan(topicMeasure.burst / 2)
    }
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 2, 120_000)
  })
})

describe('a member that votes as soon as a height is there', () => {
  it('opens it for nobody else, so that rounds that take long are decided at once, and its offence is told', async () => {
    const village = await createVillage({
      seeds: 4,
      contributors: 3,
      // A round takes longer than a proposal is waited for.
      msPerStep: 600,
      task: (spec) => ({ ...spec, round: { ...spec.round, deadlineMs: 60_000 } }),
    })
    const [seed] = village.seeds
    await village.untilRound(1, 60_000)
    const bad = await traitor(village, 3)
    seed!.peer.onEvent((event) => {
      if (event.kind !== 'commit') return
      const at = { type: 'prevote', height: event.round + 1, round: 0 } as const
      void bad.say(bad.vote({ ...at, value: null }))
      void bad.say(bad.vote({ ...at, value: sha256(new Uint8Array(1)) }))
    })
    await village.clock.runUntil(() => commitsOf(seed!).length >= 6, 240_000)
    const told = evidenceIn(bodiesOf(village, seed!))
    expect(new Set(told.map(accusedOf))).toEqual(new Set([bad.member]))
    const rounds = seed!.disk.commits.get(village.task)!.map(({ bytes }) => decodeCommit(bytes).certificate.round)
    // In every fourth height the traitor is to propose, and is silent.
    expect(rounds.filter((round) => round > 1)).toEqual([])
  })
})

describe('accusations made of an honest member’s votes', () => {
  it('are carried no further than others, and do not silence it', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const bad = await traitor(village, 3)
    const honest = village.seeds[0]!.identity
    const voteOf = (round: number): Vote => {
      const place = { task: village.task, height: heightOf(village), round, member: honest.peerId }
      const unsigned = { type: 'prevote', ...place, value: sha256(new Uint8Array(1)), score: null } as const
      return { ...unsigned, signature: signer(honest)(unsigned) }
    }
    for (let round = 0; round < 2 * topicMeasure.burst; round++) {
      await bad.publish(encode({ type: 'evidence', evidence: { type: 'wrong-vote', vote: voteOf(round) } }))
    }
    await village.clock.advance(100)
    const floods = () => village.seeds.slice(0, 3).map((seed) => refusalsOf(seed).FLOOD ?? 0)
    const before = floods()
    expect(Math.min(...before)).toBeGreaterThan(topicMeasure.burst / 2)
    for (let round = 0; round < 40; round++) await bad.say(voteOf(round))
    await village.clock.advance(100)
    expect(floods()).toEqual(before)
  })
})

describe('held-out scores', () => {
  const veto = { maxDrop: 50_000, minExamples: 10 }
  const open = (seedTest: (place: number) => ReturnType<typeof examplesOf>, bias?: (place: number) => number) =>
    createVillage({
      seeds: 4,
      contributors: 3,
      msPerStep: 20,
      seedTest,
      bias,
      task: (spec) => ({ ...spec, consensus: { veto, trustingDays: 30 } }),
    })

  it('of one member with unlike data stall nothing, and are committed', async () => {
    // Its target lies away from everyone else's, so that nearly every result is worse for it.
    const village = await open((place) => examplesOf(place === 3 ? 0 : 0.5))
    await village.untilRound(5, 120_000)
    const scores = evidenceIn(bodiesOf(village, village.seeds[0]!)).filter(({ type }) => type === 'score')
    expect(new Set(scores.map(accusedOf)).size).toBeGreaterThanOrEqual(3)
  })

  it('turn a result away that is worse for everyone, and the round is decided without who made it so', async () => {
    const village = await open(
      () => examplesOf(0.5),
      (place) => (place === 0 ? 3 : 0),
    )
    const [harmful] = village.contributors
    await village.untilRound(4, 240_000)
    // In the first round everything is new, and nothing is worse by much.
    for (const { contributors, rejected } of commitsOf(village.seeds[0]!).slice(1)) {
      expect(contributors).not.toContain(harmful!.identity.peerId)
      expect(rejected).toContainEqual({ peer: harmful!.identity.peerId, reason: 'harmful' })
    }
  })
})

describe('a body that says of a good contribution what it is not', () => {
  it('gets no vote and accuses its proposer', async () => {
    const village = await createVillage({ seeds: 4, contributors: 3, msPerStep: 50 })
    const [seed] = village.seeds
    const isNext = () => proposerOf(committeeOf(village), heightOf(village), 0) === village.seeds[3]!.identity.peerId
    await village.clock.runUntil(() => heightOf(village) > 2 && isNext(), 120_000)
    const bad = await traitor(village, 3)
    await village.clock.runUntil(
      () => bad.claims.filter((one) => one.contribution.round === heightOf(village)).length > 1,
      9_000,
    )
    const height = heightOf(village)
    const [taken, slandered] = bad.claims.filter(({ contribution }) => contribution.round === height)
    const standings = new Standings(
      { task: village.task, spec: village.spec, genesis: genesisHash(village.task) },
      new Committees(createCommittee(village.spec.committee)),
    )
    for (const { bytes } of seed!.disk.commits.get(village.task)!) {
      const certified = decodeCommit(bytes)
      standings.add({ body: decodeBody(certified.body), hash: certified.certificate.value })
    }
    const last = bodiesOf(village, seed!).at(-1)!
    const place = { height, round: height, parent: commitsOf(seed!).at(-1)!.hash, base: last.result }
    const proposal = bad.propose({
      ...last,
      ...place,
      time: village.clock.now(),
      weights: standings.root,
      contributions: [acceptedOf(taken!, standings.weightOf(taken!.contribution.peer))],
      rejected: [{ peer: slandered!.contribution.peer, reason: 'non-finite', id: slandered!.id }],
      evidence: [],
      scores: [],
      admitted: [],
    })
    await bad.say(proposal)
    await village.clock.runUntil(() => heightOf(village) > height + 1, 120_000)
    const notices = seed!.events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))
    expect(notices.find((text) => text.includes(proposal.value.slice(0, 8)))).toMatch(
      /is called non-finite, and is not$/,
    )
    expect(evidenceIn(bodiesOf(village, seed!)).map(accusedOf)).toContain(bad.member)
  })
})

describe('a contributor that serves some members and lies to the others', () => {
  it('makes nobody accuse an honest member, and stops nobody', async () => {
    const village = await createVillage({ seeds: 7, contributors: 2, msPerStep: 100 })
    const [seed] = village.seeds
    const everyoneHas = (round: number) =>
      village.clock.runUntil(() => village.seeds.every((one) => commitsOf(one).length >= round), 60_000)
    await everyoneHas(1)
    const { identity, network } = await stranger(village)
    const bad = createIntruder(identity, network, village.task, village.clock.now)
    // The last two are not among those whom a member asks of itself: only as proposers they are.
    for (const { identity } of [...village.seeds.slice(0, 5), ...village.contributors]) bad.liesTo.add(identity.peerId)
    const bytes = floatsToBytes(new Float32Array(10).fill(0.01))
    const took = () => commitsOf(seed!).filter(({ contributors }) => contributors.includes(bad.id))
    for (let round = 0; round < 8; round++) {
      const before = commitsOf(seed!).length
      const { model } = commitsOf(seed!).at(-1)!
      await bad.offer(bytes, { round: before + 1, base: model })
      await everyoneHas(before + 1)
    }
    expect(evidenceIn(bodiesOf(village, seed!))).toEqual([])
    expect(took().length).toBeGreaterThan(0)
  })
})

describe('a member that leaves in the middle of a write', () => {
  it('is gone only when its log has it, and writes nothing afterwards', async () => {
    let release: (() => void) | undefined
    let holds = false
    let seed0 = true
    const seedStores = (stores: Stores): Stores => {
      if (!seed0) return stores
      seed0 = false
      const records = Object.create(stores.records) as Stores['records']
      records.put = async (key, bytes) => {
        if (holds && key.startsWith('wal/')) await new Promise<void>((resolve) => (release = resolve))
        await stores.records.put(key, bytes)
      }
      return { ...stores, records }
    }
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50, seedStores })
    await village.untilRound(2, 60_000)
    const [leaver] = village.seeds
    holds = true
    await village.clock.runUntil(() => release !== undefined, 60_000)
    let left = false
    const leaving = leaver!.peer.leave(village.task).then(() => {
      left = true
    })
    await village.clock.advance(2_000)
    expect(left).toBe(false)
    const entries = leaver!.disk.records.size
    holds = false
    release!()
    await village.clock.finish(leaving, 1_000)
    expect(leaver!.disk.records.size).toBe(entries + 1)
    await village.clock.advance(5_000)
    expect(leaver!.disk.records.size).toBe(entries + 1)
  })
})

/** A seed that can be made deaf to what some peers announce, and asks nobody while it is: it puts forward what one that drops them does. */
function deafSeed(village: () => Village, which: number) {
  const deafTo = new Set<string>()
  let place = 0
  const seedNetwork = (network: Network): Network => {
    if (place++ !== which) return network
    const { gossip, streams } = network
    const deaf: Pick<Network, 'gossip' | 'streams'> = {
      gossip: {
        publish: (topic, data) => gossip.publish(topic, data),
        subscribe: (topic, handler) =>
          gossip.subscribe(topic, {
            validate: (data, from) => handler.validate(data, from),
            deliver(data, from) {
              const isDropped = () => deafTo.has(readMessage(data, village().task).from)
              if (deafTo.size > 0 && topic === controlTopic(village().task) && isDropped()) return
              handler.deliver(data, from)
            },
          }),
      },
      streams: Object.assign(Object.create(streams) as Network['streams'], {
        open: (...[to, protocol, options]: Parameters<Network['streams']['open']>) =>
          deafTo.size > 0 && protocol === protocols.sync
            ? Promise.reject(new Error('asks nobody'))
            : streams.open(to, protocol, options),
      }),
    }
    return Object.assign(Object.create(network) as Network, deaf)
  }
  return { seedNetwork, deafTo }
}

describe('a proposer that leaves out all but its friend', () => {
  it('is objected to and not accused, and the others commit everyone’s work', async () => {
    const { seedNetwork, deafTo } = deafSeed(() => village, 3)
    const village: Village = await createVillage({ seeds: 4, contributors: 3, msPerStep: 50, seedNetwork })
    await village.untilRound(1, 60_000)
    for (const { identity } of village.contributors.slice(1)) deafTo.add(identity.peerId)
    const [seed] = village.seeds
    // Until it has forgotten that they were there, and waits for them no more.
    await village.clock.advance(45_000)
    const before = commitsOf(seed!).length
    await village.clock.runUntil(() => commitsOf(seed!).length >= before + 4, 120_000)
    const committed = commitsOf(seed!).slice(before)
    expect(committed.map(({ contributors }) => contributors.length)).toEqual(committed.map(() => 3))
    const notices = seed!.events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))
    expect(notices.filter((text) => /leaves out/.test(text)).length).toBeGreaterThan(0)
    expect(evidenceIn(bodiesOf(village, seed!))).toEqual([])
  })

  it('does so no sooner than the others have collected, however fast its friend is', async () => {
    const { seedNetwork, deafTo } = deafSeed(() => village, 3)
    const village: Village = await createVillage({ seeds: 4, contributors: 3, msPerStep: 500, seedNetwork })
    const friend = village.newcomer('friend', { msPerStep: 1 })
    await village.start(friend)
    await village.untilRound(1, 60_000)
    for (const { identity } of village.contributors) deafTo.add(identity.peerId)
    const [seed] = village.seeds
    await village.clock.advance(45_000)
    const before = commitsOf(seed!).length
    await village.clock.runUntil(() => commitsOf(seed!).length >= before + 5, 240_000)
    expect(
      commitsOf(seed!)
        .slice(before)
        .map(({ contributors }) => contributors.length),
    ).toEqual([4, 4, 4, 4, 4])
  })
})
