/** Each way a peer can fail a round, once over real libp2p against a real seed process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encode, signer, type UnsignedVote } from '../../peer-core/consensus/index.ts'
import { createIdentity, type Identity, type PeerId, sha256, type TaskId } from '../../peer-core/index.ts'
import {
  type Contribution,
  consensusTopic,
  controlTopic,
  floatsToBytes,
  protocols,
} from '../../peer-core/wire/index.ts'
import type { PeerStatusView, StatusView } from '../../seed-nodes/http/status-view.ts'
import { createContributorNetwork } from '../../seed-nodes/network/index.ts'
import { createIntruder, type Intruder } from '../peer/intruder.ts'
import { endProcesses, isCommit, isReady, type ZenEvent, type ZenProcess, zen } from './seed-process.ts'

const parameters = 101_770
const deadlineMs = 8_000

let dir: string
let seed: ZenProcess
let task: TaskId
let seedId: PeerId
let addresses: string[]
let page: string
let contributor: PeerId

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-faults-'))
  const file = join(dir, 'task.json')
  // Rounds that take a second or so: an intruder has time to have its say.
  await writeFile(file, JSON.stringify({ training: { localSteps: 600 }, round: { deadlineMs, fetchMs: 4_000 } }))
  seed = zen('up', '--no-train', '--json', '--port', '0', '--dir', join(dir, 'seed'), '--task', file)
  const ready = await seed.until(isReady, 60_000)
  task = ready.task as TaskId
  seedId = ready.peerId as PeerId
  addresses = ready.multiaddrs as string[]
  page = String(ready.http)
  const joined = zen('join', addresses[0]!, '--json')
  contributor = (await joined.until(isReady, 60_000)).peerId as PeerId
  await seed.until(isCommit(1), 60_000)
}, 130_000)

afterAll(async () => {
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

interface LiveIntruder extends Intruder {
  /** Offers for the round that is open now. */
  offerNow(bytes: Uint8Array, change?: Partial<Contribution>): Promise<void>
  /** Says so again and again until it stops, as who is there does: a presence alone runs out, in a long round. */
  stay(status: string): Promise<void>
  stop(): Promise<void>
}

async function intruder(): Promise<LiveIntruder> {
  const identity: Identity = createIdentity()
  const network = await createContributorNetwork({ secretSeed: identity.secretSeed, onFault: () => undefined })
  await network.start()
  await network.dial(seedId, addresses, AbortSignal.timeout(10_000))
  const bad = createIntruder(identity, network, task, Date.now)
  let beat: NodeJS.Timeout | undefined
  // Until gossipsub has told each other of the topic, messages go nowhere: it hears a commit when that is done.
  const round = head().round
  await seed.until(isCommit(round + 1), 30_000)
  return {
    ...bad,
    offerNow(bytes, change) {
      const { round: last, model } = head()
      return bad.offer(bytes, { round: last + 1, base: model }, change)
    },
    async stay(status) {
      await bad.present(status)
      beat = setInterval(() => void bad.present(status), 4_000)
    },
    stop() {
      clearInterval(beat)
      return network.stop()
    },
  }
}

function head(): { round: number; model: string } {
  const last = seed.events.findLast((event) => event.event === 'commit')!
  return { round: Number(last.round), model: String(last.model) }
}

/** The reasons a commit gives, of one that is told after now. */
async function rejection(id: PeerId): Promise<string> {
  const named = (event: ZenEvent) =>
    ((event.reasons ?? []) as { peer: string; reason: string }[]).find((one) => one.peer === id)
  const commit = await seed.until((event) => event.event === 'commit' && named(event) !== undefined, 30_000)
  expect(Number(commit.contributors)).toBeGreaterThanOrEqual(1)
  return named(commit)!.reason
}

describe('over real libp2p, a round', { timeout: 120_000 }, () => {
  // All at once: each waits for its own refusal, and all of them together are the seed's harder day.
  it.concurrent.each<[string, string | RegExp, (bad: LiveIntruder) => Promise<void>]>([
    ['says nothing', 'silent', (bad) => bad.stay('training')],
    [
      'leaves',
      'left',
      async (bad) => {
        await bad.present('training')
        await bad.present('leaving')
      },
    ],
    [
      'vanishes',
      /left|silent/,
      async (bad) => {
        await bad.present('training')
        await bad.stop()
      },
    ],
    ['sends NaN', 'non-finite', (bad) => bad.offerNow(floatsToBytes(new Float32Array(parameters).fill(Number.NaN)))],
    ['sends a wrong shape', 'wrong-size', (bad) => bad.offerNow(floatsToBytes(new Float32Array(parameters + 1)))],
    [
      'sends 10 MB of noise as its contribution',
      'wrong-size',
      (bad) => bad.offerNow(floatsToBytes(new Float32Array(2_621_440).fill(7)), { bytes: 4 * parameters }),
    ],
    [
      'trained on a wrong base model',
      'wrong-base',
      (bad) => bad.offerNow(floatsToBytes(new Float32Array(parameters)), { base: 'ab'.repeat(32) as never }),
    ],
    [
      'sends garbage frames',
      'malformed',
      async (bad) => {
        await bad.present('training')
        await bad.garbage(seedId, protocols.exchange)
      },
    ],
    [
      'gossips garbage',
      'malformed',
      async (bad) => {
        await bad.present('training')
        await bad.network.gossip.publish(controlTopic(task), Uint8Array.of(1, 2, 3))
      },
    ],
  ])('commits by its deadline without a peer that %s', async (_, reason, misbehave) => {
    const bad = await intruder()
    const before = head().round
    await misbehave(bad)
    expect(await rejection(bad.id)).toMatch(reason)
    await bad.stop()
    await seed.until(isCommit(before + 2), 30_000)
    // The deadline; once more where a busy machine kept the one honest contributor from it, and what fetching takes.
    const commits = seed.events.filter((event) => event.event === 'commit' && Number(event.round) > before)
    expect(Math.max(...commits.map((commit) => Number(commit.ms)))).toBeLessThan(5 * deadlineMs)
    expect(seed.process.exitCode).toBeNull()
  })

  it('suspends who does harm round after round, while who works honestly rises', async () => {
    const bad = await intruder()
    await bad.present('training')
    // Within the norm that the task allows, and each of them ruins the model that it is tried on.
    const lie = floatsToBytes(Float32Array.from({ length: parameters }, (_, i) => (i % 2 === 0 ? 2 : -2)))
    for (let harms = 0; (await standingOf(bad.id))?.barred !== 'suspended'; harms++) {
      if (harms === 10) throw new Error('ten rounds of harm, and still not suspended')
      await bad.present('training')
      await bad.offerNow(lie)
      await seed.until(isCommit(head().round + 1), 30_000)
    }
    const honest = await standingOf(contributor)
    expect(honest!.reputation).toBeGreaterThan(0.5)
    expect(honest!.barred).toBeUndefined()
    const round = head().round
    await bad.offerNow(lie)
    await seed.until(isCommit(round + 1), 30_000)
    const { contributors } = seed.events.find(isCommit(round + 1))!
    expect(contributors).toBe(1)
    await bad.stop()
  })
})

