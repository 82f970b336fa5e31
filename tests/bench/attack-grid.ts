/**
 * Accuracy under attack on MNIST by many rules, in a bare loop: `npm run bench -- attack-grid`. The set-up is in `attacks/arena.ts`; what
 * the figures mean is in docs/aggregation.md.
 *
 * Two worlds. *Sorted*: every honest peer has one or two digits only (the published set-up), five mild lies. *Half alike*: half of every
 * batch is drawn from all data, and two lies that are anything but mild.
 * @module
 */
import {
  type Aggregator,
  createAggregator,
  defaultPipeline,
  type PipelineSpec,
} from '../../peer-core/aggregation/index.ts'
import { createFastAggregator, fastPathRuns } from '../../peer-core/aggregation/wasm/index.ts'
import { type Lie, type Setting, trainUnderAttack } from './attacks/arena.ts'
import { ALLOWANCE, mild, strong } from './attacks/lies.ts'
import { createMlp } from './attacks/mlp.ts'
import { mnistIsHere, readMnist } from './attacks/mnist.ts'
import type { BenchResult } from './result.ts'

const rules: Readonly<Record<string, PipelineSpec>> = {
  default: defaultPipeline,
  'arc nnm trimmed-mean': ['arc', 'nnm', 'trimmed-mean'],
  mean: ['mean'],
  krum: ['krum'],
  median: ['median'],
  /** centered clipping from the rows' own mean: what DisCo does */
  disco: [{ rule: 'centered-clipping', radius: 1, start: 'mean' }],
}

/** Those that also meet the strong attacks; Krum and the median have lost before. */
const contenders: Readonly<Record<string, true>> = {
  default: true,
  'arc nnm trimmed-mean': true,
  mean: true,
  disco: true,
}

export async function run(): Promise<BenchResult[]> {
  if (!mnistIsHere()) {
    process.stderr.write('attack-grid: no MNIST at ../shared/data/mnist, nothing measured\n')
    return []
  }
  const sorted: Setting = {
    mlp: createMlp(64),
    train: readMnist('train'),
    test: readMnist('t10k'),
    honest: 20,
    liars: 5,
    steps: 500,
    batch: 32,
    learningRate: 0.3,
    momentum: 0.9,
    similarity: 0,
    seed: 1,
  }
  const halfAlike: Setting = { ...sorted, similarity: 0.5 }
  const results: BenchResult[] = []
  for (const [name, spec] of Object.entries(rules)) {
    const hard = name in contenders ? strong : {}
    const aggregate = await aggregatorOf(spec)
    results.push(...underAttacks(`sorted, ${name}`, aggregate, sorted, { ...mild, ...hard }))
    if (name in contenders) results.push(...underAttacks(`half alike, ${name}`, aggregate, halfAlike, strong))
  }
  return results.map(withBar)
}

function underAttacks(
  name: string,
  aggregate: Aggregator,
  setting: Setting,
  lies: Readonly<Record<string, Lie>>,
): BenchResult[] {
  const untroubled = trainUnderAttack(setting, aggregate, 'none')
  const attacked = Object.entries(lies).map(([lie, how]) => ({
    name: `${name}: ${lie}`,
    value: trainUnderAttack(setting, aggregate, how),
    unit: '%',
    baseline: untroubled,
  }))
  return [{ name: `${name}: no attack`, value: untroubled, unit: '%' }, ...attacked]
}

/** The default has one under every mild attack; the mean without attack has one, or there would be nothing to lose. */
function withBar(result: BenchResult): BenchResult {
  const { name, baseline } = result
  if (name === 'sorted, mean: no attack') return { ...result, bar: 96 }
  const barred = Object.keys(mild).some((lie) => name === `sorted, default: ${lie}`)
  return barred && baseline !== undefined ? { ...result, bar: baseline - ALLOWANCE } : result
}

/** The fast path where it runs: the same bits. */
async function aggregatorOf(spec: PipelineSpec): Promise<Aggregator> {
  return fastPathRuns() ? await createFastAggregator(spec) : createAggregator(spec)
}
