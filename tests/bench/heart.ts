/**
 * Heart disease in four hospitals, each a peer with its own patients, against the best that one hospital learns alone and
 * against all patients in one place. Area under the ROC curve on held-out patients of all four, mean of five seeds.
 */
import { federate, type Learned, trainAlone } from '../federation/federation.ts'
import { heartTask, hospitals, pooled, siteOf } from '../federation/heart-disease.ts'
import { readShared } from '../federation/shared-data.ts'
import type { BenchResult } from './result.ts'

const rounds = 20
const seeds = [1, 2, 3, 4, 5]
/** The federation may lie below pooled training by this much. */
const margin = 0.02

export async function run(): Promise<readonly BenchResult[]> {
  const files = await Promise.all(hospitals.map((name) => readShared(`heart-disease/${name}.csv`)))
  const runs: { federated: number; together: number; alone: number[] }[] = []
  for (const seed of seeds) {
    const sites = files.map((file) => siteOf(file, seed))
    const all = pooled(sites)
    const common = { subject: heartTask, test: all.test, rounds, seed }
    const federated = await federate({ ...common, sites: sites.map(({ train }) => train) })
    const together = await trainAlone({ ...common, sites: [all.train] })
    const alone: Learned[] = []
    for (const { train } of sites) alone.push(await trainAlone({ ...common, sites: [train] }))
    runs.push({ federated: aucOf(federated), together: aucOf(together), alone: alone.map(aucOf) })
  }
  const auc = (name: string, values: readonly number[], more: Partial<BenchResult> = {}): BenchResult => ({
    name,
    value: mean(values),
    unit: 'AUC',
    ...more,
  })
  const together = auc(
    'pooled',
    runs.map((one) => one.together),
  )
  const alone = hospitals.map((hospital, i) =>
    auc(
      `${hospital} alone`,
      runs.map((one) => one.alone[i]!),
    ),
  )
  const bar = Math.max(together.value - margin, ...alone.map(({ value }) => value))
  const federated = runs.map((one) => one.federated)
  return [auc('federated', federated, { baseline: together.value, bar }), together, ...alone]
}

function aucOf({ evaluations }: { evaluations: readonly { auc?: number }[] }): number {
  return evaluations.at(-1)!.auc!
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
