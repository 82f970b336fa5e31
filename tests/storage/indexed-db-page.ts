/**
 * The compliance cases as a page runs them, and what the tests ask of it from outside.
 * @module
 */
import { realClock, type Stores, sha256, type TaskId, utf8ToBytes, ZenError } from '../../peer-core/index.ts'
import { ConsensusLog } from '../../peer-core/peer/voting/log.ts'
import { blobStoreCases } from '../../peer-core/testing/blob-store-compliance.ts'
import type { ComplianceCase } from '../../peer-core/testing/compliance.ts'
import { consensusLogCases } from '../../peer-core/testing/consensus-log-compliance.ts'
import { ledgerStoreCases } from '../../peer-core/testing/ledger-store-compliance.ts'
import { recordStoreCases } from '../../peer-core/testing/record-store-compliance.ts'
import { openIndexedDatabase } from '../../web/storage/indexed-database.ts'
import { openIndexedDbStores } from '../../web/storage/indexed-db-stores.ts'

export interface StoragePage {
  /** Runs one case on a database of its own. */
  runCase(port: 'blobs' | 'ledger' | 'records' | 'log', index: number): Promise<void>
  /** As a committee member in a tab does, which then just goes. */
  writeAhead(name: string, rounds: number): Promise<void>
  /** @returns rounds of the write-ahead log */
  readAhead(name: string): Promise<number[]>
  appendCommits(name: string, from: number, to: number): Promise<void>
  /** @returns rounds */
  readCommits(name: string): Promise<number[]>
  /** Rivals for round 1, from two connections as two tabs have them. @returns outcomes */
  race(name: string): Promise<string[]>
  /** Puts blobs until one is refused. @returns the fault and how many are still there to be read */
  fill(name: string): Promise<{ fault: unknown; stored: number; readable: number }>
  /** @returns the fault of opening a database that a newer version of the page has used */
  openNewer(name: string): Promise<unknown>
  /** @returns what calls say while, and after, a newer version of the page opens */
  giveWay(name: string): Promise<{ opened: boolean; fault: unknown }>
  /** @returns whether our own error came back, and how many records are there */
  failHalfway(name: string): Promise<{ isOurs: boolean; kept: number }>
  /** @returns how many of 16 writes under way were through when it closed, and the fault of a later call */
  useAfterClose(name: string): Promise<{ written: number; fault: unknown }>
}

const page: StoragePage = {
  async failHalfway(name) {
    const db = await openIndexedDatabase({ name, clock: realClock })
    const failure = new Error('halfway')
    const outcome = db.write('test', ['records'], async (tx) => {
      await tx.objectStore('records').put(Uint8Array.of(1), 'key')
      throw failure
    })
    const isOurs = await outcome.then(
      () => false,
      (error: unknown) => error === failure,
    )
    const kept = await db.read('test', ['records'], (tx) => tx.objectStore('records').count())
    await db.close()
    return { isOurs, kept }
  },
  async runCase(port, index) {
    const opened: Stores[] = []
    const create = async () => {
      const stores = await openIndexedDbStores({ name: `${port}-${index}-${opened.length}` })
      opened.push(stores)
      return stores
    }
    try {
      if (port === 'blobs') await caseAt(blobStoreCases, index).run(async () => (await create()).blobs)
      else if (port === 'ledger') await caseAt(ledgerStoreCases, index).run(async () => (await create()).ledger)
      else
        await caseAt(port === 'log' ? consensusLogCases : recordStoreCases, index).run(
          async () => (await create()).records,
        )
    } finally {
      for (const stores of opened) await stores.close()
    }
  },
  async appendCommits(name, from, to) {
    const stores = await openIndexedDbStores({ name })
    for (let round = from; round <= to; round++) await stores.ledger.append(commit(round))
    // Not closed: a tab just goes.
  },
  async writeAhead(name, rounds) {
    const { records } = await openIndexedDbStores({ name })
    const log = new ConsensusLog(records, task)
    for (let round = 1; round <= rounds; round++) {
      await log.append([{ type: 'round', height: 1, round, precommits: [] }])
    }
  },
  async readAhead(name) {
    const stores = await openIndexedDbStores({ name })
    const records = await new ConsensusLog(stores.records, task).read()
    await stores.close()
    return records.flatMap((record) => (record.type === 'round' ? [record.round] : []))
  },
  async readCommits(name) {
    const stores = await openIndexedDbStores({ name })
    const rounds = (await stores.ledger.commits(task, 1, 100)).map(({ round }) => round)
    await stores.close()
    return rounds
  },
  async race(name) {
    const tabs = await Promise.all([openIndexedDbStores({ name }), openIndexedDbStores({ name })])
    const outcomes = await Promise.allSettled(tabs.map(({ ledger }, i) => ledger.append(commit(1, `rival ${i}`))))
    for (const stores of tabs) await stores.close()
    return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'stored' : codeOf(outcome.reason)))
  },
  async fill(name) {
    const stores = await openIndexedDbStores({ name })
    const hashes = []
    try {
      for (let i = 0; i < 1_000; i++) {
        const bytes = crypto.getRandomValues(new Uint8Array(64 * 1024))
        await stores.blobs.put(sha256(bytes), bytes)
        hashes.push(sha256(bytes))
      }
      return { fault: 'never refused', stored: hashes.length, readable: 0 }
    } catch (error) {
      let readable = 0
      for (const hash of hashes) if (sha256((await stores.blobs.get(hash))!) === hash) readable++
      return { fault: faultOf(error), stored: hashes.length, readable }
    } finally {
      await stores.close()
    }
  },
  async openNewer(name) {
    const newer = await openRaw(name, 9)
    newer.close()
    return openIndexedDbStores({ name }).then(() => 'opened', faultOf)
  },
  async giveWay(name) {
    const stores = await openIndexedDbStores({ name })
    await stores.records.put('key', Uint8Array.of(1))
    const newer = await openRaw(name, 9)
    const fault = await stores.records.get('key').then(() => 'answered', faultOf)
    newer.close()
    return { opened: true, fault }
  },
  async useAfterClose(name) {
    const stores = await openIndexedDbStores({ name })
    const underWay = Array.from({ length: 16 }, (_, i) => stores.records.put(`key/${i}`, Uint8Array.of(i)))
    let written = 0
    for (const write of underWay) write.then(() => written++)
    await Promise.all([stores.close(), stores.close()])
    return { written, fault: await stores.records.get('key').then(() => 'answered', faultOf) }
  },
}

Object.assign(globalThis, { storagePage: page })

const task = sha256(utf8ToBytes('task')) as TaskId

function commit(round: number, variant = '') {
  const hash = sha256(utf8ToBytes(`commit ${round} ${variant}`))
  return { task, round, hash, model: hash, contributors: 1, rejected: 0, at: round, bytes: utf8ToBytes('bytes') }
}

function caseAt<T>(cases: readonly ComplianceCase<T>[], index: number): ComplianceCase<T> {
  const found = cases[index]
  if (found === undefined) throw new RangeError(`no case ${index}`)
  return found
}

function openRaw(name: string, version: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function faultOf(error: unknown): unknown {
  return error instanceof ZenError ? error.fault : String(error)
}

function codeOf(error: unknown): string {
  return error instanceof ZenError ? error.code : String(error)
}
