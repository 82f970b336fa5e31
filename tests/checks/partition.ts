/**
 * Four real seeds and two contributors, each in a network namespace of its own, whose network is cut and healed. Cut in two
 * halves nobody commits, and training goes on in both; cut off alone, one seed stands still while the other three go on.
 * Healed, there is one chain, and whoever missed something has it within half a minute.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf, minute, second, seededRandom } from '../../peer-core/index.ts'
import { type Consortium, startConsortium } from '../e2e/consortium.ts'
import { buildLan, type Lan, whyNoNamespaces } from '../e2e/namespaces.ts'
import { endProcesses, isCommit } from '../e2e/seed-process.ts'
import type { CheckResult } from './consensus.ts'

const size = 4
const startMs = 3 * minute
/** What was on its way when the cable was cut has arrived, or never will. */
const settleMs = 5 * second
const cutMs = 40 * second
/** The mission's bar for recovery. */
const recoveryMs = 30 * second

/** @param options.runs - cuts of each kind; 1 when absent */
export async function run(options: { seed?: number; runs?: number } = {}): Promise<CheckResult> {
  const { seed = 1, runs = 1 } = options
  const why = await whyNoNamespaces()
  if (why !== undefined) {
    process.stdout.write(`skipped: no network namespaces here (${why})\n`)
    return { passed: 0, failed: [] }
  }
  const dir = await mkdtemp(join(tmpdir(), 'zen-partition-'))
  const lan = await buildLan(size + 2)
  try {
    const { machines } = lan
    const consortium = await startConsortium(dir, size, { seeds: machines, contributors: machines.slice(size) })
    const random = seededRandom(`partition/${seed}`)
    const places = consortium.seeds.map((_, place) => place)
    await Promise.all(consortium.seeds.map((one) => one.until(isCommit(2), startMs)))
    for (let cut = 0; cut < runs; cut++) {
      const drawn = random.shuffle(places)
      await halves(consortium, lan, [drawn.slice(0, 2), drawn.slice(2)])
      await alone(consortium, lan, [drawn.slice(0, 3), drawn.slice(3)])
    }
    return { passed: 2 * runs, failed: [] }
  } catch (error) {
    return { passed: 0, failed: [{ seed, reason: messageOf(error) }] }
  } finally {
    await endProcesses()
    await lan.remove()
    await rm(dir, { recursive: true, force: true })
  }
}

type Sides = readonly [readonly number[], readonly number[]]

/** Neither side has a quorum. */
async function halves(consortium: Consortium, lan: Lan, [one, two]: Sides): Promise<void> {
  const { contributors } = consortium
  await lan.cut([
    [...one, size],
    [...two, size + 1],
  ])
  await pause(settleMs)
  const heads = headsOf(consortium)
  const trained = contributors.map(trainingsOf)
  await pause(cutMs)
  const moved = headsOf(consortium).findIndex((head, place) => head !== heads[place])
  if (moved !== -1) throw new Error(`seed ${moved} committed without a quorum`)
  const more = contributors.map((contributor, i) => trainingsOf(contributor) - trained[i]!)
  if (more.includes(0)) throw new Error(`training stopped without a quorum: ${more.join(' and ')} times in ${cutMs} ms`)
  await lan.heal()
  const took = await allBeyond(consortium, Math.max(...heads))
  process.stdout.write(
    `2 | 2: no commit in ${cutMs / second} s, trained ${more.join(' and ')} times; healed, all commit after ${inSeconds(took)}\n`,
  )
  await oneChain(consortium)
}

/** The first side has a quorum, the other is one seed. */
async function alone(consortium: Consortium, lan: Lan, [three, one]: Sides): Promise<void> {
  const exile = one[0]!
  await lan.cut([
    [...three, size],
    [exile, size + 1],
  ])
  await pause(settleMs)
  const before = headsOf(consortium)
  await pause(cutMs)
  const after = headsOf(consortium)
  if (after[exile] !== before[exile]) throw new Error(`seed ${exile} committed alone`)
  const stuck = three.find((place) => after[place]! <= before[place]!)
  if (stuck !== undefined) throw new Error(`seed ${stuck} committed nothing in ${cutMs} ms, beside two others`)
  const ahead = Math.max(...after)
  await lan.heal()
  const took = await allBeyond(consortium, ahead)
  process.stdout.write(
    `3 | 1: ${ahead - before[exile]!} rounds missed by the one; healed, it has them and commits after ${inSeconds(took)}\n`,
  )
  await oneChain(consortium)
}

/** Until every seed commits a round beyond `head`. @returns ms @throws when that takes longer than it may */
async function allBeyond({ seeds }: Consortium, head: number): Promise<number> {
  const from = Date.now()
  await Promise.all(seeds.map((seed) => seed.until(isCommit(head + 1), recoveryMs)))
  return Date.now() - from
}

/** @throws unless every seed tells of the same commits, and nobody ended */
async function oneChain(consortium: Consortium): Promise<void> {
  const deaths = consortium.deaths()
  if (deaths.length > 0) throw new Error(deaths.join('\n'))
  const chains = await consortium.chains(Math.min(...headsOf(consortium)))
  if (new Set(chains.map((chain) => JSON.stringify(chain))).size !== 1) throw new Error('two chains')
}

function headsOf(consortium: Consortium): number[] {
  return consortium.seeds.map((_, place) => consortium.round(place))
}

function trainingsOf({ events }: Consortium['contributors'][number]): number {
  return events.filter(({ event }) => event === 'trained').length
}

const inSeconds = (ms: number) => `${(ms / second).toFixed(1)} s`
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
