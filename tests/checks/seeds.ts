/**
 * Consortia of 4 and of 7 seeds as real processes, in each of which any f of them are killed (SIGKILL) at any moment and started
 * again, over and over: the others go on, who returns catches up and votes, no commit that any seed told of is lost, and no
 * two seeds ever tell of two commits of one round.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, minute, type Random, second, seededRandom } from '../../peer-core/index.ts'
import { type Consortium, startConsortium } from '../e2e/consortium.ts'
import { endProcesses, isCommit } from '../e2e/seed-process.ts'
import { quantile } from '../quantile.ts'
import type { CheckResult } from './consensus.ts'

const allSizes = [4, 7]
/** For the others to commit once more, and for who returns to do so; a dead proposer costs a timeout each. */
const patienceMs = 3 * minute

/**
 * @param options.minutes - of killing, for all sizes together; 10 when absent
 * @param options.sizes - of the committees; 4 and 7 when absent
 */
export async function run(
  options: { seed?: number; minutes?: number; sizes?: readonly number[] } = {},
): Promise<CheckResult> {
  const { seed = 1, minutes = 10, sizes = allSizes } = options
  const failed: { seed: number; reason: string }[] = []
  let passed = 0
  for (const size of sizes) {
    const dir = await mkdtemp(join(tmpdir(), 'zen-seeds-'))
    try {
      const random = seededRandom(`${seed}/${size}`)
      const seen = await harass(await startConsortium(dir, size), random, (minutes * minute) / sizes.length)
      process.stdout.write(`${size} seeds: ${inWords(seen)}\n`)
      passed++
    } catch (error) {
      failed.push({ seed, reason: `${size} seeds: ${messageOf(error)}` })
    } finally {
      await endProcesses()
      await rm(dir, { recursive: true, force: true })
    }
  }
  return { passed, failed }
}

interface Seen {
  readonly kills: number
  readonly rounds: number
  /** from each kill to the next commit of the others, ms */
  readonly recoveries: readonly number[]
  /** from each start to the first commit that the returned one told of, ms */
  readonly returns: readonly number[]
}

async function harass(consortium: Consortium, random: Random, ms: number): Promise<Seen> {
  const { seeds } = consortium
  const places = seeds.map((_, place) => place)
  const faulty = Math.ceil(seeds.length / 3) - 1
  const told = new Map<number, string>()
  const until = Date.now() + ms
  const recoveries: number[] = []
  const returns: number[] = []
  let kills = 0
  try {
    await Promise.all(seeds.map((seed) => seed.until(isCommit(1), patienceMs)))
    while (Date.now() < until) {
      const victims = random.shuffle(places).slice(0, 1 + random.integer(faulty))
      const witness = places.find((place) => !victims.includes(place))!
      await new Promise((resolve) => setTimeout(resolve, random.integer(3_000)))
      for (const victim of victims) await consortium.kill(victim)
      const killed = Date.now()
      kills += victims.length
      for (const place of places) remember(told, consortium, place)
      const before = consortium.round(witness)
      await seeds[witness]!.until(isCommit(before + 1), patienceMs)
      recoveries.push(Date.now() - killed)
      await seeds[witness]!.until(isCommit(before + 2), patienceMs)
      const started = Date.now()
      await Promise.all(victims.map((victim) => consortium.restart(victim)))
      const head = consortium.round(witness)
      const back = victims.map(async (victim) => {
        await seeds[victim]!.until(isCommit(head + 1), patienceMs)
        returns.push(Date.now() - started)
      })
      await Promise.all(back)
      for (const place of places) remember(told, consortium, place)
      await compare(told, consortium)
      throwForDeaths(consortium)
    }
  } catch (error) {
    throwForDeaths(consortium, error)
    throw error
  }
  return { kills, rounds: Math.max(...told.keys()), recoveries, returns }
}

/** @param error - what else went wrong, perhaps because of it */
function throwForDeaths(consortium: Consortium, error?: unknown): void {
  const deaths = consortium.deaths()
  if (deaths.length === 0) return
  const also = error === undefined ? '' : `\nalso: ${messageOf(error)}`
  throw new Error(`nobody killed it, and yet: ${deaths.join('\n')}${also}`)
}

function inWords({ kills, rounds, recoveries, returns }: Seen): string {
  const seconds = (times: readonly number[]) =>
    ['p50', 'p95']
      .map((name, i) => `${name} ${(quantile(times, i === 0 ? 0.5 : 0.95) / second).toFixed(1)} s`)
      .join(', ')
  return `${kills} kills, ${rounds} rounds, one chain; next commit after ${seconds(recoveries)}; back and committing after ${seconds(returns)}`
}

/** What a seed told of in this life. @throws when another seed, or this one, told of something else */
function remember(told: Map<number, string>, { seeds }: Consortium, place: number): void {
  for (const { event, round, model } of seeds[place]!.events) {
    if (event !== 'commit') continue
    const known = told.get(Number(round))
    if (known !== undefined && known !== model) throw new Error(`two commits of round ${round}: ${known} and ${model}`)
    told.set(Number(round), String(model))
  }
}

/** @throws unless every seed has every commit that was told of, up to where all of them are */
async function compare(told: ReadonlyMap<number, string>, consortium: Consortium): Promise<void> {
  const through = Math.min(...consortium.seeds.map((_, place) => consortium.round(place)))
  const chains = await consortium.chains(through)
  const [first] = chains
  for (const chain of chains) {
    const at = chain.findIndex(({ hash }, i) => hash !== first![i]?.hash)
    if (at !== -1 || chain.length !== first!.length) throw new Error(`two chains, from round ${chain[at]?.round} on`)
  }
  const lost = first!.find(({ round, model }) => told.has(round) && told.get(round) !== model)
  if (lost !== undefined) throw new Error(`round ${lost.round} was committed as ${told.get(lost.round)}, and is gone`)
}
