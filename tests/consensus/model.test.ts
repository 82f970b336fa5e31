import { describe, expect, it } from 'vitest'
import { run } from '../checks/consensus.ts'
import { heedless, withOldPolka, withoutLock, withStubbornness } from './model/broken-rules.ts'
import { type RunOptions, runSchedule } from './model/check.ts'
import { explore } from './model/exhaustive.ts'
import { type Byzantine, committeeAt, drawSchedule, type Schedule } from './model/schedule.ts'

/** The first seed that finds something, from a given one on. */
/** @param kind - what is looked for; with Byzantine members enough, several promises break */
function firstFinding(from: number, to: number, kind: RegExp, options: RunOptions) {
  for (let seed = from; seed < to; seed++) {
    const outcome = runSchedule(seed, options)
    if (outcome.reason !== undefined && kind.test(outcome.reason)) return outcome
  }
  return undefined
}

const conflict = /^conflict at height/

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

describe('drawSchedule', () => {
  const drawn = Array.from({ length: 2_400 }, (_, i) => drawSchedule(i + 1, 'below'))
  const byzantine = drawn.flatMap((schedule) => schedule.byzantine)
  const share = <T>(of: readonly T[], fits: (one: T) => boolean) => of.filter(fits).length / of.length

  it.each<[string, (schedule: Schedule) => boolean]>([
    ['lost messages', ({ loss }) => loss.prevote > 0],
    ['delay and reordering', ({ disorder }) => disorder >= 100],
    ['duplication', ({ duplication }) => duplication > 0],
    ['partitions', ({ partitions }) => partitions.length > 0],
    ['links that go up and down', ({ flapping }) => flapping.chance > 0],
    ['crashes with recovery from the log', ({ crash }) => crash > 0],
    ['power cuts of everyone', ({ blackouts }) => blackouts.length > 0],
    ['timers that fire early', ({ wild }) => wild !== undefined],
    ['clocks further apart than allowed for', ({ skew, timing }) => Math.max(...skew) > timing.precision.base],
    ['members that would rather have another body', ({ objections }) => objections > 0],
    ['unequal powers', ({ committee: { members } }) => members.some(({ power }) => power !== members[0]!.power)],
    ['seven members', ({ committee: { members } }) => members.length === 7],
    ['a committee of its own for each height', ({ later }) => later.length > 0],
  ])('draws %s in many schedules', (_, fits) => {
    expect(share(drawn, fits)).toBeGreaterThan(0.05)
  })

  it.each<[string, (traits: Byzantine) => boolean]>([
    ['equivocates', ({ twins }) => twins > 1],
    ['is silent', ({ silent }) => silent === 1],
    ['withholds blobs', ({ builds }) => builds.includes('withheld')],
    ['proposes what does not recompute', ({ builds }) => builds.includes('bad')],
    ['lies about the recomputation', ({ lies }) => lies],
    ['votes late', ({ late }) => late > 0],
    ['ignores its lock', ({ lockless }) => lockless],
    ['babbles', ({ babble }) => babble > 0],
  ])('draws many a Byzantine member that %s', (_, fits) => {
    expect(share(byzantine, fits)).toBeGreaterThan(0.2)
  })

  it('leaves less than a third of the power in Byzantine hands, at every height', () => {
    for (const schedule of drawn) {
      const traitors = new Set(schedule.byzantine.map(({ peer }) => peer))
      for (let height = 1; height <= schedule.heights; height++) {
        const { members, total } = committeeAt(schedule, height)
        const power = members.reduce((sum, { peer, power }) => sum + (traitors.has(peer) ? power : 0), 0)
        expect(3 * power).toBeLessThan(total)
      }
    }
  })
})

describe('the check can fail', () => {
  const unpromised = { liveness: false } as const

  it('with a third of the power or more in Byzantine hands it finds a conflict', () => {
    expect(firstFinding(1, 1500, conflict, { ...unpromised, faults: 'above' })).toBeDefined()
  })

  it('with a lock that is not kept it finds a conflict, without any Byzantine member', () => {
    expect(firstFinding(1, 4000, conflict, { ...unpromised, faults: 'none', rules: withoutLock })).toBeDefined()
  })

  it('with objections that are never dropped it finds a standstill, without any Byzantine member', () => {
    expect(firstFinding(1, 20, /^no progress/, { faults: 'none', rules: withStubbornness })).toBeDefined()
  })

  it('a finding replays exactly from its seed', () => {
    const options = { ...unpromised, faults: 'above' } as const
    const found = firstFinding(1, 1500, conflict, options)!
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
