/** The chains of commits in SurrealDB. @module */
import {
  type LedgerStore,
  type StoredCommit,
  type StoredEvaluation,
  type StoredTask,
  StoreError,
} from '../../peer-core/index.ts'
import type { SurrealEngine } from './surreal-engine.ts'

// Two rivals both write `commit:[task, round]` and `head:[task]`: the engine lets one through and has the other retried,
// which then finds the round taken.
const appendCommit = `{
  LET $stored = (SELECT VALUE hash FROM ONLY commit:[$commit.task, $commit.round]);
  LET $head = (SELECT VALUE round FROM ONLY head:[$commit.task]) ?? 0;
  IF $stored = NONE AND $commit.round = $head + 1 {
    CREATE commit:[$commit.task, $commit.round] CONTENT $commit RETURN NONE;
    UPSERT head:[$commit.task] CONTENT { task: $commit.task, round: $commit.round } RETURN NONE
  };
  RETURN { stored: $stored, head: $head }
}`
const saveTask = `{
  IF (SELECT VALUE task FROM ONLY task:[$task.task]) = NONE { CREATE task:[$task.task] CONTENT $task RETURN NONE }
}`

type CommitRow = Omit<StoredCommit, 'bytes'> & { readonly bytes: ArrayBuffer }

export function surrealLedger(engine: SurrealEngine): LedgerStore {
  return {
    async saveTask({ id, bytes }) {
      await engine.run('ledger.saveTask', saveTask, { task: { task: id, bytes } })
    },
    async tasks() {
      const rows = await engine.run<{ task: StoredTask['id']; bytes: ArrayBuffer }[]>(
        'ledger.tasks',
        'SELECT id, task, bytes FROM task ORDER BY id',
      )
      return rows.map(({ task, bytes }) => ({ id: task, bytes: new Uint8Array(bytes) }))
    },
    async append(commit) {
      const { task, round, hash, model, contributors, rejected, at, bytes } = commit
      const before = await engine.run<{ stored?: string; head: number }>('ledger.append', appendCommit, {
        commit: { task, round, hash, model, contributors, rejected, at, bytes: bytes.slice() },
      })
      if (before.stored === hash) return
      if (before.stored !== undefined) {
        throw new StoreError({ code: 'CONFLICT', round, stored: before.stored, offered: hash })
      }
      if (round !== before.head + 1) throw new StoreError({ code: 'GAP', expected: before.head + 1, actual: round })
    },
    async head(task) {
      const rows = await engine.run<CommitRow[]>(
        'ledger.head',
        'SELECT * OMIT id FROM commit:[$task, (SELECT VALUE round FROM ONLY head:[$task]) ?? 0]',
        { task },
      )
      return rows[0] && commitOf(rows[0])
    },
    async commits(task, from, limit) {
      const rows = await engine.run<CommitRow[]>(
        'ledger.commits',
        'SELECT * FROM commit:[$task, $from]..[$task, $to] ORDER BY id',
        { task, ...windowOf(from, limit) },
      )
      return rows.map(commitOf)
    },
    async saveEvaluation(row) {
      await engine.run(
        'ledger.saveEvaluation',
        'UPSERT evaluation:[$row.task, $row.round, $row.peer] CONTENT $row RETURN NONE',
        { row },
      )
    },
    async evaluations(task, from, limit) {
      const rows = await engine.run<StoredEvaluation[]>(
        'ledger.evaluations',
        'SELECT * FROM evaluation:[$task, $from]..[$task, $to] ORDER BY id',
        { task, ...windowOf(from, limit) },
      )
      return rows.map(({ task, round, peer, loss, accuracy, examples, auc, f1 }) => ({
        task,
        round,
        peer,
        loss,
        accuracy,
        examples,
        ...(auc === undefined ? {} : { auc }),
        ...(f1 === undefined ? {} : { f1 }),
      }))
    },
  }
}

/** Rounds from `from`, below `to`. */
function windowOf(from: number, limit: number): { from: number; to: number } {
  const start = Math.max(from, 1)
  return { from: start, to: start + limit }
}

function commitOf({ task, round, hash, model, contributors, rejected, at, bytes }: CommitRow): StoredCommit {
  return { task, round, hash, model, contributors, rejected, at, bytes: new Uint8Array(bytes) }
}
