import { describe, expect, it } from 'vitest'
import { type ContributionId, createIdentity, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { type Message, readMessage } from '../../peer-core/peer/message.ts'
import { News, type NewsParts } from '../../peer-core/peer/news.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import type { SyncRequest } from '../../peer-core/sync/index.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { limits, seal } from '../../peer-core/wire/index.ts'

const identities = [1, 2, 3, 4, 5].map((i) => createIdentity(new Uint8Array(32).fill(i)))
const peers = identities.map(({ peerId }) => peerId)
const members = peers.slice(0, 3)
const makers = identities.slice(3)
const task = sha256(utf8ToBytes('task'))
const blob = sha256(utf8ToBytes('blob'))

/** What each maker announced for the open round, one after another. */
const made = makers.map((maker) =>
  Array.from({ length: 3 }, (_, sequence) => {
    const work = { steps: 1, examples: 32, loss: 1, bytes: 40, at: 0 }
    const value = { task, round: 1, peer: maker.peerId, base: blob, sequence, delta: blob, ...work }
    const { bytes } = seal(maker, 'contribution', value)
    const { id } = readMessage(bytes, task) as Extract<Message, { type: 'contribution' }>
    return { id, bytes, peer: maker.peerId }
  }),
)
const all = made.flat()

type Known = Pick<(typeof all)[number], 'id' | 'bytes'>

/** Others who take 100 ms to tell what they know; `undefined` says nothing, until the question is given up after 5 s. */
function among(
  tells: (peer: PeerId, ids: readonly ContributionId[]) => readonly Known[] | undefined,
  presentToo: readonly PeerId[] = [],
) {
  const clock = createVirtualClock()
  const asked: { peer: PeerId; request: SyncRequest }[] = []
  const heard = new Set<ContributionId>()
  const parts = {
    sync: {
      ask: (peer: PeerId, request: SyncRequest) => {
        asked.push({ peer, request })
        const claims = tells(peer, request.want === 'contributions' ? request.ids : [])?.map(({ bytes }) => bytes)
        const answer = { commits: [], claims, presences: [], contributors: 0 }
        return new Promise((resolve, reject) => {
          if (claims === undefined) clock.after(5_000, () => reject(new Error('no answer')))
          else clock.after(100, () => resolve(answer))
        })
      },
    },
    chain: { head: { round: 0, hash: blob } },
    claims: { find: (id: ContributionId) => (heard.has(id) ? {} : undefined), digest: blob },
    neighbourhood: {
      connected: new Set(members),
      membership: {
        counted: () => undefined,
        get: (peer: PeerId) => ([...peers, ...presentToo].includes(peer) ? {} : undefined),
      },
      introduction: () => ({}),
      introduced: () => undefined,
    },
    members: () => members,
    onClaim: ({ id }: { id: ContributionId }, isNamed: boolean) => isNamed && heard.add(id),
  } as unknown as NewsParts
  const { signal } = new AbortController()
  const context = { clock, task, signal, identity: identities[0] } as unknown as SessionContext
  return { clock, asked, heard, news: new News(context, parts) }
}

/** What a maker tells, who remembers all that it made. */
const ofMaker = (peer: PeerId, ids: readonly ContributionId[]) =>
  all.filter((one) => one.peer === peer && ids.includes(one.id))
const idsOf = (known: readonly { id: ContributionId }[]) => known.map(({ id }) => id)

describe('a peer that has not heard of contributions', () => {
  it('asks each member once for all that it lacks, and each maker for its own', async () => {
    const { clock, asked, heard, news } = among(ofMaker)
    heard.add(all[0]!.id)
    await clock.finish(news.hear(all), 1_000)
    const lacked = all.slice(1)
    expect(asked).toEqual([
      ...members.map((peer) => ({ peer, request: { want: 'contributions', task, ids: idsOf(lacked) } })),
      ...makers.map(({ peerId: peer }) => {
        const ids = idsOf(lacked.filter((one) => one.peer === peer))
        return { peer, request: { want: 'contributions', task, ids } }
      }),
    ])
    expect([...heard].sort()).toEqual(idsOf(all).sort())
    await clock.finish(news.hear(all), 1_000)
    expect(asked).toHaveLength(members.length + makers.length)
  })

  it('does not wait for one that says nothing when it has heard of all', async () => {
    const { clock, heard, news } = among((peer, ids) => (peer === members[0] ? undefined : ofMaker(peer, ids)))
    await clock.finish(news.hear(all), 1_000)
    expect(heard.size).toBe(all.length)
    expect(clock.now()).toBe(100)
  })

  it('asks a maker again after five seconds, and members whenever it is asked to', async () => {
    const { clock, asked, news } = among(() => [])
    const timesAsked = (peer: PeerId) => asked.filter((one) => one.peer === peer).length
    await clock.finish(news.hear(all), 1_000)
    await clock.finish(news.hear(all), 1_000)
    expect([timesAsked(members[0]!), timesAsked(makers[0]!.peerId)]).toEqual([2, 1])
    await clock.advance(5_000)
    await clock.finish(news.hear(all), 1_000)
    expect([timesAsked(members[0]!), timesAsked(makers[0]!.peerId)]).toEqual([3, 2])
  })

  it('asks no more than 32 makers at a time, and none that takes no part', async () => {
    const named = Array.from({ length: 100 }, (_, i) => {
      return { id: sha256(utf8ToBytes(`${i}`)) as ContributionId, peer: `maker ${i}` as PeerId }
    })
    const { clock, asked, news } = among(
      () => [],
      named.slice(10).map(({ peer }) => peer),
    )
    await clock.finish(news.hear(named), 1_000)
    expect(asked.slice(members.length).map(({ peer }) => peer)).toEqual(named.slice(10, 42).map(({ peer }) => peer))
    await clock.finish(news.hear(named), 1_000)
    expect(asked.slice(-32).map(({ peer }) => peer)).toEqual(named.slice(42, 74).map(({ peer }) => peer))
  })

  it('takes nothing that it did not ask for', async () => {
    const wanted = all[0]!
    const { clock, heard, news } = among((peer) => (peer === members[1] ? all.toReversed() : []))
    await clock.finish(news.hear([wanted]), 1_000)
    expect([...heard]).toEqual([])
    const other = among((peer) => (peer === members[1] ? all : []))
    await other.clock.finish(other.news.hear([wanted]), 1_000)
    expect([...other.heard]).toEqual([wanted.id])
  })
})

describe('a peer that hears again and again that another is further', () => {
  it('has one question to it under way', async () => {
    const { clock, asked, news } = among(() => [])
    const often = Array.from({ length: limits.contributionsPerRound }, () => news.ask(members[0]!))
    await clock.finish(Promise.all(often), 1_000)
    expect(asked).toHaveLength(1)
    await clock.finish(news.ask(members[0]!), 1_000)
    expect(asked).toHaveLength(2)
  })
})
