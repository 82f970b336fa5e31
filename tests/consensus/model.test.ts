import { describe, expect, it } from 'vitest'
import { run } from '../checks/consensus.ts'
import { heedless, withOldPolka, withoutLock } from './model/broken-rules.ts'
import { type RunOptions, runSchedule } from './model/check.ts'
import { explore } from './model/exhaustive.ts'

/** The first seed that finds something, from a given one on. */
function firstFinding(from: number, to: number, options: RunOptions) {
  for (let seed = from; seed < to; seed++) {
    const outcome = runSchedule(seed, options)
    if (outcome.reason !== undefined) return outcome
  }
  return undefined
}

describe('seeded schedules, Byzantine members below a third of the power', () => {
  it.each([0, 1, 2, 3])('never conflict and always go on after the network settles (part %i)', (part) => {
    for (let seed = 600 * part + 1; seed <= 600 * (part + 1); seed++) {
      const { reason } = runSchedule(seed)
      expect(reason && { seed, reason }).toBe(undefined)
    }
  })

  it('commit in few rounds when nothing is wrong', () => {
    for (let seed = 1; seed <= 200; seed++) expect(runSchedule(seed, { faults: 'none' }).reason).toBe(undefined)
  })
})

describe('the check can fail', () => {
  const unpromised = { liveness: false } as const

  it('with a third of the power or more in Byzantine hands it finds a conflict', () => {
    expect(firstFinding(1, 1500, { ...unpromised, faults: 'above' })?.reason).toMatch(/^conflict at height/)
  })

  it('with a lock that is not kept it finds a conflict, without any Byzantine member', () => {
    expect(firstFinding(1, 4000, { ...unpromised, faults: 'none', rules: withoutLock })?.reason).toMatch(
      /^conflict at height/,
    )
  })

  it('a finding replays exactly from its seed', () => {
    const options = { ...unpromised, faults: 'above' } as const
    const found = firstFinding(1, 1500, options)!
    expect(runSchedule(found.seed, options)).toEqual(found)
  })
})

describe('every schedule of four members, one of them Byzantine', () => {
  it.each([0, 1, 2, 3])('has no conflict in two rounds (Byzantine member %i)', (byzantine) => {
    const { conflict, transitions } = explore({ rounds: 2, byzantine })
    expect(conflict).toBe(undefined)
    expect(transitions).toBeGreaterThan(5_000)
  })

  it('has no conflict in three rounds', () => {
    expect(explore({ rounds: 3, byzantine: 3 }).conflict).toBe(undefined)
  })

  it.each([
    ['a lock that is not kept', withoutLock, 2],
    ['a lock that is not heeded', heedless, 2],
    ['a polka that is older than the lock', withOldPolka, 3],
  ] as const)('finds %s', (_, rules, rounds) => {
    const { conflict } = explore({ rounds, byzantine: 0, rules })
    expect(conflict?.reason).toMatch(/can be decided/)
    expect(conflict?.trace).toHaveLength(rounds)
  })

  it.each(['lock', 'signed'])('finds a log that loses its “%s” records', (type) => {
    const { conflict } = explore({ rounds: 2, byzantine: 3, survives: (record) => record.type !== type })
    expect(conflict?.reason).toMatch(/forgets/)
  })
})

describe('run', () => {
  it('replays one seed, and counts what passed', async () => {
    expect(await run({ seed: 7 })).toEqual({ passed: 1, failed: [] })
  })
})
