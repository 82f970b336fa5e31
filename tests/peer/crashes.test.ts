/** kill -9 of a committee member between any two of its writes, before or after the one that was under way. */
import { describe, expect, it } from 'vitest'
import { decodeBody, decodeCommit, decodeMessage } from '../../peer-core/consensus/index.ts'
import { createIdentity, type Stores } from '../../peer-core/index.ts'
import { consensusTopic } from '../../peer-core/wire/index.ts'
import { commitsOf, createVillage, type Village } from './village.ts'

interface Crash {
  /** of the victim's log and ledger together, from 1 */
  readonly write: number
  readonly when: 'before' | 'after'
}

/** Stores of a process that ends at a write: nothing that it asks of them is ever answered again. */
function endingAt({ write, when }: Crash, end: () => void): (stores: Stores) => Stores {
  return (stores) => {
    let writes = 0
    let ended = false
    const never = new Promise<never>(() => undefined)
    const guarded = async <T>(counts: boolean, work: () => Promise<T>): Promise<T> => {
      if (ended) return never
      const last = counts && ++writes === write
      if (last) ended = true
      if (last && when === 'before') {
        end()
        return never
      }
      const result = await work()
      if (last) end()
      return last ? never : result
    }
    const records: Stores['records'] = {
      put: (key, bytes) => guarded(key.startsWith('wal/'), () => stores.records.put(key, bytes)),
      get: (key) => guarded(false, () => stores.records.get(key)),
      delete: (key) => guarded(false, () => stores.records.delete(key)),
      list: (prefix, limit) => guarded(false, () => stores.records.list(prefix, limit)),
    }
    const ledger = Object.create(stores.ledger) as Stores['ledger']
    ledger.append = (commit) => guarded(true, () => stores.ledger.append(commit))
    return { ...stores, records, ledger }
  }
}

/** Hears everything that members sign. @returns what any of them signed twice differently in one place */
async function watch(village: Village): Promise<() => string[]> {
  const network = village.mesh.join(createIdentity(new Uint8Array(32).fill(9)).peerId)
  await village.clock.finish(network.start(), 5_000)
  const signed = new Map<string, Set<string | null>>()
  network.gossip.subscribe(consensusTopic(village.task), {
    validate: () => 'accept',
    deliver(data) {
      const message = decodeMessage(data)
      if (message.type === 'status' || message.type === 'commit' || message.type === 'evidence') return
      const { member, type, height, round, value } = message
      const place = `${member}/${type}/${height}/${round}`
      signed.set(place, (signed.get(place) ?? new Set()).add(value))
    },
  })
  return () => [...signed].flatMap(([place, values]) => (values.size > 1 ? [place] : []))
}

const points = [1, 2, 3, 4, 5, 6, 7, 9].flatMap((write) => [
  { write, when: 'before' as const },
  { write, when: 'after' as const },
])

describe('a committee member', () => {
  it.each(points)('killed $when write $write goes on without contradicting itself', async (crash) => {
    let lives = 0
    let killed = false
    const village = await createVillage({
      // Every one of three is needed, so that nobody decides without who is away.
      seeds: 3,
      contributors: 2,
      msPerStep: 20,
      seed: `${crash.write}/${crash.when}`,
      seedStores: (stores) => {
        if (lives++ !== 2) return stores
        const end = () => {
          killed = true
          village.mesh.kill(village.seeds[2]!.identity.peerId)
        }
        return endingAt(crash, end)(stores)
      },
    })
    const contradictions = await watch(village)
    await village.clock.runUntil(() => killed, 60_000)
    await village.clock.advance(100)
    const returned = village.restart(village.seeds[2]!, { trains: false })
    const work = returned.peer.start().then(() => returned.peer.join(village.task))
    await village.clock.finish(work, 30_000)
    const head = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => returned.peer.snapshot().tasks[0]!.rounds.length >= head + 3, 120_000)

    expect(contradictions()).toEqual([])
    const chains = village.seeds.map(({ disk }) => disk.commits.get(village.task)!.map(({ hash }) => hash))
    const shortest = Math.min(...chains.map((chain) => chain.length))
    expect(new Set(chains.map((chain) => chain.slice(0, shortest).join())).size).toBe(1)
    const bodies = village.seeds[0]!.disk.commits.get(village.task)!.map(({ bytes }) =>
      decodeBody(decodeCommit(bytes).body),
    )
    expect(bodies.flatMap(({ evidence }) => evidence)).toEqual([])
  })
})

describe('a committee of one', () => {
  it.each(points.slice(0, 6))('killed $when write $write commits the round that it was in', async (crash) => {
    let killed = false
    const village = await createVillage({
      contributors: 2,
      msPerStep: 20,
      seedStores: endingAt(crash, () => {
        killed = true
        village.mesh.kill(village.seeds[0]!.identity.peerId)
      }),
    })
    await village.clock.runUntil(() => killed, 60_000)
    const returned = village.restart(village.seeds[0]!, { trains: false })
    const work = returned.peer.start().then(() => returned.peer.join(village.task))
    await village.clock.finish(work, 30_000)
    await village.clock.runUntil(() => returned.peer.snapshot().tasks[0]!.rounds.length >= crash.write + 2, 120_000)
    const { rounds } = returned.peer.snapshot().tasks[0]!
    expect(rounds.map(({ round }) => round)).toEqual(rounds.map((_, i) => i + 1))
  })
})
