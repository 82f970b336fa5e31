/**
 * A process of its own for the tests: `append DIR` appends and acknowledges until it is killed, `hold DIR` holds the
 * directory.
 */
import { randomBytes } from 'node:crypto'
import { sha256, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { openSurrealStores } from '../../seed-nodes/storage/surreal-stores.ts'

const [role, dir] = process.argv.slice(2)
const stores = await openSurrealStores({ dir: dir! })
const tell = (what: unknown) => process.send?.(what)

if (role === 'hold') {
  setInterval(() => {}, 60_000)
  tell('held')
} else {
  await Promise.all([appendCommits(), putBlobs(), putRecords()])
}

async function appendCommits() {
  const task = sha256(utf8ToBytes('task')) as TaskId
  for (let round = ((await stores.ledger.head(task))?.round ?? 0) + 1; ; round++) {
    const hash = sha256(utf8ToBytes(`commit ${round}`))
    const bytes = new Uint8Array(2000).fill(round)
    await stores.ledger.append({ task, round, hash, model: hash, contributors: 1, rejected: 0, at: round, bytes })
    tell({ commit: round })
  }
}

async function putBlobs() {
  for (;;) {
    const bytes = new Uint8Array(randomBytes(64 * 1024))
    await stores.blobs.put(sha256(bytes), bytes)
    tell({ blob: sha256(bytes) })
  }
}

async function putRecords() {
  for (let i = (await stores.records.get('counter'))?.[0] ?? 1; i < 256; i++) {
    await stores.records.put('counter', Uint8Array.of(i))
    tell({ record: i })
  }
}
