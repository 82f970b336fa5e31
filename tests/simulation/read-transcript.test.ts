import { describe, expect, it } from 'vitest'
import { readTranscript, SimulationError, scenarioSchema } from '../../simulator/index.ts'

const scenario = { kind: 'scenario', seed: 3, version: '0.0.1', scenario: scenarioSchema.parse({}) }
const commit = { t: 1_000, kind: 'commit', round: 1, peer: 'seed-0', contributors: ['devices-1'], rejected: {} }
const sample = { t: 2_000, kind: 'sample', present: 3, bytes: 10, messages: 1, stored: 0 }
const file = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

function refusal(text: string): string {
  try {
    readTranscript(text, 'run.jsonl')
  } catch (error) {
    expect(error).toBeInstanceOf(SimulationError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

describe('readTranscript', () => {
  it('adds up what was written, by an earlier version too', () => {
    const earlier = { ...scenario, scenario: { ...scenario.scenario, oncePartOfScenarios: 1 } }
    const tally = readTranscript(file(earlier, commit, { ...sample, oncePartOfSamples: 1 }), 'run.jsonl')
    expect(tally).toMatchObject({ seed: 3, until: 2_000 })
    expect(tally.rounds).toHaveLength(1)
  })

  it.each([
    ['an empty file', '', 1, 'no transcript'],
    ['a scenario', JSON.stringify(scenario.scenario, null, 2), 1, 'not a line'],
    ['what has lost its beginning', file(commit, sample), 1, 'begins with its scenario'],
    ['two transcripts in one', file(scenario, commit, scenario), 3, 'its only one'],
    ['a line of something else', file(scenario, { kind: 'nonsense' }), 2, 'not a line'],
    [
      'a commit without its contributors',
      file(scenario, { ...commit, contributors: undefined }, sample),
      2,
      'not a line',
    ],
    ['a line cut off in the middle', `${file(scenario)}{"t":1,"ki\n${file(sample)}`, 2, 'not a line'],
  ])('refuses %s, with the line', (_, text, line, why) => {
    expect(refusal(text)).toMatch(new RegExp(`^run\\.jsonl:${line}: .*${why}`))
  })

  it('leaves out a last line that was cut off', () => {
    const whole = file(scenario, commit, sample)
    expect(readTranscript(whole.slice(0, -20), 'run.jsonl').samples).toEqual([])
    expect(readTranscript(whole.slice(0, -1), 'run.jsonl').samples).toHaveLength(1)
  })
})
