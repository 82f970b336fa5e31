import { describe, expect, it } from 'vitest'
import { createCommittee, proposerOf } from '../../peer-core/consensus/index.ts'
import { commitsOf, createVillage, type Villager } from './village.ts'

const rounds = (villager: Villager) => commitsOf(villager).length

describe('a committee of seeds', () => {
  it('commits with signatures of more than two thirds, and everyone has the same chain', async () => {
    const village = await createVillage({ seeds: 4, contributors: 3 })
    await village.untilRound(5, 120_000)
    await village.clock.advance(2_000)
    const chains = [...village.seeds, ...village.contributors].map((one) => commitsOf(one).map((commit) => commit.hash))
    const shortest = Math.min(...chains.map((chain) => chain.length))
    expect(shortest).toBeGreaterThanOrEqual(5)
    for (const chain of chains) expect(chain.slice(0, shortest)).toEqual(chains[0]!.slice(0, shortest))
    expect(village.mesh.faults).toEqual([])
  })

  it('goes on when one of four dies, also when that one is to propose', async () => {
    const village = await createVillage({ seeds: 4, contributors: 3 })
    await village.untilRound(2, 60_000)
    village.mesh.kill(village.seeds[2]!.identity.peerId)
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 6, 200_000)
    expect(commitsOf(village.seeds[0]!).length).toBeGreaterThanOrEqual(before + 6)
  })

  it('goes on within half a minute when two of seven die, also when both are to propose one after the other', async () => {
    const village = await createVillage({
      seeds: 7,
      contributors: 2,
      msPerStep: 50,
      // As a task has it that says nothing of it.
      task: (spec) => ({ ...spec, round: { ...spec.round, fetchMs: 15_000 } }),
    })
    await village.untilRound(2, 60_000)
    const committee = createCommittee(village.spec.committee)
    const [first, second, witness] = [4, 5, 6].map((height) => proposerOf(committee, height, 0))
    for (const dead of [first!, second!]) village.mesh.kill(dead)
    const told = village.seeds.find(({ identity }) => identity.peerId === witness)!
    const killed = village.clock.now()
    let [last, longest] = [killed, 0]
    told.peer.onEvent(({ kind }) => {
      if (kind !== 'commit') return
      longest = Math.max(longest, village.clock.now() - last)
      last = village.clock.now()
    })
    const before = rounds(told)
    await village.clock.runUntil(() => rounds(told) >= before + 8, 300_000)
    expect(rounds(told)).toBeGreaterThanOrEqual(before + 8)
    expect(longest).toBeLessThan(30_000)
  })

  it('commits nothing without a quorum', async () => {
    const village = await createVillage({ seeds: 3, contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    village.mesh.kill(village.seeds[1]!.identity.peerId)
    await village.clock.advance(1_500)
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.advance(120_000)
    expect(commitsOf(village.seeds[0]!).length).toBe(before)
  })
})

describe('a committee in two halves', () => {
  it('commits nothing until it is whole again, then goes on as one', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 50 })
    await village.untilRound(2, 60_000)
    const [a, b, c, d] = village.seeds.map(({ identity }) => identity.peerId)
    const [left, right] = village.contributors.map(({ identity }) => identity.peerId)
    village.mesh.partition([
      [a!, b!, left!],
      [c!, d!, right!],
    ])
    await village.clock.advance(1_000)
    const before = Math.max(...village.seeds.map(rounds))
    await village.clock.advance(60_000)
    expect(Math.max(...village.seeds.map(rounds))).toBe(before)
    village.mesh.heal()
    await village.clock.runUntil(() => village.seeds.every((seed) => rounds(seed) >= before + 3), 200_000)
    const chains = village.seeds.map((seed) => commitsOf(seed).map(({ hash }) => hash))
    const shortest = Math.min(...chains.map((chain) => chain.length))
    expect(new Set(chains.map((chain) => chain.slice(0, shortest).join())).size).toBe(1)
  })
})

describe('a mesh without its seed', () => {
  it('trains on, mixes with neighbours, and commits what it learned when the seed returns', async () => {
    const village = await createVillage({ contributors: 3, msPerStep: 20 })
    await village.untilRound(3, 60_000)
    village.mesh.kill(village.seeds[0]!.identity.peerId)
    // What the seed had stored, whether or not it told anyone.
    const before = rounds(village.seeds[0]!)
    await village.clock.advance(90_000)
    for (const { peer } of village.contributors) {
      const [task] = peer.snapshot().tasks
      expect(task?.mixes).toBeGreaterThan(3)
      expect(task?.quorum).toBe(false)
    }
    expect(Math.max(...village.contributors.map(rounds))).toBeLessThanOrEqual(before)

    const returned = village.restart(village.seeds[0]!, { trains: false, evaluates: true })
    await village.clock.finish(
      returned.peer.start().then(() => returned.peer.join(village.task)),
      10_000,
    )
    await village.clock.runUntil(() => rounds(returned) >= 3, 120_000)
    expect(commitsOf(returned)[0]?.round).toBe(before + 1)
    expect(commitsOf(returned)[0]?.contributors.length).toBeGreaterThan(0)
    await village.clock.advance(1_000)
    for (const contributor of village.contributors) expect(rounds(contributor)).toBeGreaterThan(before)
  })
})

