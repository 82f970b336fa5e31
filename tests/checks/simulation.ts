/**
 * The long check of the simulator: every scenario of `tests/simulation/promises.ts` at full size, each run with a seed of
 * its own. The seed also says which scenario it is, so that a seed alone replays what failed.
 */
import { randomInt } from 'node:crypto'
import { simulate } from '../../simulator/index.ts'
import { promises } from '../simulation/promises.ts'
import type { CheckResult } from './consensus.ts'

const fullSize = 3

/**
 * @param options.seed - the first; alone, it is replayed exactly. Drawn when absent
 * @param options.runs - seeds from there on; 200 without a seed
 */
export async function run(options: { runs?: number; seed?: number } = {}): Promise<CheckResult> {
  const { seed = randomInt(1_000_000), runs = options.seed === undefined ? 200 : 1 } = options
  const all = promises(fullSize)
  const failed: { seed: number; reason: string }[] = []
  for (let at = seed; at < seed + runs; at++) {
    const { name, scenario } = all[at % all.length]!
    const { broken, hash } = await simulate({ scenario, seed: at })
    process.stdout.write(`${broken.length === 0 ? 'kept' : 'BROKEN'}  seed ${at}  ${hash.slice(0, 16)}  ${name}\n`)
    if (broken.length > 0) failed.push({ seed: at, reason: `${name}: ${broken.join('; ')}` })
  }
  return { passed: runs - failed.length, failed }
}
