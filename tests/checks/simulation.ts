/**
 * The long check of the simulator: every scenario of `tests/simulation/promises.ts` with many seeds, in a process for each
 * core. A seed alone replays what failed with it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promises } from '../simulation/promises.ts'
import type { CheckResult } from './consensus.ts'
import type { Play, Played } from './simulation/player.ts'

const fullSize = 2
const player = fileURLToPath(new URL('./simulation/player.ts', import.meta.url))

/**
 * @param options.seed - the first; alone, every scenario is played with it exactly as before. Drawn when absent
 * @param options.runs - seeds for each scenario from there on; 200 without a seed
 * @param options.minutes - none is begun after so long
 */
export async function run(options: { runs?: number; seed?: number; minutes?: number } = {}): Promise<CheckResult> {
  const { seed: first = randomInt(1_000_000), minutes = Number.POSITIVE_INFINITY } = options
  const { runs = options.seed === undefined ? 200 : 1 } = options
  const until = Date.now() + 60_000 * minutes
  const plays = everyPlay(first, runs)
  const kept = new Map<string, number>()
  const failed: { seed: number; reason: string }[] = []

  const hear = ({ name, seed, hash, broken }: Played) => {
    if (broken.length === 0) kept.set(name, (kept.get(name) ?? 0) + 1)
    else failed.push({ seed, reason: `${name}, seed ${seed}: ${broken.join('; ')}` })
    process.stdout.write(`${broken.length === 0 ? 'kept' : 'BROKEN'}  seed ${seed}  ${hash.slice(0, 16)}  ${name}\n`)
  }
  const work = async () => {
    const child = fork(player, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    try {
      for (const play of plays) {
        if (Date.now() >= until) return
        hear(await played(child, play))
      }
    } finally {
      child.kill()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  for (const [name, count] of kept) process.stdout.write(`${count} kept  ${name}\n`)
  return { passed: [...kept.values()].reduce((sum, count) => sum + count, 0), failed }
}

/** All scenarios with one seed before the next seed: a check that is cut short has seen each of them as often. */
function* everyPlay(first: number, runs: number): Generator<Play> {
  const { length } = promises(fullSize)
  for (let seed = first; seed < first + runs; seed++) {
    for (let place = 0; place < length; place++) yield { place, seed, size: fullSize }
  }
}

async function played(child: ChildProcess, play: Play): Promise<Played> {
  const end = new AbortController()
  const exit = once(child, 'exit', { signal: end.signal }).then(() => {
    throw new Error(`a player ended on scenario ${play.place} with seed ${play.seed}`)
  })
  exit.catch(() => undefined)
  try {
    const answer = once(child, 'message', { signal: end.signal })
    child.send(play)
    const [message] = await Promise.race([answer, exit])
    return message as Played
  } finally {
    end.abort()
  }
}
