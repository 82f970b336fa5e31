import { describe, expect, it } from 'vitest'
import { utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { describeStores } from './describe-compliance.ts'

describeStores('memory', async () => openMemoryStores())

describe('openMemoryStores', () => {
  it('finds on a disk what earlier stores left', async () => {
    const disk = createMemoryDisk()
    const first = openMemoryStores(disk)
    await first.records.put('key', utf8ToBytes('value'))
    await first.close()
    expect(await openMemoryStores(disk).records.get('key')).toEqual(utf8ToBytes('value'))
  })

  it('refuses calls once it is closed, and closes twice', async () => {
    const stores = openMemoryStores()
    await stores.close()
    await stores.close()
    await expect(stores.records.get('key')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(stores.blobs.size()).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(stores.ledger.tasks()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
