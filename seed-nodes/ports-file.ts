/** The seed's libp2p ports, chosen once and kept in `<dir>/ports.json`: who knew its addresses finds it there again. @module */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
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

async function freeTcpPort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}
