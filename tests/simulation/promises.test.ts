/** Every scenario small, with one seed; `npm run check -- simulation` plays them larger, with many. */
import { describe, expect, it } from 'vitest'
import { simulate } from '../../simulator/index.ts'
import { controlOf, promises } from './promises.ts'

/** The attacks that are told apart here; the check plays all of them. */
const attacks = / by (scaled|nan|sign-flip|silent|withhold)$/
const played = promises(1).filter(({ name }) => !name.includes(' by ') || attacks.test(name))

describe('a mesh', () => {
  it.each(played)('keeps its promise: $name', async ({ scenario }) => {
    expect((await simulate({ scenario, seed: 1 })).broken).toEqual([])
  })

  it.each([['all seeds dying at once and coming back loses no commit', 641_122]])(
    'keeps the promise that it once broke: %s, seed %i',
    async (name, seed) => {
      const { scenario } = promises(1).find((one) => one.name === name)!
      expect((await simulate({ scenario, seed })).broken).toEqual([])
    },
  )

  it.each(played.map(({ name, broken }) => ({ name, ...broken })))(
    'does not keep it once this is broken: $rule ($name)',
    async ({ scenario, breaks }) => {
      const outcome = await simulate({ scenario, seed: 1, ...(breaks === undefined ? {} : { breaks }) })
      expect(outcome.broken).not.toEqual([])
    },
  )

  it.each(promises(1).filter(({ name }) => / by (nan|alie|mimic)$/.test(name)))(
    'keeps it although this is broken, where nobody lies: $broken.rule ($name)',
    async ({ broken }) => {
      const { scenario, breaks } = controlOf(broken)
      const outcome = await simulate({ scenario, seed: 1, ...(breaks === undefined ? {} : { breaks }) })
      expect(outcome.broken).toEqual([])
    },
  )
})
