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

/** Others who take 100 ms to say what they know. */
function among(knows: (peer: PeerId) => readonly { id: ContributionId; bytes: Uint8Array }[]) {
  const clock = createVirtualClock()
  const asked: { peer: PeerId; request: SyncRequest }[] = []
  const heard = new Set<ContributionId>()
  const parts = {
    sync: {
      ask: (peer: PeerId, request: SyncRequest) => {
        asked.push({ peer, request })
        const named = request.want === 'contributions' ? request.ids : []
        const claims = knows(peer).flatMap(({ id, bytes }) => (named.includes(id) ? [bytes] : []))
        const answer = { commits: [], claims, presences: [], contributors: 0 }
        return new Promise((resolve) => clock.after(100, () => resolve(answer)))
      },
    },
    chain: { head: { round: 0, hash: blob } },
    claims: { find: (id: ContributionId) => (heard.has(id) ? {} : undefined), digest: blob },
    neighbourhood: {
      connected: new Set(members),
      membership: { counted: () => undefined, get: (peer: PeerId) => (peers.includes(peer) ? {} : undefined) },
      introduction: () => ({}),
      introduced: () => undefined,
    },
    members: () => members,
    onClaim: ({ id }: { id: ContributionId }) => heard.add(id),
  } as unknown as NewsParts
  const context = { clock, task, signal: new AbortController().signal } as unknown as SessionContext
  return { clock, asked, heard, news: new News(context, parts) }
}

describe('a peer that has not heard of contributions', () => {
  it('asks each member once for all that it lacks, and nobody when it lacks none', async () => {
    const { clock, asked, heard, news } = among((peer) => (members.includes(peer) ? all : []))
    heard.add(all[0]!.id)
    await clock.finish(news.hear(all), 1_000)
    expect(asked.map(({ peer }) => peer)).toEqual(members)
    const ids = all.slice(1).map(({ id }) => id)
    for (const { request } of asked) expect(request).toEqual({ want: 'contributions', task, ids })
    expect([...heard].sort()).toEqual(all.map(({ id }) => id).sort())
    await clock.finish(news.hear(all), 1_000)
    expect(asked).toHaveLength(members.length)
  })

  it('asks whoever made them, once, for what no member remembers', async () => {
    const remembered = made[0]![0]!
    const { clock, asked, heard, news } = among((peer) => [
      ...(members.includes(peer) ? [remembered] : []),
      ...all.filter((one) => one.peer === peer),
    ])
    await clock.finish(news.hear(all), 1_000)
    expect(heard.size).toBe(all.length)
    expect(asked.slice(members.length)).toEqual(
      made.map((ofOne) => ({
        peer: ofOne[0]!.peer,
        request: {
          want: 'contributions',
          task,
          ids: ofOne.filter((one) => one !== remembered).map(({ id }) => id),
        },
      })),
    )
  })

  it('asks nobody who is named as their maker and takes no part', async () => {
    const { clock, asked, news } = among(() => [])
    const { peerId: stranger } = createIdentity(new Uint8Array(32).fill(9))
    await clock.finish(news.hear([{ id: all[0]!.id, peer: stranger }]), 1_000)
    expect(asked.map(({ peer }) => peer)).toEqual(members)
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
