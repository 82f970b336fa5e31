import { describe, expect, it } from 'vitest'
import { scenarioSchema } from '../../simulator/index.ts'
import { brokenPromises, summarise, verdictOf } from '../../simulator/transcript/summary.ts'
import { createTally } from '../../simulator/transcript/tally.ts'

it('tells work that was refused from work that was left out for its group’s share, and both from late work', () => {
  const tally = createTally()
  const arrive = { kind: 'arrive', zone: 'home', tier: 'edge' } as const
  for (const [i, peer] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
    tally.add({ t: 0, ...arrive, peer, ...(i < 5 ? {} : { attack: 'sign-flip' }) })
  }
  tally.add({
    t: 1_000,
    kind: 'commit',
    round: 1,
    peer: 'seed-0',
    hash: '',
    model: '',
    contributors: ['a', 'b'],
    rejected: { c: 'newcomer-share', d: 'non-finite', e: 'silent', f: 'norm-exceeded' },
    bytes: 0,
  })
  const summary = summarise(tally)
  expect(summary).toMatchObject({ honestRejected: 0.25, honestLeftOut: 0.25, liarsRejected: 1 })
  const broken = (promise: object) => brokenPromises(summary, scenarioSchema.parse({ promise }).promise)
  expect(broken({ honestRejected: 0.25, honestLeftOut: 0.25 })).toEqual([])
  expect(broken({ honestLeftOut: 0.2 })).toEqual([
    expect.stringMatching(/left out.* is 0\.2500, promised at most 0\.2/),
  ])
})

describe('verdictOf', () => {
  const ran = (until: number, untilSeconds: number) => {
    const tally = createTally()
    const scenario = scenarioSchema.parse({ untilSeconds, promise: { rounds: 3 } })
    tally.add({ kind: 'scenario', seed: 1, version: '', scenario })
    tally.add({ t: until, kind: 'sample', present: 1, bytes: 0, messages: 0, stored: 0 })
    return tally
  }

  it('holds a run to its promise that lasted as long as its scenario, or longer', () => {
    const broken = ['committed rounds is 0, promised at least 3']
    expect(verdictOf(ran(60_000, 60))).toEqual({ judged: 'promise', broken })
    expect(verdictOf(ran(90_000, 60))).toEqual({ judged: 'promise', broken })
    // Clocks tell whole ms.
    expect(verdictOf(ran(60_000, 60.0005))).toEqual({ judged: 'promise', broken })
  })

  it('holds one that was cut short to safety alone', () => {
    const tally = ran(59_999, 60)
    expect(verdictOf(tally)).toEqual({ judged: 'safety', broken: [] })
    tally.add({ t: 59_999, kind: 'fork', round: 1, peer: 'devices-0', hash: '' })
    tally.add({ t: 59_999, kind: 'defect', peer: 'devices-0', where: 'stop', text: 'oh' })
    expect(verdictOf(tally)).toEqual({
      judged: 'safety',
      broken: ['commits that contradict each other: 1, none is allowed', 'exceptions in handlers: 1, none is allowed'],
    })
  })
})
