/**
 * Accuracy under attack on MNIST, among `createPeer` peers on the memory network: `npm run bench -- attacks`. The set-up is in
 * `attacks/mesh.ts`; what the figures mean is in docs/aggregation.md. More rules and more lies, in a bare loop: `attack-grid`.
 * @module
 */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defaultPipeline } from '../../peer-core/aggregation/index.ts'
import { ALLOWANCE, mild, mirroredAlie } from './attacks/lies.ts'
import type { MeshCase } from './attacks/mesh-case.ts'
import { mnistIsHere } from './attacks/mnist.ts'
import type { BenchResult } from './result.ts'

const untroubled = 'no attack'
/** A step a round, as published; longer and at a lower rate than the grid, where training under attack is stable (docs/aggregation.md). */
const published = { localSteps: 1, rounds: 700 }

const cases: Readonly<Record<string, MeshCase>> = {
  'mean: no attack': { pipeline: ['mean'], lie: untroubled, ...published },
  ...Object.fromEntries(
    [untroubled, ...Object.keys(mild), mirroredAlie].map((lie) => [
      `default: ${lie}`,
      { pipeline: defaultPipeline, lie, ...published },
    ]),
  ),
}

export async function run(): Promise<BenchResult[]> {
  if (!mnistIsHere()) {
    process.stderr.write('attacks: no MNIST at ../shared/data/mnist, nothing measured\n')
    return []
  }
  const names = Object.keys(cases)
  const accuracy = new Map<string, number>()
  const work = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const value = await measure(cases[name]!)
      process.stderr.write(`${name}: ${value.toFixed(2)} %\n`)
      accuracy.set(name, value)
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work))
  const baseline = accuracy.get(`default: ${untroubled}`)!
  return Object.entries(cases).map(([name, { lie }]) => {
    const result = { name: `peers, ${name}`, value: accuracy.get(name)!, unit: '%' }
    // Or there would be nothing to lose.
    if (name === 'mean: no attack') return { ...result, bar: 96 }
    const isPublished = lie in mild
    return {
      ...result,
      ...(lie === untroubled ? {} : { baseline }),
      ...(isPublished ? { bar: baseline - ALLOWANCE } : {}),
    }
  })
}

const meshCase = fileURLToPath(new URL('attacks/mesh-case.ts', import.meta.url))

async function measure(given: MeshCase): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [meshCase, JSON.stringify(given)])
  return (JSON.parse(stdout) as { accuracy: number }).accuracy
}
