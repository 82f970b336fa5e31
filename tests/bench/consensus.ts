/**
 * What a decision costs: from when the round's proposer has collected it until a member has the commit, over all members, outside
 * aggregation. On the virtual network with 50 and 100 ms links nothing but the messages takes time; what they take to compute is
 * measured apart, for the whole village together (a signature that one member checked costs the others nothing there: 2 a member and
 * commit are to be added for each other member). On loopback real seeds decide, with their real stores. And what a newcomer takes to
 * believe what they decided.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommittee, proposerOf } from '../../peer-core/consensus/index.ts'
import type { Network, PeerId } from '../../peer-core/index.ts'
import { protocols } from '../../peer-core/wire/index.ts'
import { startConsortium } from '../e2e/consortium.ts'
import { endProcesses, isCommit, isReady, type ZenProcess } from '../e2e/seed-process.ts'
import { createVillage } from '../peer/village.ts'
import { quantile } from '../quantile.ts'
import { lightClient } from './consensus/light-client.ts'
import type { BenchResult } from './result.ts'

const sizes = [4, 7, 13, 21]
const delays = [50, 100]
const warmUp = 2
const measured = 6
/** members on loopback, where all of them share one machine */
const realSizes = [4, 7]

export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const size of sizes) for (const delay of delays) results.push(...(await virtual(size, delay)))
  for (const size of realSizes) results.push(...(await loopback(size)))
  results.push(...lightClient())
  return results
}

async function virtual(size: number, delayMs: number): Promise<BenchResult[]> {
  const sent = { messages: 0, bytes: 0 }
  const village = await createVillage({
    seeds: size,
    contributors: 2,
    network: { latencyMs: delayMs },
    seedNetwork: (network) => counting(network, size, sent),
  })
  const committee = createCommittee(village.spec.committee)
  const closed = new Map<number, number>()
  const latencies: number[] = []
  const { clock } = village
  for (const { peer } of village.seeds) {
    peer.onEvent((event) => {
      if (event.kind === 'round' && event.phase === 'voting' && proposerOf(committee, event.round, 0) === peer.id) {
        closed.set(event.round, clock.now())
      }
      if (event.kind !== 'commit' || event.round <= warmUp) return
      latencies.push(clock.now() - closed.get(event.round)!)
    })
  }
  await village.untilRound(warmUp, 120_000)
  Object.assign(sent, { messages: 0, bytes: 0 })
  const started = performance.now()
  await clock.runUntil(() => latencies.length >= size * measured, 600_000)
  const computeMs = (performance.now() - started) / (size * measured)
  for (const { peer } of [...village.seeds, ...village.contributors]) await clock.finish(peer.stop(), 10_000)
  const name = `${size} members ${delayMs} ms`
  // The bar: four message delays, and at most a second.
  const bar = Math.min(4 * delayMs, 1_000)
  return [
    { name: `${name} p50`, value: quantile(latencies, 0.5), unit: 'ms', bar },
    { name: `${name} p95`, value: quantile(latencies, 0.95), unit: 'ms', bar: 1_000 },
    { name: `${name} commits`, value: 1_000 / quantile(latencies, 0.5), unit: '1/s' },
    { name: `${name} messages`, value: sent.messages / measured, unit: '1/commit' },
    { name: `${name} bytes`, value: sent.bytes / measured, unit: 'bytes/commit' },
    { name: `${name} compute`, value: computeMs, unit: 'ms/member and commit' },
  ]
}

/** Counts what the committee says: a message by gossip once for each member that it is for. */
function counting(network: Network, size: number, sent: { messages: number; bytes: number }): Network {
  const count = (messages: number, bytes: number) => {
    sent.messages += messages
    sent.bytes += bytes
  }
  return {
    ...network,
    gossip: {
      ...network.gossip,
      publish(topic, data) {
        if (/\/consensus$/.test(topic)) count(size - 1, (size - 1) * data.length)
        return network.gossip.publish(topic, data)
      },
    },
    streams: {
      ...network.streams,
      async open(peer, protocol, options) {
        const stream = await network.streams.open(peer, protocol, options)
        if (protocol !== protocols.consensus) return stream
        return {
          ...stream,
          send(frame) {
            count(1, frame.length)
            return stream.send(frame)
          },
        }
      },
    },
  }
}

async function loopback(size: number): Promise<BenchResult[]> {
  const dir = await mkdtemp(join(tmpdir(), 'zen-bench-'))
  try {
    const { seeds } = await startConsortium(dir, size)
    const last = warmUp + measured
    const begun = Date.now()
    await Promise.all(seeds.map((seed) => seed.until(isCommit(last + 1), 240_000)))
    const rounds = Number(seeds[0]!.events.findLast(({ event }) => event === 'commit')!.round)
    const ids = seeds.map(({ events }) => events.find(isReady)!.peerId as PeerId)
    const committee = createCommittee(ids.map((peer) => ({ peer, power: 1 })))
    const at = ({ events, arrivals }: ZenProcess, phase: string, round: number) =>
      arrivals[events.findIndex((event) => event.phase === phase && event.round === round)]
    const latencies: number[] = []
    for (let round = warmUp + 1; round <= last; round++) {
      const closed = at(seeds[ids.indexOf(proposerOf(committee, round, 0))]!, 'voting', round)
      // The next round opens with the commit. Where a busy machine kept the proposer, another one's turn came.
      const opened = seeds.flatMap((seed) => at(seed, 'collecting', round + 1) ?? [])
      if (closed !== undefined) latencies.push(...opened.map((time) => time - closed))
    }
    const name = `${size} members loopback`
    return [
      { name: `${name} p50`, value: quantile(latencies, 0.5), unit: 'ms' },
      { name: `${name} p95`, value: quantile(latencies, 0.95), unit: 'ms' },
      { name: `${name} commits`, value: (1_000 * rounds) / (Date.now() - begun), unit: '1/s' },
    ]
  } finally {
    await endProcesses()
    await rm(dir, { recursive: true, force: true })
  }
}
