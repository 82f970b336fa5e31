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
    const forked = run(6_000)
    forked.add({ t: 6_000, kind: 'fork', round: 1, peer: 'devices-0', hash: '' })
    expect(await renderReport([forked])).toContain('Broken: commits that contradict each other')
  })

  it('says how many run the code and how many are modelled, and draws both', async () => {
    const all = await renderReport([run(10_000)])
    expect(all).toContain('All of them run the code')
    expect(all).not.toContain('odelled devices')
    const crowd = run(8_000)
    const modelled = { present: 1_997, sessions: 2_345, bytes: 12e6, messages: 9 }
    crowd.add({ t: 10_000, kind: 'sample', present: 4, bytes: 20, messages: 2, stored: 1, modelled })
    const page = await renderReport([crowd])
    expect(page).not.toContain('All of them run the code')
    expect(page).toContain('Up to <b>4 of them at a time run the code in full</b>')
    expect(page).toContain('up to <b>1,997 are modelled</b>')
    expect(page).toContain('<dt>sessions of modelled devices</dt><dd>2,345</dd>')
    expect(page).toContain('<dt>modelled devices would send</dt><dd>12 MB</dd>')
    expect(page).toContain('id="modelled"')
    expect(page).toContain('"modelled":1997')
  })

  it('shows from when to when something was wrong, and how long it took after that', async () => {
    const tally = run(1_000)
    tally.add({ t: 2_000, kind: 'fault', what: 'partition-0', who: ['devices-0'] })
    tally.add({ t: 5_000, kind: 'mended', what: 'partition-0' })
    tally.add({ t: 6_000, kind: 'fault', what: 'leave-1', who: ['devices-1'] })
    tally.add({ t: 10_000, kind: 'sample', present: 3, bytes: 10, messages: 1, stored: 1 })
    const page = await renderReport([tally])
    expect(page).toContain('"from":2,"to":5,"seconds":null')
    expect(page).toContain('<td>partition: devices-0</td><td>2.0 s</td><td>5.0 s</td><td>never, until the end</td>')
    expect(page).toContain('<td>leave: devices-1</td><td>6.0 s</td><td>–</td>')
  })

  it('compares the same figures of both runs where only one has a modelled crowd', async () => {
    const crowd = run(8_000)
    const modelled = { present: 1_997, sessions: 2_345, bytes: 12e6, messages: 9 }
    crowd.add({ t: 10_000, kind: 'sample', present: 4, bytes: 20, messages: 2, stored: 1, modelled })
    const besides = '<dt>sessions of modelled devices</dt><dd>–<span class="other">2,345</span></dd>'
    expect(await renderReport([run(10_000), crowd])).toContain(besides)
  })

  it('is of a run as long as any', async () => {
    const long = run(1_000)
    for (let i = 0; i < 200_000; i++) {
      long.add({ t: 2_000 * i, kind: 'sample', present: 5, bytes: i, messages: i, stored: 1 })
    }
    expect(await renderReport([long])).toContain('Simulated: 399998 seconds')
  })

  it('shows how costs grow where several sizes were played, with the slope', async () => {
    const points = [10, 100].map((peers) => ({ ...point, peers, messagesPerPeerRound: Math.sqrt(peers) }))
    const page = await renderReport([run(10_000)], points)
    expect(page).toContain('The same scenario with 10, 100 peers')
    expect(page).toContain('whoever comes and goes all along is in it')
    expect(page).toContain('Slope <b>0.50</b>')
    expect(await renderReport([run(10_000)])).not.toContain('How it grows')
  })
})
