/** Four institutions, one committee: four seeds on loopback, each with its own store, as the README tells them to start. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Consortium, startConsortium } from './consortium.ts'
import { endProcesses, isCommit } from './seed-process.ts'

let dir: string
let consortium: Consortium
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-committee-'))
  consortium = await startConsortium(dir, 4)
}, 180_000)
afterAll(async () => {
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

describe('a committee of four seeds', { timeout: 180_000 }, () => {
  it('commits the same chain on each of them', async () => {
    await Promise.all(consortium.seeds.map((seed) => seed.until(isCommit(3), 90_000)))
    const chains = await consortium.chains(3)
    expect(new Set(chains.map((chain) => JSON.stringify(chain))).size).toBe(1)
    expect(chains[0]).toHaveLength(3)
  })

  it('goes on while one is dead, which returns to the same chain and votes', async () => {
    await consortium.kill(2)
    const before = consortium.round(0)
    await consortium.seeds[0]!.until(isCommit(before + 3), 90_000)
    await consortium.restart(2)
    const head = consortium.round(0)
    await consortium.seeds[2]!.until(isCommit(head + 1), 90_000)
    // The one that published the task dies: the returned one is needed for a quorum.
    await consortium.kill(0)
    await consortium.seeds[2]!.until(isCommit(consortium.round(2) + 3), 90_000)
    const through = Math.min(...[1, 2, 3].map(consortium.round))
    const chains = await consortium.chains(through)
    expect(new Set(chains.map((chain) => JSON.stringify(chain))).size).toBe(1)
    expect(chains[0]).toHaveLength(through)
  })
})
