import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contribute, launchChromium, openTab, type Tab } from './browser.ts'
import { endProcesses, isCommit, isReady, type ZenProcess, zen } from './seed-process.ts'

const mnist = '../shared/data/mnist'
const realData = existsSync(mnist)

let browser: Browser
let dir: string
let args: string[]
let seed: ZenProcess
let url: string
let tabs: Tab[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-e2e-'))
  const task = join(dir, 'task.json')
  const data = { split: 'dirichlet', alpha: 0.5, shards: 3 }
  await writeFile(task, JSON.stringify({ name: 'MNIST', data, round: { deadlineMs: 20_000, fetchMs: 8_000 } }))
  args = ['up', '--no-train', '--json', '--port', '0', '--dir', join(dir, 'seed'), '--task', task]
  if (realData) args.push('--data', mnist)
  seed = zen(...args)
  url = String((await seed.until(isReady, 60_000)).http)
  browser = await launchChromium()
  tabs = []
  for (let i = 0; i < 3; i++) {
    const tab = await openTab(browser, url)
    await contribute(tab)
    tabs.push(tab)
  }
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

const webrtcBytes = async () => {
  const snapshots = await Promise.all(tabs.map((tab) => tab.snapshot()))
  return snapshots.map(({ traffic }) => traffic.webrtc ?? { sent: 0, received: 0 })
}
const roundsOf = async (tab: Tab) => (await tab.snapshot()).tasks[0]!.rounds.at(-1)?.round ?? 0

describe('three tabs and a seed that does not train', () => {
  it(`learn ${realData ? 'MNIST' : 'generated handwriting (no MNIST here)'} together to 95 % accuracy`, async () => {
    const reached = await seed.until(
      (event) => event.event === 'commit' && Number(event.accuracy) >= 0.95 && Number(event.contributors) === 3,
      240_000,
    )
    expect(Number(reached.accuracy)).toBeGreaterThanOrEqual(0.95)
    for (const tab of tabs) {
      const { tasks } = await tab.snapshot()
      expect(tasks[0]?.mine.accepted).toBeGreaterThan(0)
    }
    const shards = await Promise.all(tabs.map(async (tab) => (await tab.snapshot()).tasks[0]!.shard))
    expect(new Set(shards)).toEqual(new Set([0, 1, 2]))
  }, 260_000)

  it('exchange chunks with each other over /webrtc', async () => {
    for (const tab of tabs) {
      // They meet over a relay first, and may have learned a lot before they reach each other.
      const isDirect = () =>
        globalThis.zenMesh
          .peer()
          ?.connections()
          .some(({ address }) => address.includes('/webrtc/'))
      await tab.page.waitForFunction(isDirect, undefined, { timeout: 30_000 })
      const direct = (await tab.connections()).filter((one) => one.address.includes('/webrtc/'))
      expect(direct.length).toBeGreaterThanOrEqual(1)
      for (const connection of direct) expect(connection.path).toBe('webrtc')
    }
    const before = await webrtcBytes()
    const round = await roundsOf(tabs[0]!)
    await seed.until(isCommit(round + 3), 90_000)
    const after = await webrtcBytes()
    const received = after.reduce((sum, now, i) => sum + now.received - before[i]!.received, 0)
    // A contribution has 407,080 bytes: at least one was pulled from tab to tab.
    expect(received).toBeGreaterThan(400_000)
  }, 100_000)

  it('let a late tab in, which fetches the model from several holders and contributes to the next round', async () => {
    await seed.until(isCommit(8), 120_000)
    const late = await openTab(browser, url)
    await contribute(late)
    const seen = await late.until('it contributes', ({ tasks }) => tasks[0]!.mine.accepted > 0, 60_000)
    const [task] = seen.tasks
    expect(Object.keys(task!.joinedFrom).length).toBeGreaterThanOrEqual(2)
    const head = seen.tasks[0]!.rounds.find((round) => round.contributors.includes(seen.self))
    expect(head?.mine).toBe('accepted')
    await late.page.close()
  }, 200_000)

  it('go on without the seed, and commit what they learned when it is back on its directory', async () => {
    const last = Math.max(
      ...seed.events.filter((event) => event.event === 'commit').map((event) => Number(event.round)),
    )
    await seed.kill('SIGKILL')
    const before = await webrtcBytes()
    for (const tab of tabs) {
      await tab.until('it mixes with its neighbours', ({ tasks }) => tasks[0]!.mixes > 0 && !tasks[0]!.quorum, 60_000)
    }
    const after = await webrtcBytes()
    const received = after.reduce((sum, now, i) => sum + now.received - before[i]!.received, 0)
    expect(received).toBeGreaterThan(400_000)

    seed = zen(...args)
    await seed.until(isReady, 60_000)
    const next = await seed.until(isCommit(0), 90_000)
    expect(Number(next.round)).toBeGreaterThanOrEqual(last)
    expect(Number(next.round)).toBeLessThanOrEqual(last + 2)
    await tabs[0]!.until(
      'it hears of the new commit',
      ({ tasks }) => tasks[0]!.rounds.at(-1)!.round >= Number(next.round),
      60_000,
    )
  }, 260_000)

  it('log no errors', () => {
    expect(tabs.map((tab) => tab.errors)).toEqual([[], [], []])
  })
})
