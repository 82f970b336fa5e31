/**
 * The long check of the simulator: every scenario of `tests/simulation/promises.ts` with many seeds, in a process for each
 * core, and with some of them each scenario's rule broken as well, for a promise that is kept all the same could never fail, and
 * broken where nothing goes wrong, for a promise that fails there too would notice nothing. A seed alone says what is played with
 * it, and replays what failed.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promises } from '../simulation/promises.ts'
import type { CheckResult } from './consensus.ts'
import type { Play, Played } from './simulation/player.ts'

/** One seed in twenty plays everything twice as large. */
const sizeOf = (seed: number) => (seed % 20 === 0 ? 2 : 1)
/** One in eight breaks the rules too, and one in forty in peace. */
const waysOf = (seed: number): readonly Play['way'][] => {
  if (seed % 40 === 0) return ['whole', 'broken', 'control']
  return seed % 40 < 5 ? ['whole', 'broken'] : ['whole']
}
const verdicts = {
  whole: { count: 'kept', good: 'kept', bad: 'BROKEN' },
  broken: { count: 'noticed', good: 'noticed', bad: 'BLIND' },
  control: { count: 'controls', good: 'harmless', bad: 'VACUOUS' },
} as const
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
  const tallies = new Map<string, { kept: number; noticed: number; controls: number; cpuSeconds: number }>()
  const failed: { seed: number; reason: string }[] = []

  const hear = ({ name, seed, rule, way, hash, broken, cpuSeconds }: Played) => {
    const tally = tallies.get(name) ?? { kept: 0, noticed: 0, controls: 0, cpuSeconds: 0 }
    tallies.set(name, tally)
    tally.cpuSeconds += cpuSeconds
    const kept = broken.length === 0
    const { count, good, bad } = verdicts[way]
    const isRight = kept === (way !== 'broken')
    if (isRight) tally[count]++
    else {
      const meanwhile = way === 'control' ? `, with nobody lying, no fault, and broken that ${rule}` : ''
      const why = kept ? `kept although it is broken that ${rule}` : `${broken.join('; ')}${meanwhile}`
      failed.push({ seed, reason: `${name}, seed ${seed}: ${why}` })
    }
    const told = isRight ? good : bad
    process.stdout.write(`${told.padEnd(9)}seed ${seed}  ${hash.slice(0, 16)}  ${cpuSeconds.toFixed(1)} s  ${name}\n`)
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
  let passed = 0
  for (const [name, { kept, noticed, controls, cpuSeconds }] of tallies) {
    const told = `${kept} kept, ${noticed} breaches noticed, ${controls} harmless in peace`
    process.stdout.write(`${told}, ${cpuSeconds.toFixed(0)} s of CPU  ${name}\n`)
    passed += kept + noticed + controls
  }
  return { passed, failed }
}

/** All scenarios with one seed before the next seed: a check that is cut short has seen each of them as often. */
function* everyPlay(first: number, runs: number): Generator<Play> {
  const { length } = promises(1)
  for (let seed = first; seed < first + runs; seed++) {
    for (let place = 0; place < length; place++) {
      for (const way of waysOf(seed)) yield { place, seed, size: sizeOf(seed), way }
    }
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
