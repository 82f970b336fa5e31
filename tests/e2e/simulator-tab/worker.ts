/** Plays one scenario in a dedicated worker. @module */
import { type ScenarioInput, scenarioSchema, simulate } from '../../../simulator/index.ts'

export interface Request {
  readonly scenario: ScenarioInput
  readonly seed: number
}

export interface Played {
  /** of the transcript */
  readonly hash: string
  readonly rounds: number
}

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const { hash, summary } = await simulate({ scenario: scenarioSchema.parse(data.scenario), seed: data.seed })
  postMessage({ hash, rounds: summary.rounds } satisfies Played)
})
