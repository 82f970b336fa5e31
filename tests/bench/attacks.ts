/**
 * Accuracy under attack on MNIST: `npm run bench -- attacks`. What the figures mean is in docs/aggregation.md.
 *
 * Three parts, each to be measured alone by its name. `peers`: the default among `createPeer` peers on the memory network
 * (`attacks/mesh.ts`). `rules`: the rules side by side in a bare loop at the same setting (`attacks/arena.ts`), which costs a twentieth a round.
 * `half-alike`: the loop again, where half of every honest batch is drawn from all data, under lies that are anything but mild.
 * @module
 */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defaultPipeline, type PipelineSpec } from '../../peer-core/aggregation/index.ts'
import type { AttackCase } from './attacks/case.ts'
import { ALLOWANCE, mild, mirroredAlie, strong } from './attacks/lies.ts'
import { mnistIsHere } from './attacks/mnist.ts'
import type { BenchResult } from './result.ts'

const untroubled = 'no attack'
const rounds = 700

const rules: Readonly<Record<string, PipelineSpec>> = {
  default: defaultPipeline,
  mean: ['mean'],
  krum: ['krum'],
  median: ['median'],
  /** centered clipping from the rows' own mean: what DisCo does */
  disco: [{ rule: 'centered-clipping', radius: 1, start: 'mean' }],
  'arc nnm trimmed-mean': ['arc', 'nnm', 'trimmed-mean'],
}

/** Those that also meet the strong attacks; Krum and the median have lost before. */
const contenders = ['default', 'mean', 'disco', 'arc nnm trimmed-mean']

const weak = [...Object.keys(mild), mirroredAlie]
const parts: Readonly<Record<string, Readonly<Record<string, AttackCase>>>> = {
  peers: {
    ...cases('peers, mean', { among: 'peers', pipeline: rules.mean! }, []),
    ...cases('peers, default', { among: 'peers', pipeline: defaultPipeline }, weak),
  },
  rules: casesOf(Object.keys(rules), (rule) =>
    cases(rule, { among: 'loop', pipeline: rules[rule]! }, [
      ...weak,
      ...(contenders.includes(rule) ? Object.keys(strong) : []),
    ]),
  ),
  'half-alike': casesOf(contenders, (rule) =>
    cases(`half alike, ${rule}`, { among: 'loop', pipeline: rules[rule]!, similarity: 0.5 }, Object.keys(strong)),
  ),
}

/** @param only - parts to measure; all when none is named */
export async function run(only: readonly string[] = []): Promise<BenchResult[]> {
  const unknown = only.find((name) => !Object.hasOwn(parts, name))
  if (unknown !== undefined) throw new Error(`no part named ${unknown}; there are ${Object.keys(parts).join(', ')}`)
  if (!mnistIsHere()) {
    process.stderr.write('attacks: no MNIST at ../shared/data/mnist, nothing measured\n')
    return []
  }
  const chosen = casesOf(only.length > 0 ? only : Object.keys(parts), (part) => parts[part]!)
  const accuracy = await measureAll(chosen)
  return Object.keys(chosen).map((name) => resultOf(name, accuracy))
}

function cases(
  name: string,
  given: Pick<AttackCase, 'among' | 'pipeline'> & Partial<AttackCase>,
  lies: readonly string[],
): Record<string, AttackCase> {
  const each = [untroubled, ...lies].map((lie) => [`${name}: ${lie}`, { similarity: 0, rounds, ...given, lie }])
  return Object.fromEntries(each)
}

function casesOf(
  names: readonly string[],
  of: (name: string) => Readonly<Record<string, AttackCase>>,
): Record<string, AttackCase> {
  return Object.assign({}, ...names.map(of))
}

/** One process a case, as many at once as there are cores, two at most. */
async function measureAll(chosen: Readonly<Record<string, AttackCase>>): Promise<Map<string, number>> {
  const waiting = Object.entries(chosen)
  const accuracy = new Map<string, number>()
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, given] = next
      const value = await measure(given)
      process.stderr.write(`${name}: ${value.toFixed(2)} %\n`)
      accuracy.set(name, value)
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  return accuracy
}

/** The bar is the default's among peers; the mean without attack has one, or there would be nothing to lose. */
function resultOf(name: string, accuracy: ReadonlyMap<string, number>): BenchResult {
  const [rule, lie] = name.split(': ') as [string, string]
  const result = { name, value: accuracy.get(name)!, unit: '%' }
  if (lie === untroubled) return rule === 'peers, mean' || rule === 'mean' ? { ...result, bar: 96 } : result
  const baseline = accuracy.get(`${rule}: ${untroubled}`)!
  const barred = rule === 'peers, default' && lie in mild
  return barred ? { ...result, baseline, bar: baseline - ALLOWANCE } : { ...result, baseline }
}

const caseFile = fileURLToPath(new URL('attacks/case.ts', import.meta.url))

async function measure(given: AttackCase): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [caseFile, JSON.stringify(given)])
  return (JSON.parse(stdout) as { accuracy: number }).accuracy
}
