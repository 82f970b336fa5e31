/** A committee of four seeds that takes in who trains for it, as real processes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Consortium, startConsortium } from './consortium.ts'
import { endProcesses, isCommit, thisMachine } from './seed-process.ts'

let dir: string
let consortium: Consortium
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-elections-'))
  consortium = await startConsortium(
    dir,
    4,
    { contributors: [thisMachine, thisMachine] },
    {
      consensus: { election: { epochLength: 4, seedShare: 70 } },
      reputation: { foundingRounds: 1_000_000, epochRounds: 2, gain: 200_000, provenAt: 300_000 },
    },
  )
}, 180_000)
afterAll(async () => {
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

describe('a committee of four seeds and those it elects', { timeout: 180_000 }, () => {
  it('raises who contributes, elects them at a border, and goes on as one chain', async () => {
    const { seeds, contributors } = consortium
    const ids = await Promise.all(
      contributors.map(async (one) => (await one.until(({ event }) => event === 'ready', 60_000)).peerId),
    )
    // Proven after a round that was scored, elected at the border after that: the second one, or where a slow machine had no time to score, a later one.
    await Promise.all(seeds.map((seed) => seed.until(isCommit(9), 120_000)))
    await vi.waitFor(
      async () => {
        const { peers } = await consortium.status(1)
        for (const id of ids) {
          expect(peers.find(({ peer }) => peer === id)).toMatchObject({ role: 'seed' })
          expect(peers.find(({ peer }) => peer === id)!.reputation).toBeGreaterThan(0.5)
        }
      },
      { timeout: 60_000, interval: 500 },
    )
    // Whoever was elected may go: the seeds hold more than two thirds.
    await contributors[1]!.kill('SIGKILL')
    await Promise.all(seeds.map((seed) => seed.until(isCommit(consortium.round(0) + 2), 120_000)))
    const through = Math.min(...[0, 1, 2, 3].map(consortium.round))
    const chains = await consortium.chains(through)
    expect(new Set(chains.map((chain) => JSON.stringify(chain))).size).toBe(1)
  })
})
