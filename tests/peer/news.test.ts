import { describe, expect, it } from 'vitest'
import { createIdentity, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { News, type NewsParts } from '../../peer-core/peer/news.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

const members = [1, 2, 3].map((i) => createIdentity(new Uint8Array(32).fill(i)).peerId)
const ids = Array.from({ length: 160 }, (_, i) => sha256(utf8ToBytes(`contribution ${i}`)))

/** Members that know nothing, and take 100 ms to say so. */
function ignorantMembers() {
  const clock = createVirtualClock()
  const asked: PeerId[] = []
  const answer = { commits: [], claims: [], presences: [], contributors: 0 }
  const parts = {
    sync: {
      ask: (peer: PeerId) => {
        asked.push(peer)
        return new Promise((resolve) => clock.after(100, () => resolve(answer)))
      },
    },
    chain: { head: { round: 0, hash: ids[0] } },
    claims: { find: () => undefined, digest: ids[0] },
    neighbourhood: {
      connected: new Set(members),
      membership: { counted: () => undefined },
      introduction: () => ({}),
      introduced: () => undefined,
    },
    members: () => members,
  } as unknown as NewsParts
  const context = { clock, task: ids[0], signal: new AbortController().signal } as unknown as SessionContext
  return { clock, asked, news: new News(context, parts) }
}

describe('a peer that has not heard of many contributions', () => {
  it('asks each member once for all of them, and again a second later', async () => {
    const { clock, asked, news } = ignorantMembers()
    const askForAll = () => clock.finish(Promise.all(ids.map((id) => news.claim(id))), 1_000)
    expect(await askForAll()).toEqual(ids.map(() => undefined))
    expect(asked).toEqual(members)
    await askForAll()
    expect(asked).toHaveLength(members.length)
    await clock.advance(1_000)
    await askForAll()
    expect(asked).toHaveLength(2 * members.length)
  })
})

describe('a peer that hears again and again that another is further', () => {
  it('has one question to it under way', async () => {
    const { clock, asked, news } = ignorantMembers()
    await clock.finish(Promise.all(ids.map(() => news.ask(members[0]!))), 1_000)
    expect(asked).toHaveLength(1)
    await clock.finish(news.ask(members[0]!), 1_000)
    expect(asked).toHaveLength(2)
  })
})