describe('a commit whose model nobody has fetched yet', () => {
  it('is made again from its contributions when the seed dies', async () => {
    const village = await createVillage({ contributors: 3, msPerStep: 20 })
    const [first] = village.contributors
    await village.clock.runUntil(() => rounds(first!) >= 3, 60_000)
    village.mesh.kill(village.seeds[0]!.identity.peerId)
    const { model } = commitsOf(first!)[2]!
    await village.clock.runUntil(() => first!.disk.blobs.has(model), 40_000)
    await village.clock.runUntil(() => first!.peer.snapshot().tasks[0]!.mixes > 0, 60_000)
    expect(first!.events.some((event) => event.kind === 'fetched' && event.model === model)).toBe(false)
  })
})

describe('a commit whose model is lost with its seed', () => {
  it('stops nobody: they go on from the model before, and from the commit when the seed returns', async () => {
    const village = await createVillage({ contributors: 3, msPerStep: 20 })
    const [first] = village.contributors
    const [seed] = village.seeds
    await village.clock.runUntil(() => rounds(first!) >= 3, 60_000)
    village.mesh.kill(seed!.identity.peerId)
    const [, base, lost] = commitsOf(first!)
    // Nobody keeps what it was made of: whatever arrives until all have heard of the commit is gone again.
    while (village.contributors.some((one) => rounds(one) < 3)) {
      for (const { disk } of village.contributors) {
        for (const blob of disk.blobs.keys()) if (blob !== base!.model) disk.blobs.delete(blob)
      }
      await village.clock.advance(25)
    }
    const mixes = () => village.contributors.map(({ peer }) => peer.snapshot().tasks[0]!.mixes)
    await village.clock.runUntil(() => mixes().every((count) => count >= 2), 120_000)

    const returned = village.restart(seed!, { trains: false, evaluates: true })
    await village.clock.finish(
      returned.peer.start().then(() => returned.peer.join(village.task)),
      10_000,
    )
    await village.clock.runUntil(() => rounds(returned) >= 2, 120_000)
    expect(commitsOf(returned).map(({ round }) => round)).toEqual([lost!.round + 1, lost!.round + 2])
    expect(commitsOf(returned)[1]!.contributors).toHaveLength(3)
    expect(commitsOf(returned).flatMap(({ rejected }) => rejected)).toEqual([])
  })
})

describe('a late joiner', () => {
  it('fetches the model from several holders and contributes to the next round', async () => {
    const village = await createVillage({
      contributors: 4,
      msPerStep: 50,
      network: { bytesPerSecond: 2_000_000 },
      // 336 kB of weights: enough chunks for several holders
      task: (spec) => ({
        ...spec,
        model: {
          input: [2, 2, 1],
          layers: [
            { kind: 'flatten' },
            { kind: 'dense', units: 12_000, activation: 'relu' },
            { kind: 'dense', units: 2, activation: 'linear' },
          ],
        },
      }),
    })
    await village.untilRound(8, 200_000)
    const late = village.newcomer('late', { msPerStep: 50 })
    await village.start(late)
    await village.clock.runUntil(
      () => commitsOf(village.seeds[0]!).some((commit) => commit.contributors.includes(late.identity.peerId)),
      60_000,
    )
    const fetched = late.events.find((event) => event.kind === 'fetched')
    expect(Object.keys(fetched?.sources ?? {}).length).toBeGreaterThanOrEqual(2)
    const commits = commitsOf(village.seeds[0]!)
    const first = commits.findIndex((commit) => commit.contributors.includes(late.identity.peerId))
    expect(commits[first]!.round).toBeLessThanOrEqual(10)
  })

  it('that had a commit before goes on from it after a restart', async () => {
    const village = await createVillage({ contributors: 2, msPerStep: 20 })
    await village.untilRound(3, 60_000)
    const [first] = village.contributors
    village.mesh.kill(first!.identity.peerId)
    const before = commitsOf(first!).length
    expect(before).toBeGreaterThan(0)
    await village.untilRound(6, 60_000)
    const returned = village.restart(first!)
    await village.start(returned)
    await village.clock.runUntil(() => commitsOf(returned).length >= 3, 60_000)
    expect(commitsOf(returned)[0]!.round).toBe(before + 1)
    expect(
      returned.peer
        .snapshot()
        .tasks[0]!.rounds.map((view) => view.round)
        .slice(0, 6),
    ).toEqual([1, 2, 3, 4, 5, 6])
  })
})
