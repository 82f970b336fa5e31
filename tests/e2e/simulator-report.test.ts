/** The simulator's report in a browser: every plot is drawn, at any width, of one run, of two, and of several sizes. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTally, type GrowthPoint, scenarioSchema } from '../../simulator/index.ts'
import { renderReport } from '../../simulator/report/index.ts'
import { launchChromium } from './browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

function run(isModelled: boolean) {
  const tally = createTally()
  const scenario = scenarioSchema.parse({ untilSeconds: 20, promise: { rounds: 0 } })
  tally.add({ kind: 'scenario', seed: 1, version: '0', scenario })
  tally.add({ t: 6_000, kind: 'fault', what: 'partition-0', who: ['devices-0'] })
  for (const round of [1, 2, 3]) {
    const t = 5_000 * round
    const [hash, model] = ['a', 'b']
    const rejected = { 'devices-1': 'silent' }
    tally.add({
      t,
      kind: 'commit',
      round,
      peer: 'seed-0',
      hash,
      model,
      contributors: ['devices-0'],
      rejected,
      bytes: 1,
    })
    tally.add({ t, kind: 'evaluation', round, loss: 1, accuracy: round / 4 })
    tally.add({ t, kind: 'spread', round, peers: 3, of: 3, p50: 10, p95: 20, most: 30 })
    tally.add({ t, kind: 'reputation', round, of: { 'devices-0': 500 + round } })
    const modelled = isModelled ? { modelled: { present: 1_000 * round, sessions: 9, bytes: 9, messages: 9 } } : {}
    tally.add({ t, kind: 'sample', present: 3, bytes: 10 * t, messages: t, stored: 1, ...modelled })
  }
  return tally
}

const points: GrowthPoint[] = [11, 31, 101, 3_001].map((peers) => ({
  peers,
  messagesPerPeerRound: 67 + peers,
  bytesPerPeerRound: 18_500,
  storedPerRound: 2_830,
  spreadMs: 25,
  recoverySeconds: 7,
}))

describe('the report in a browser', () => {
  it.each([
    ['one run', [run(false)], [], 8],
    ['a modelled crowd', [run(true)], [], 9],
    ['two runs, one of them with a modelled crowd', [run(false), run(true)], [], 9],
    ['several sizes', [run(false)], points, 13],
  ] as const)('draws every plot of %s, as wide as the page', async (_, tallies, sizes, plots) => {
    const html = await renderReport(tallies, sizes)
    for (const width of [1_280, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 800 } })
      const errors: string[] = []
      page.on('pageerror', ({ message }) => errors.push(message))
      await page.setContent(html)
      await expect.poll(() => page.locator('.plot canvas').count()).toBe(plots)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      // What is drawn is drawn in the next frame.
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
      expect(errors).toEqual([])
      await page.close()
    }
  })

  it('draws a reputation as what holds until it changes', async () => {
    const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } })
    await page.setContent(await renderReport([run(false)]))
    await expect.poll(() => page.locator('#reputation canvas').count()).toBe(1)
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    const heights = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#reputation canvas')!
      const plot = document.querySelector('#reputation .u-over')!.getBoundingClientRect()
      const [left, top] = [
        plot.left - canvas.getBoundingClientRect().left,
        plot.top - canvas.getBoundingClientRect().top,
      ]
      const [red, green, blue] = [0x0b, 0x6b, 0x49]
      // The highest dot of the curve's colour, in columns between rounds 1 and 2, and between 2 and 3.
      return [0.1, 0.4, 0.6, 0.9].map((share) => {
        const { data } = canvas.getContext('2d')!.getImageData(left + share * plot.width, top, 1, plot.height)
        return Array.from({ length: plot.height }, (_, y) => y).find((y) => {
          const [r, g, b] = data.slice(4 * y, 4 * y + 3) as unknown as [number, number, number]
          return Math.hypot(r - red, g - green, b - blue) < 40
        })
      })
    })
    expect(heights.every((height) => height !== undefined)).toBe(true)
    expect(heights[0]).toBe(heights[1])
    expect(heights[2]).toBe(heights[3])
    expect(heights[2]).toBeLessThan(heights[1]!)
    await page.close()
  })
})
