/** Every preset with random seeds, as a user plays it: `zen simulate NAME --seed S` must end with its promise kept. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { presetNames } from '../../simulator/index.ts'
import type { CheckResult } from './consensus.ts'

const cli = fileURLToPath(new URL('../../seed-nodes/cli.ts', import.meta.url))
/** `embed` took 240 s on a core that was shared. */
const patienceMs = 20 * 60_000

/** @param options.runs - seeds for each preset; 1 when absent */
export async function run(options: { runs?: number; seed?: number } = {}): Promise<CheckResult> {
  const { seed: first = randomInt(1_000_000), runs = 1 } = options
  const plays = Array.from({ length: runs }, (_, i) => presetNames.map((name) => ({ name, seed: first + i }))).flat()
  const failed: { seed: number; reason: string }[] = []
  let passed = 0
  const work = async () => {
    for (let play = plays.shift(); play !== undefined; play = plays.shift()) {
      const { name, seed } = play
      const { code, told } = await played(name, seed)
      process.stdout.write(`${code === 0 ? 'kept' : 'BROKEN'}  ${name}, seed ${seed}\n${told}\n`)
      if (code === 0) passed++
      else failed.push({ seed, reason: `${name}, seed ${seed}, ended with ${code}` })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return { passed, failed }
}

async function played(name: string, seed: number): Promise<{ code: number | null; told: string }> {
  const child: ChildProcess = spawn(process.execPath, [cli, 'simulate', name, '--seed', String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: patienceMs,
  })
  const [told, [code]] = await Promise.all([text(child.stdout!), once(child, 'exit') as Promise<[number | null]>])
  return { code, told }
}
