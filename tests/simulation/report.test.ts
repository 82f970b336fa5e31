import { describe, expect, it } from 'vitest'
import { createTally, scenarioSchema } from '../../simulator/index.ts'
import { renderReport } from '../../simulator/report/index.ts'

function run(until: number) {
  const tally = createTally()
  const scenario = scenarioSchema.parse({ untilSeconds: 10, promise: { rounds: 0 } })
  tally.add({ kind: 'scenario', seed: 1, version: '0', scenario })
  tally.add({ t: until, kind: 'sample', present: 3, bytes: 10, messages: 1, stored: 1 })
  return tally
}

const point = { messagesPerPeerRound: 1, bytesPerPeerRound: 1, storedPerRound: 1, spreadMs: 1 }

describe('renderReport', () => {
  it('judges a whole run, and none that was cut short', async () => {
    expect(await renderReport([run(10_000)])).toContain('It kept what it promised')
    const short = await renderReport([run(6_000)])
    expect(short).toContain('Cut short at 6 of 10 seconds')
    expect(short).not.toContain('It kept')
  })

  it('shows how costs grow where several sizes were played, with the slope', async () => {
    const points = [10, 100].map((peers) => ({ ...point, peers, messagesPerPeerRound: Math.sqrt(peers) }))
    const page = await renderReport([run(10_000)], points)
    expect(page).toContain('The same scenario with 10, 100 peers')
    expect(page).toContain('Slope <b>0.50</b>')
    expect(await renderReport([run(10_000)])).not.toContain('How it grows')
  })
})
