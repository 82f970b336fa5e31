/**
 * The liars of one attack, together: the strongest adversary of the literature, who sees what honest peers would send
 * from the same model before it sends its own, and knows the rule that will judge it.
 *
 * What it sees is what a sample of honest devices learn from the liar's own base in as many steps; with real training,
 * where that costs too much, only what its own members learned.
 * @module
 */
import { type Attack, attacks } from '../../peer-core/aggregation/attacks/index.ts'
import { createAggregator, type PipelineSpec } from '../../peer-core/aggregation/index.ts'
import { sha256, type Trainer, type TrainJob } from '../../peer-core/index.ts'
import { floatsToBytes } from '../../peer-core/wire/index.ts'
import type { Scenario } from '../scenario/schema.ts'

export interface Coalition {
  /** @param own - what this liar learned. @returns what it sends instead */
  forge(job: TrainJob, number: number, own: Float32Array): Promise<Float32Array>
}

export interface CoalitionInit {
  readonly attack: keyof typeof attacks
  /** of all */
  readonly liars: number
  /** all who may contribute, liars included */
  readonly peers: number
  readonly seed: number
  readonly aggregation: Scenario['task']['aggregation']
  /** Trainers of honest devices, with their data under the name `own`; none when only `own` deltas are seen. */
  readonly seen: () => Promise<readonly Trainer[]>
}

export function createCoalition({ attack, liars, peers, seed, aggregation, seen }: CoalitionInit): Coalition {
  const forgers: Attack = attacks[attack]
  const aggregate = createAggregator(aggregation.pipeline as PipelineSpec)
  let cached: { key: string; rows: Promise<Float32Array[]> } | undefined
  let round = 0

  const plot = async (job: TrainJob, own: Float32Array): Promise<Float32Array[]> => {
    const honest = await Promise.all(
      (await seen()).map(async (trainer) => (await trainer.train({ ...job, data: 'own' })).delta),
    )
    const view = honest.length === 0 ? [own] : honest
    // As many of them as in a round where so many honest ones take part.
    const beside = Math.max(1, Math.round((view.length * liars) / Math.max(1, peers - liars)))
    const together = view.length + beside
    return forgers({
      honest: view,
      liars: beside,
      crowd: { peers, liars },
      round: round++,
      seed,
      aggregate: (rows) =>
        aggregate({
          contributions: rows.map((row) => Float32Array.from(row)),
          byzantineWeight: Math.min(aggregation.byzantineShare * together, together / 2 - 0.01),
        }),
    })
  }

  return {
    async forge(job, number, own) {
      const key = sha256(floatsToBytes(job.weights))
      if (cached?.key !== key) cached = { key, rows: plot(job, own) }
      const rows = await cached.rows
      return rows[number % rows.length]!
    },
  }
}
