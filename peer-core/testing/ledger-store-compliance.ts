/** What every {@link LedgerStore} must show. @module */
import { createIdentity, type PeerId, seededRandom, sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import { type LedgerStore, type StoredCommit, type StoredEvaluation, StoreError } from '../ports/index.ts'
import { type ComplianceCase, expectEqual, expectFault } from './compliance.ts'

const task = named('task')
const otherTask = named('another task')
const alice = peer(1)
const bob = peer(2)

export const ledgerStoreCases: readonly ComplianceCase<LedgerStore>[] = [
  {
    name: 'keeps tasks as received, ascending by id, and the first of each',
    async run(create) {
      const ledger = await create()
      expectEqual(await ledger.tasks(), [])
      const ids = ['x', 'y', 'z'].map(named)
      for (const id of ids) await ledger.saveTask({ id, bytes: utf8ToBytes(`task ${id}`) })
      await ledger.saveTask({ id: ids[0]!, bytes: utf8ToBytes('changed') })
      expectEqual(
        await ledger.tasks(),
        ids.toSorted().map((id) => ({ id, bytes: utf8ToBytes(`task ${id}`) })),
      )
    },
  },
  {
    name: 'has no head before the first commit',
    async run(create) {
      const ledger = await create()
      expectEqual(await ledger.head(task), undefined)
      expectEqual(await ledger.commits(task, 1, 10), [])
    },
  },
  {
    name: 'appends round after round and gives them back whole',
    async run(create) {
      const ledger = await create()
      const chain = [1, 2, 3].map((round) => commit(round))
      for (const next of chain) {
        await ledger.append(next)
        expectEqual(await ledger.head(task), next)
      }
      expectEqual(await ledger.commits(task, 1, 100), chain)
    },
  },
  {
    name: 'gives any window of the chain',
    async run(create) {
      const ledger = await create()
      const chain = Array.from({ length: 12 }, (_, i) => commit(i + 1))
      for (const next of chain) await ledger.append(next)
      expectEqual(await ledger.commits(task, 2, 3), chain.slice(1, 4))
      expectEqual(await ledger.commits(task, 10, 100), chain.slice(9))
      expectEqual(await ledger.commits(task, 0, 2), chain.slice(0, 2))
      expectEqual(await ledger.commits(task, 13, 5), [])
      expectEqual(await ledger.commits(task, 1, 0), [])
    },
  },
  {
    name: 'takes the same commit again, at the head and below it, and changes nothing',
    async run(create) {
      const ledger = await create()
      await ledger.append(commit(1))
      await ledger.append(commit(2))
      await ledger.append({ ...commit(2), at: 9 })
      await ledger.append(commit(1))
      expectEqual(await ledger.commits(task, 1, 10), [commit(1), commit(2)])
    },
  },
  {
    name: 'refuses a gap and a first round that is not 1',
    async run(create) {
      const ledger = await create()
      await expectFault(ledger.append(commit(2)), { code: 'GAP', expected: 1, actual: 2 })
      await expectFault(ledger.append(commit(0)), { code: 'GAP', expected: 1, actual: 0 })
      await ledger.append(commit(1))
      await expectFault(ledger.append(commit(3)), { code: 'GAP', expected: 2, actual: 3 })
      expectEqual(await ledger.head(task), commit(1))
    },
  },
  {
    name: 'refuses another commit for a round that has one',
    async run(create) {
      const ledger = await create()
      for (const round of [1, 2]) await ledger.append(commit(round))
      for (const round of [1, 2]) {
        const rival = commit(round, 'rival')
        const fault = { code: 'CONFLICT', round, stored: commit(round).hash, offered: rival.hash } as const
        await expectFault(ledger.append(rival), fault)
      }
      expectEqual(await ledger.commits(task, 1, 10), [commit(1), commit(2)])
    },
  },
  {
    name: 'agrees with a plain list over a long random history',
    async run(create) {
      const ledger = await create()
      const model: StoredCommit[] = []
      const random = seededRandom('ledger')
      for (let i = 0; i < 80; i++) {
        const next = commit(random.integer(model.length + 3), random.integer(4) === 0 ? 'rival' : 'first')
        const stored = model[next.round - 1]
        if (stored === undefined && next.round === model.length + 1) {
          await ledger.append(next)
          model.push(next)
        } else if (stored === undefined) {
          await expectFault(ledger.append(next), { code: 'GAP', expected: model.length + 1, actual: next.round })
        } else if (stored.hash === next.hash) {
          await ledger.append(next)
        } else {
          const { round, hash: offered } = next
          await expectFault(ledger.append(next), { code: 'CONFLICT', round, stored: stored.hash, offered })
        }
      }
      expectEqual(await ledger.commits(task, 1, 100), model)
      expectEqual(await ledger.head(task), model.at(-1))
    },
  },
  {
    name: 'lets exactly one of many rivals at once have a round',
    async run(create) {
      const ledger = await create()
      const rivals = Array.from({ length: 8 }, (_, i) => commit(1, `rival ${i}`))
      const outcomes = await Promise.allSettled(rivals.map((rival) => ledger.append(rival)))
      const codes = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'stored' : outcome.reason instanceof StoreError && outcome.reason.code,
      )
      expectEqual(codes.toSorted(), [...Array(7).fill('CONFLICT'), 'stored'])
      expectEqual(await ledger.head(task), rivals[codes.indexOf('stored')])
    },
  },
  {
    name: 'takes the same commit many times at once',
    async run(create) {
      const ledger = await create()
      await Promise.all(Array.from({ length: 8 }, () => ledger.append(commit(1))))
      expectEqual(await ledger.commits(task, 1, 10), [commit(1)])
    },
  },
  {
    name: 'keeps the chains of two tasks apart',
    async run(create) {
      const ledger = await create()
      const other = { ...commit(1, 'other'), task: otherTask }
      await Promise.all([ledger.append(commit(1)), ledger.append(other)])
      await ledger.append(commit(2))
      expectEqual(await ledger.head(otherTask), other)
      expectEqual(await ledger.commits(task, 1, 10), [commit(1), commit(2)])
    },
  },
  {
    name: 'keeps the last evaluation of each round and peer, in order',
    async run(create) {
      const ledger = await create()
      expectEqual(await ledger.evaluations(task, 1, 10), [])
      const all = [evaluation(1, alice), evaluation(1, bob), evaluation(2, bob), evaluation(10, alice)]
      for (const one of all.toReversed()) await ledger.saveEvaluation(one)
      await ledger.saveEvaluation({ ...evaluation(1, alice), task: otherTask })
      const better = { ...evaluation(2, bob), loss: 0.01, accuracy: 1, auc: 1, f1: 0.5 }
      await ledger.saveEvaluation(better)
      const ordered = [...all.slice(0, 2), better, all[3]!].toSorted(
        (a, b) => a.round - b.round || (a.peer < b.peer ? -1 : 1),
      )
      expectEqual(await ledger.evaluations(task, 1, 100), ordered)
      expectEqual(await ledger.evaluations(task, 2, 8), [better])
      expectEqual(await ledger.evaluations(task, 2, 9), ordered.slice(2))
    },
  },
  {
    name: 'shares no memory with its callers',
    async run(create) {
      const ledger = await create()
      const given = commit(1)
      const append = ledger.append(given)
      given.bytes.fill(0)
      await append
      const head = await ledger.head(task)
      expectEqual(head, commit(1))
      head?.bytes.fill(0)
      expectEqual(await ledger.head(task), commit(1))
    },
  },
]

function commit(round: number, variant = 'first'): StoredCommit {
  return {
    task,
    round,
    hash: named(`commit ${round} ${variant}`),
    model: named(`model ${round} ${variant}`),
    contributors: 3 + round,
    rejected: round % 2,
    at: 1_700_000_000_000 + round,
    bytes: utf8ToBytes(`certificate ${round} ${variant}`),
  }
}

function evaluation(round: number, by: PeerId): StoredEvaluation {
  return { task, round, peer: by, loss: 1 / 3, accuracy: 0.875, examples: 10_000 }
}

function named(text: string): TaskId {
  return sha256(utf8ToBytes(text))
}

function peer(seed: number): PeerId {
  return createIdentity(new Uint8Array(32).fill(seed)).peerId
}
