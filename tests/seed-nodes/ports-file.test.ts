import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPorts } from '../../seed-nodes/ports-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-ports-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('loadPorts', () => {
  it('chooses free ports that no outgoing connection is given, and keeps to them', async () => {
    const ports = await loadPorts(dir, '127.0.0.1')
    for (const port of Object.values(ports)) {
      expect(port).toBeGreaterThanOrEqual(10_000)
      expect(port).toBeLessThan(32_768)
    }
    const server = createServer().listen(ports.tcp, '127.0.0.1')
    await once(server, 'listening')
    // Also while somebody else has one of them: who starts the seed is told, and its addresses stay.
    expect(await loadPorts(dir, '127.0.0.1')).toEqual(ports)
    server.close()
  })

  it('says what to do with a file that is not ours', async () => {
    await writeFile(join(dir, 'ports.json'), '{"tcp":0}')
    await expect(loadPorts(dir, '127.0.0.1')).rejects.toThrow(/names no ports: remove it/)
  })

  it('fails where no port is to be had at all', async () => {
    await expect(loadPorts(dir, '192.0.2.1')).rejects.toThrow(/EADDRNOTAVAIL/)
  })
})
