import { describe, expect, it } from 'vitest'
import { readScenario, readTranscript, type ScenarioInput, scenarioSchema, simulate } from '../../simulator/index.ts'
import { agreed } from './agreement/scenario.ts'

const small = (input: ScenarioInput = {}) =>
  scenarioSchema.parse({
    untilSeconds: 40,
    population: [{ name: 'devices', count: 5, msPerStep: { median: 40 } }],
    network: { lossRate: 0.02, jitterMs: 20 },
    ...input,
  })

async function play(scenario = small(), seed = 1) {
  const lines: string[] = []
  const outcome = await simulate({ scenario, seed, onLine: (_, text) => void lines.push(text) })
  return { ...outcome, lines }
}

describe('simulate', () => {
  it('gives the same transcript for the same seed, and another for another', async () => {
    const churn = small({
      population: [
        { name: 'devices', count: 4, msPerStep: { median: 40 } },
        {
          name: 'visitors',
          count: 6,
          arrive: { kind: 'poisson', perMinute: 20 },
          stay: { kind: 'exponential', meanSeconds: 15 },
        },
      ],
      attacks: [{ attack: 'gaussian', share: 0.2 }],
      faults: [{ kind: 'partition', atSeconds: 15, forSeconds: 8, who: 'devices', share: 0.5 }],
    })
    const [first, again, other] = [await play(churn), await play(churn), await play(churn, 2)]
    expect(again.lines).toEqual(first.lines)
    expect(again.hash).toBe(first.hash)
    expect(other.hash).not.toBe(first.hash)
    expect(first.summary).toMatchObject({ forks: 0, defects: 0 })
  })

  it('trains, commits and evaluates as real peers do, and its transcript says so', async () => {
    const { summary, lines, broken } = await play()
    expect(broken).toEqual([])
    expect(summary.rounds).toBeGreaterThan(3)
    expect(summary.accuracy).toBeGreaterThan(0.5)
    const tally = readTranscript(lines.join('\n'), 'run.jsonl')
    expect(tally.rounds.map(({ round }) => round)).toEqual(tally.rounds.map((_, i) => i + 1))
    expect(tally.rounds[0]!.contributors.length).toBeGreaterThan(2)
  })

  it('counts what each peer sent, also before the first commit', async () => {
    const { tally, summary } = await play(small({ untilSeconds: 3 }))
    expect(summary.rounds).toBe(0)
    const sent = tally.samples.at(-1)!.bytes
    expect(summary.bytesPerPeerRound).toBeCloseTo(sent / summary.present)
    expect(summary.present).toBeGreaterThan(1)
  })

  it('takes the work of all who hand it in at once, liars left out', async () => {
    const { tally, summary } = await play({ ...agreed, untilSeconds: 20 }, 1)
    expect(summary.rounds).toBeGreaterThan(3)
    for (const { contributors } of tally.rounds) expect(contributors).toHaveLength(8)
    // It is refused for its first work, then barred for three rounds, and so on.
    const refused = tally.rounds.flatMap(({ rejected }, at) => (Object.keys(rejected).length > 0 ? [at] : []))
    for (const at of refused) expect(tally.rounds[at]!.rejected).toEqual({ 'liar-0': 'non-finite' })
    expect(refused[0]).toBe(0)
    for (const [i, at] of refused.slice(1).entries()) expect(at - refused[i]!).toBeGreaterThan(3)
  })

  it('lets nobody train who is not in the cohort', async () => {
    const { tally, lines } = await play(small({ cohort: 2, untilSeconds: 60 }))
    for (const { contributors } of tally.rounds) expect(contributors.length).toBeLessThanOrEqual(2)
    const trained = new Set(
      lines.map((line) => JSON.parse(line)).flatMap((line) => (line.kind === 'trained' ? [line.peer] : [])),
    )
    expect(trained.size).toBeGreaterThan(2)
  })

  it('really trains where a scenario asks for handwriting', async () => {
    const scenario = small({
      untilSeconds: 40,
      population: [{ name: 'devices', count: 3, msPerStep: { median: 40 } }],
      data: { learning: { kind: 'handwriting' }, split: 'iid' },
      task: { training: { localSteps: 30, learningRate: 0.1, momentum: 0.5, batchSize: 16 } },
    })
    const { summary, broken } = await play(scenario)
    expect(broken).toEqual([])
    expect(summary.accuracy).toBeGreaterThan(0.3)
  })

  it('times recovery until those who were cut off follow again', async () => {
    const scenario = small({
      untilSeconds: 50,
      network: { zones: ['a', 'b', 'c', 'd'], deadAfterSeconds: 6 },
      seeds: { count: 4 },
      faults: [{ kind: 'partition', atSeconds: 10, forSeconds: 20, who: 'd' }],
      task: { round: { deadlineMs: 6_000, fetchMs: 2_000 } },
      promise: { recoverySeconds: 12 },
    })
    expect((await play(scenario)).broken).toEqual([])
    const { broken } = await simulate({ scenario, seed: 1, breaks: ['sync'] })
    expect(broken).toEqual([expect.stringMatching(/^seconds to recover/)])
  })

  it('ends when it is told to, with what there is', async () => {
    const cancel = new AbortController()
    const outcome = await simulate({
      scenario: small({ untilSeconds: 10_000 }),
      seed: 1,
      signal: cancel.signal,
      onProgress: ({ seconds }) => seconds >= 6 && cancel.abort(),
    })
    expect(outcome.cancelled).toBe(true)
    expect(outcome.tally.until).toBe(6_000)
  })

  it('does not wait for the next sample to end', async () => {
    const cancel = new AbortController()
    const outcome = await simulate({
      scenario: small({ untilSeconds: 40, sampleSeconds: 40 }),
      seed: 1,
      signal: cancel.signal,
      onLine: (line) => line.kind === 'commit' && cancel.abort(),
    })
    expect(outcome.summary.rounds).toBe(1)
    expect(outcome.tally.until).toBe(outcome.tally.rounds[0]!.at)
    // What was sent until then is in a sample.
    expect(outcome.summary.bytesPerPeerRound).toBeGreaterThan(0)
  })

  it('counts nothing of the test examples as stored by rounds', async () => {
    const handwriting = small({ untilSeconds: 1, sampleSeconds: 0.5, data: { learning: { kind: 'handwriting' } } })
    const { tally, summary } = await play(handwriting)
    expect(summary.rounds).toBe(0)
    // The first model has 12,730 weights; the examples would be 67 kB more.
    for (const { stored } of tally.samples) expect(stored).toBeLessThan(4 * 12_730 + 100)
  })

  it('promises safety and liveness even of an empty file', () => {
    expect(readScenario('{}', 'x').promise).toEqual({ rounds: 1 })
  })
})
