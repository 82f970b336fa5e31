import { expect, it } from 'vitest'
import { presetNames, presetScenario, resized, simulate } from '../../simulator/index.ts'

/** Of five thousand visitors ninety come in a minute. */
const devices = (name: string) => (name === 'embed' ? 600 : 12)

// Whole they take minutes (`npm run check -- presets`): here few devices begin each of them.
it.each(presetNames)('begins the preset %s', async (name) => {
  const scenario = resized(presetScenario(name), devices(name))
  const { summary } = await simulate({ scenario, seed: 1, untilSeconds: 40 })
  expect(summary).toMatchObject({ forks: 0, defects: 0 })
  expect(summary.rounds).toBeGreaterThan(0)
})
