import { describe, expect, it } from 'vitest'
import type { WalRecord } from '../../peer-core/consensus/index.ts'
import { sha256, type TaskId, utf8ToBytes } from '../../peer-core/index.ts'
import { ConsensusLog } from '../../peer-core/peer/voting/log.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'

const task = sha256(utf8ToBytes('task')) as TaskId
const round = (height: number, to: number): WalRecord => ({ type: 'round', height, round: to, precommits: [] })
// What it does on every store: peer-core/testing/consensus-log-compliance.ts.
describe('ConsensusLog', () => {
  it('refuses a log with a hole in it', async () => {
    const disk = createMemoryDisk()
    const log = new ConsensusLog(openMemoryStores(disk).records, task)
    for (const to of [1, 2, 3]) await log.append([round(1, to)])
    disk.records.set([...disk.records.keys()][1]!, Uint8Array.of(0x81, 0x41, 0x00))
    await expect(log.read()).rejects.toThrow('record')
  })
})
