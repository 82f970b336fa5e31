import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hash, sha256, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { type Clock, realClock, type Stores } from '../../peer-core/ports/index.ts'
import { openSurrealEngine, type SurrealEngine } from '../../seed-nodes/storage/surreal-engine.ts'
import { schema, tableNames } from '../../seed-nodes/storage/surreal-schema.ts'
import { openSurrealStores, surrealStoresOn } from '../../seed-nodes/storage/surreal-stores.ts'
import { describeStores } from './describe-compliance.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'zen-surreal-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

describe('the embedded engine', () => {
  let engine: SurrealEngine
  let deadlinesPass = false
  const clock: Clock = {
    now: realClock.now,
    after(ms, call) {
      if (!deadlinesPass) return realClock.after(ms, call)
      call()
      return () => {}
    },
  }
  beforeAll(async () => {
    await mkdir(join(root, 'shared'))
    engine = await openSurrealEngine({ path: join(root, 'shared', 'surreal'), clock })
    for (const statement of schema) await engine.run('open', statement)
  })
  afterAll(() => engine.close())

  async function emptied(): Promise<Stores> {
    for (const table of tableNames) await engine.run('empty', `DELETE ${table} RETURN NONE`)
    return { ...surrealStoresOn(engine, clock), close: async () => {} }
  }

  describeStores('surreal', emptied)

  it('keeps facts in fields that a person can query', async () => {
    const { ledger } = await emptied()
    for (const round of [1, 2, 3]) await ledger.append(commit(round))
    const found = await engine.run(
      'query',
      'SELECT VALUE round FROM commit WHERE contributors > 1 AND at > 1700000000001',
    )
    expect(found).toEqual([2, 3])
  })

  it('retries what conflicts, until all of many writers of one record are through', async () => {
    const { records } = await emptied()
    await Promise.all(Array.from({ length: 96 }, (_, i) => records.put('contended', Uint8Array.of(i))))
    expect(await records.list('', 10)).toHaveLength(1)
  })

  it('keeps a blob of several parts in order', async () => {
    const { blobs } = await emptied()
    const bytes = new Uint8Array(3 * 1024 * 1024).map((_, i) => (i * 31) >> 7)
    await blobs.put(sha256(bytes), bytes)
    expect(sha256((await blobs.get(sha256(bytes)))!)).toBe(sha256(bytes))
    expect(await engine.run('query', 'RETURN count(SELECT id FROM chunk)')).toBe(12)
    await blobs.delete(sha256(bytes))
    expect(await engine.run('query', 'RETURN count(SELECT id FROM chunk)')).toBe(0)
  })

  it('gives up a call at its deadline', async () => {
    const { ledger } = await emptied()
    deadlinesPass = true
    const outcome = ledger.head(task)
    deadlinesPass = false
    await expect(outcome).rejects.toMatchObject({
      fault: { code: 'UNAVAILABLE', operation: 'ledger.head', afterMs: 30_000 },
    })
    expect(await ledger.head(task)).toBeUndefined()
  })
})

