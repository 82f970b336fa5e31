import { expect, it } from 'vitest'
import { scenarioSchema } from '../../simulator/index.ts'
import { brokenPromises, summarise } from '../../simulator/transcript/summary.ts'
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
