import { describe, expect, it } from 'vitest'
import type { WalRecord } from '../../peer-core/consensus/index.ts'
import { sha256, type TaskId, utf8ToBytes } from '../../peer-core/index.ts'
import { ConsensusLog } from '../../peer-core/peer/voting/log.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'

const task = sha256(utf8ToBytes('task')) as TaskId
const round = (height: number, to: number): WalRecord => ({ type: 'round', height, round: to, precommits: [] })
const open = (disk = createMemoryDisk()) => {
  const { records } = openMemoryStores(disk)
  return { disk, records, log: new ConsensusLog(records, task) }
}

describe('ConsensusLog', () => {
  it('gives what was written in the order of writing, also over several lives', async () => {
    const first = open()
    await first.log.append([round(9, 1), round(9, 2)])
    await first.log.append([round(10, 1)])
    const second = open(first.disk)
    expect(await second.log.read()).toEqual([round(9, 1), round(9, 2), round(10, 1)])
    await second.log.append([round(10, 2)])
    expect(await open(first.disk).log.read()).toEqual([round(9, 1), round(9, 2), round(10, 1), round(10, 2)])
  })

  it('keeps apart the logs of two tasks', async () => {
    const { records, log } = open()
    await log.append([round(1, 1)])
    expect(await new ConsensusLog(records, sha256(utf8ToBytes('another')) as TaskId).read()).toEqual([])
  })

  it('frees what lies below a height, and no more', async () => {
    const { log, disk } = open()
    for (const height of [1, 2, 10]) await log.append([round(height, 1)])
    await log.truncate(10)
    expect(await log.read()).toEqual([round(10, 1)])
    expect(disk.records.size).toBe(1)
  })

  it('refuses a log with a hole in it', async () => {
    const { log, disk } = open()
    for (const to of [1, 2, 3]) await log.append([round(1, to)])
    disk.records.set([...disk.records.keys()][1]!, Uint8Array.of(0x81, 0x41, 0x00))
    await expect(log.read()).rejects.toThrow('record')
  })
})