describe('openSurrealStores', () => {
  it('refuses calls once it is closed, finishing those under way', async () => {
    const stores = await openSurrealStores({ dir: join(root, 'closed') })
    const underWay = Array.from({ length: 64 }, (_, i) => stores.records.put('contended', Uint8Array.of(i)))
    await Promise.all([stores.close(), stores.close()])
    await Promise.all(underWay)
    await expect(stores.records.get('key')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(stores.ledger.tasks()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(await readdir(join(root, 'closed'))).not.toContain('lock')
  })

  it('loses nothing that it acknowledged before kill -9, and takes over what the dead left', async () => {
    const dir = join(root, 'killed')
    const acknowledged = { commits: 0, blobs: new Set<Hash>(), records: 0 }
    for (const acknowledgements of [60, 90]) {
      const child = start('append', dir)
      let seen = 0
      child.on('message', (told: { commit?: number; blob?: Hash; record?: number }) => {
        seen++
        if (told.commit !== undefined) acknowledged.commits = told.commit
        if (told.blob !== undefined) acknowledged.blobs.add(told.blob)
        if (told.record !== undefined) acknowledged.records = told.record
        if (seen === acknowledgements) child.kill('SIGKILL')
      })
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')
      expect(await readdir(dir)).toContain('lock')
    }

    const stores = await openSurrealStores({ dir })
    const head = (await stores.ledger.head(task))?.round ?? 0
    expect(head).toBeGreaterThanOrEqual(acknowledged.commits)
    expect(acknowledged.commits).toBeGreaterThan(10)
    const chain = await stores.ledger.commits(task, 1, head + 10)
    expect(chain.map(({ round }) => round)).toEqual(Array.from({ length: head }, (_, i) => i + 1))
    expect(acknowledged.blobs.size).toBeGreaterThan(10)
    for (const hash of acknowledged.blobs) expect(sha256((await stores.blobs.get(hash))!)).toBe(hash)
    expect(Number((await stores.records.get('counter'))?.[0])).toBeGreaterThanOrEqual(acknowledged.records)
    await stores.close()
  })

  it('turns away from a directory that another process holds, and changes nothing in it', async () => {
    const dir = join(root, 'held')
    const child = start('hold', dir)
    try {
      await once(child, 'message')
      const before = await listing(dir)
      const refused = openSurrealStores({ dir })
      await expect(refused).rejects.toMatchObject({ fault: { code: 'LOCKED', path: dir, pid: child.pid } })
      await expect(refused).rejects.toThrow(`held by process ${child.pid}`)
      expect(await listing(dir)).toEqual(before)
      // Without the file that names the holder the engine's own lock still stands.
      await rm(join(dir, 'lock'))
      await expect(openSurrealStores({ dir })).rejects.toMatchObject({ fault: { code: 'LOCKED', path: dir } })
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  it('does not take an unrelated process for the holder because it has the same id', async () => {
    const dir = join(root, 'same-id')
    await mkdir(dir)
    await writeFile(join(dir, 'lock'), JSON.stringify({ pid: process.ppid, started: 'another boot/1' }))
    const stores = await openSurrealStores({ dir })
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8')).pid).toBe(process.pid)
    await stores.close()
  })

  it('refuses a newer format before it opens anything', async () => {
    const dir = join(root, 'newer')
    await mkdir(dir)
    await writeFile(join(dir, 'store.json'), '{"format":7}')
    const refused = openSurrealStores({ dir })
    await expect(refused).rejects.toMatchObject({ fault: { code: 'NEWER_FORMAT', path: dir, found: 7, supported: 1 } })
    await expect(refused).rejects.toThrow(/has format 7, this version knows up to 1: update/)
    expect(await readdir(dir)).toEqual(['store.json'])
  })

  it('says why a directory cannot be used', async () => {
    const file = join(root, 'a-file')
    await writeFile(file, '')
    await expect(openSurrealStores({ dir: file })).rejects.toMatchObject({ code: 'UNUSABLE' })
    await expect(openSurrealStores({ dir: join(file, 'below') })).rejects.toMatchObject({ code: 'UNUSABLE' })
    const torn = join(root, 'torn')
    await mkdir(torn)
    await writeFile(join(torn, 'store.json'), '{"for')
    await expect(openSurrealStores({ dir: torn })).rejects.toMatchObject({
      code: 'UNUSABLE',
      message: /not a store's mark/,
    })
    const broken = join(root, 'broken')
    await mkdir(broken)
    await writeFile(join(broken, 'surreal'), 'not a database')
    await expect(openSurrealStores({ dir: broken })).rejects.toMatchObject({ code: 'UNUSABLE' })
  })
})

const task = sha256(utf8ToBytes('task')) as TaskId

function commit(round: number) {
  const hash = sha256(utf8ToBytes(`commit ${round}`))
  const at = 1_700_000_000_000 + round
  return { task, round, hash, model: hash, contributors: round, rejected: 0, at, bytes: utf8ToBytes(`bytes ${round}`) }
}

function start(role: 'append' | 'hold', dir: string): ChildProcess {
  return fork(new URL('surreal-child.ts', import.meta.url), [role, dir], { execArgv: [] })
}

async function listing(dir: string): Promise<string[]> {
  return (await readdir(dir, { recursive: true })).sort()
}