/** What the seed says of a peer. */
async function standingOf(peer: PeerId): Promise<PeerStatusView | undefined> {
  const { peers } = (await (await fetch(`${page}/api/status`)).json()) as StatusView
  return peers.find((one) => one.peer === peer)
}

/** Messages of the committee that the seed dropped, by reason, as its monitor sees them. */
async function refusals(): Promise<Record<string, number>> {
  const metrics = await (await fetch(`${page}/metrics`)).text()
  const lines = metrics.matchAll(/^zen_consensus_refused_total\{.*reason="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...lines].map(([, reason, count]) => [reason, Number(count)]))
}

async function untilRefused(fits: (counts: Record<string, number>) => boolean): Promise<Record<string, number>> {
  const until = Date.now() + 20_000
  for (;;) {
    const counts = await refusals()
    if (fits(counts)) return counts
    if (Date.now() > until) throw new Error(`not refused within 20 s: ${JSON.stringify(counts)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('over real libp2p, a committee', { timeout: 120_000 }, () => {
  /** One that hears the committee, and so is heard by it. */
  const outsider = async () => {
    const identity = createIdentity()
    const network = await createContributorNetwork({ secretSeed: identity.secretSeed, onFault: () => undefined })
    await network.start()
    const topic = consensusTopic(task)
    network.gossip.subscribe(topic, { validate: () => 'accept', deliver: () => undefined })
    await network.dial(seedId, addresses, AbortSignal.timeout(10_000))
    const unsigned = { type: 'prevote', task, height: head().round + 5, round: 0, value: null, score: null } as const
    const sign = signer(identity)
    const voteOf = (change: Partial<UnsignedVote>) => {
      const vote = { ...unsigned, member: identity.peerId, ...change }
      return encode({ ...vote, signature: sign(vote) })
    }
    return { network, voteOf, say: (bytes: Uint8Array) => network.gossip.publish(topic, bytes) }
  }

  it('drops and counts by its kind what no member says, and no longer hears who goes on', async () => {
    const { network, voteOf, say } = await outsider()
    // Until the seed has heard that we listen, nothing reaches it: the first kind is said until it is counted.
    let attempt = 0
    const first = setInterval(() => void say(Uint8Array.of(0x81, attempt++)), 500)
    await untilRefused((counts) => (counts.GARBAGE ?? 0) > 0).finally(() => clearInterval(first))
    await say(new Uint8Array(60_000))
    await say(voteOf({ task: sha256(new Uint8Array(1)) as TaskId }))
    await say(voteOf({}))
    await say(voteOf({ member: seedId }))
    const counts = await untilRefused(({ BAD_SIGNATURE = 0 }) => BAD_SIGNATURE > 0)
    expect(counts).toMatchObject({ OVERSIZED: 1, WRONG_TASK: 1, NOT_A_MEMBER: 1, BAD_SIGNATURE: 1 })
    for (let i = 0; i < 100; i++) {
      await say(Uint8Array.of(0x82, i))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const round = head().round
    await seed.until(isCommit(round + 2), 60_000)
    expect((await refusals()).GARBAGE).toBeLessThan(90)
    expect(seed.process.exitCode).toBeNull()
    await network.stop()
  })

  it('hangs up on who sends it garbage from member to member, and does not let it back', async () => {
    const { network } = await outsider()
    const signal = AbortSignal.timeout(5_000)
    const stream = await network.streams.open(seedId, protocols.consensus, { signal, maxFrameBytes: 1024 })
    await stream.send(Uint8Array.of(0xff, 0, 1))
    const until = Date.now() + 10_000
    while (network.connections().some(({ peer }) => peer === seedId)) {
      if (Date.now() > until) throw new Error('still connected after 10 s')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    // A dial may get as far as the other side's refusal.
    await network.dial(seedId, addresses, AbortSignal.timeout(5_000)).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(network.connections().map(({ peer }) => peer)).not.toContain(seedId)
    await network.stop()
  })
})
