/** What a member's write-ahead log must show on every {@link RecordStore}: a seed's, a browser's, a test's. @module */
import type { WalRecord } from '../consensus/index.ts'
import { sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import { ConsensusLog } from '../peer/voting/log.ts'
import type { RecordStore } from '../ports/index.ts'
import { type ComplianceCase, expectEqual } from './compliance.ts'

const task = sha256(utf8ToBytes('task')) as TaskId
const round = (height: number, to: number): WalRecord => ({ type: 'round', height, round: to, precommits: [] })

export const consensusLogCases: readonly ComplianceCase<RecordStore>[] = [
  {
    name: 'gives what was written in the order of writing, also over several lives and beyond nine entries',
    async run(create) {
      const records = await create()
      const written: WalRecord[] = []
      for (let life = 0; life < 3; life++) {
        const log = new ConsensusLog(records, task)
        expectEqual(await log.read(), written)
        for (let entry = 0; entry < 6; entry++) {
          const together = [round(9 + life, 2 * entry + 1), round(9 + life, 2 * entry + 2)]
          await log.append(together)
          written.push(...together)
        }
      }
      expectEqual(await new ConsensusLog(records, task).read(), written)
    },
  },
  {
    name: 'keeps apart the logs of two tasks',
    async run(create) {
      const records = await create()
      await new ConsensusLog(records, task).append([round(1, 1)])
      expectEqual(await new ConsensusLog(records, sha256(utf8ToBytes('another')) as TaskId).read(), [])
    },
  },
  {
    name: 'frees what lies below a height, and no more',
    async run(create) {
      const records = await create()
      const log = new ConsensusLog(records, task)
      for (const height of [1, 2, 10]) await log.append([round(height, 1)])
      await log.truncate(10)
      expectEqual(await log.read(), [round(10, 1)])
      expectEqual((await records.list('', 10)).length, 1)
    },
  },
]
