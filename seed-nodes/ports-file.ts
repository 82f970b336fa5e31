/**
 * The seed's libp2p ports, chosen once and kept in `<dir>/ports.json`: who knew its addresses finds it there again.
 *
 * They are chosen below the ports that systems give to outgoing connections (Linux from 32,768 on, others from 49,152 on,
 * RFC 6335 section 6). Measured: a port among those was taken by somebody's connection while the seed that it belonged to was
 * down, so that it could not come back.
 * @module
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import { UsageError } from './usage-error.ts'

const port = z.int().min(1).max(65_535)
const schema = z.strictObject({ websocket: port, tcp: port, webrtcDirect: port })
export type SeedPorts = z.infer<typeof schema>

/** @throws {@link UsageError} when the file is not ours */
export async function loadPorts(dir: string, host: string): Promise<SeedPorts> {
  const path = join(dir, 'ports.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text !== undefined) {
    try {
      return schema.parse(JSON.parse(text))
    } catch {
      throw new UsageError(`${path} names no ports: remove it to have new ones chosen`)
    }
  }
  const ports = {
    websocket: await freeTcpPort(host),
    tcp: await freeTcpPort(host),
    webrtcDirect: await freeUdpPort(host),
  }
  await mkdir(dir, { recursive: true })
  await writeFile(path, `${JSON.stringify(ports)}\n`)
  return ports
}

const lowest = 10_000
const beyond = 32_768
const mostTries = 100

/** @throws what the last attempt met, where a hundred ports were not to be had */
async function freePort(tryPort: (port: number) => Promise<void>): Promise<number> {
  for (let left = mostTries - 1; ; left--) {
    const port = randomInt(lowest, beyond)
    try {
      await tryPort(port)
      return port
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

const freeTcpPort = (host: string) =>
  freePort(async (port) => {
    const server = createServer().listen(port, host)
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  })

const freeUdpPort = (host: string) =>
  freePort(async (port) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.bind(port, host)
    await once(socket, 'listening')
    socket.close()
    await once(socket, 'close')
  })
