import { describe, expect, it } from 'vitest'
import { scenarioSchema } from '../../simulator/index.ts'
import { brokenPromises, summarise, verdictOf } from '../../simulator/transcript/summary.ts'
import { createTally } from '../../simulator/transcript/tally.ts'

it('tells work that was refused from work that was left out for its group’s share, and both from late work', () => {
  const tally = createTally()
  const attacks = [{ attack: 'sign-flip' as const, share: 0.2 }]
  tally.add({ kind: 'scenario', seed: 1, version: '', scenario: scenarioSchema.parse({ attacks }) })
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
  expect(summary).toMatchObject({ honestRejected: 0.25, honestLeftOut: 0.25, liesNotTaken: 1 })
  const broken = (promise: object) => brokenPromises(summary, scenarioSchema.parse({ promise }).promise)
  expect(broken({ honestRejected: 0.25, honestLeftOut: 0.25 })).toEqual([])
  expect(broken({ honestLeftOut: 0.2 })).toEqual([
    expect.stringMatching(/left out.* is 0\.2500, promised at most 0\.2/),
  ])
})

it('counts as lies what liars do while their attack lasts, and whatever of it was not taken', () => {
  const population = [
    { name: 'a', count: 4 },
    { name: 'b', count: 4 },
  ]
  const attacks = [
    { attack: 'withhold' as const, who: 'a', share: 0.5, fromSeconds: 10, untilSeconds: 40 },
    { attack: 'silent' as const, who: 'b', share: 0.5 },
  ]
  const tally = createTally()
  tally.add({ kind: 'scenario', seed: 1, version: '', scenario: scenarioSchema.parse({ population, attacks }) })
  const arrive = { t: 0, kind: 'arrive', zone: 'home', tier: 'edge' } as const
  tally.add({ ...arrive, peer: 'a-0', attack: 'withhold' })
  tally.add({ ...arrive, peer: 'b-0', attack: 'silent' })
  const commit = (t: number, contributors: string[], rejected: Record<string, string>) =>
    tally.add({ t, kind: 'commit', round: 1, peer: '', hash: '', model: '', contributors, rejected, bytes: 0 })
  commit(5_000, ['a-1'], {})
  expect(summarise(tally).liesNotTaken).toBeUndefined()
  // Not before, nor in a round that began before.
  commit(9_000, ['a-0', 'a-1'], {})
  commit(19_000, ['a-0', 'a-1'], { 'b-0': 'left' })
  expect(summarise(tally).liesNotTaken).toBeUndefined()
  commit(29_000, ['a-1'], { 'a-0': 'unavailable', 'b-0': 'silent' })
  expect(summarise(tally).liesNotTaken).toBe(1)
  commit(39_000, ['a-0', 'a-1'], { 'b-0': 'silent' })
  expect(summarise(tally).liesNotTaken).toBe(0.75)
  commit(49_000, ['a-0', 'a-1'], {})
  expect(summarise(tally)).toMatchObject({ liesNotTaken: 0.75, honestRejected: 0 })
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
