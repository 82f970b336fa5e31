import { describe, expect, it } from 'vitest'
import { commitsOf, createVillage } from './village.ts'

describe('createPeer', () => {
  it('trains with nine contributors and a seed on a memory network until the model fits everyone', async () => {
    const village = await createVillage({ contributors: 9 })
    await village.untilRound(12, 120_000)
    await village.clock.advance(500)

    const commits = commitsOf(village.seeds[0]!)
    expect(commits.map((commit) => commit.round).slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(commits.at(-1)?.contributors).toHaveLength(9)
    expect(commits.at(-1)?.rejected).toEqual([])
    const [view] = village.seeds[0]!.peer.snapshot().tasks
    expect(view?.rounds[0]?.loss).toBeGreaterThan(0)
    expect(view?.rounds.at(-2)?.loss).toBeLessThan((view?.rounds[0]?.loss ?? 0) / 10)
    for (const contributor of village.contributors) {
      expect(commitsOf(contributor).map((commit) => commit.hash)).toEqual(
        commits.slice(0, commitsOf(contributor).length).map((commit) => commit.hash),
      )
      expect(commitsOf(contributor).length).toBeGreaterThanOrEqual(12)
    }
    expect(village.mesh.faults).toEqual([])
  })

  it('stays paused when it is paused as soon as it has joined', async () => {
    const village = await createVillage({ contributors: 1, msPerStep: 100 })
    const late = village.newcomer('late', { msPerStep: 50 })
    await village.start(late)
    late.peer.pause(village.task)
    await village.clock.advance(20_000)
    expect(late.peer.snapshot().tasks[0]?.activity.kind).toBe('paused')
    expect(commitsOf(late).flatMap((commit) => commit.contributors)).not.toContain(late.identity.peerId)
    late.peer.resume(village.task)
    await village.clock.advance(20_000)
    expect(commitsOf(late).flatMap((commit) => commit.contributors)).toContain(late.identity.peerId)
  })

  it('commits what a slow peer managed in two thirds of the deadline, and counts no more for it', async () => {
    const village = await createVillage({ contributors: 2 })
    const slow = village.newcomer('slow', { msPerStep: 1_000 })
    await village.start(slow)
    const id = slow.identity.peerId
    await village.clock.runUntil(
      () => commitsOf(slow).filter((commit) => commit.contributors.includes(id)).length >= 3,
      120_000,
    )

    const { localSteps, batchSize } = village.spec.training
    const managed = Math.floor((2 * village.spec.round.deadlineMs) / 3 / 1_000)
    expect(managed).toBeLessThan(localSteps)
    expect(slow.events.flatMap((event) => (event.kind === 'trained' ? [event.steps] : []))[0]).toBe(managed)
    const { mine } = slow.peer.snapshot().tasks[0]!
    expect(mine).toMatchObject({
      rejected: 0,
      steps: managed * mine.accepted,
      examples: managed * batchSize * mine.accepted,
    })
    const [other] = village.contributors
    const theirs = other!.peer.snapshot().tasks[0]!.mine
    expect(theirs.steps).toBe(localSteps * theirs.accepted)
  })

  it('gives the same chain from the same seed', async () => {
    const chain = async () => {
      const village = await createVillage({ contributors: 4, network: { jitterMs: 15, lossRate: 0.02 } })
      await village.untilRound(5, 120_000)
      return commitsOf(village.seeds[0]!).map((commit) => commit.hash)
    }
    expect(await chain()).toEqual(await chain())
  })
})
