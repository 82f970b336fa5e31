/** The page of a test's tab: a browser network that a test drives by name. @module */
import { createIdentity, hexToBytes, type PeerId } from '../../../peer-core/foundation/index.ts'
import type { FrameStream, Network } from '../../../peer-core/ports/index.ts'
import { createBrowserNetwork } from '../../../web/network/create-browser-network.ts'

const echo = '/zen-mesh/test-echo/1'
const frameBytes = 64 * 1024
let network: Network
const heard: string[] = []

export const tab = {
  async start(secret: string, seeds: string[]): Promise<PeerId> {
    network = await createBrowserNetwork({ identity: createIdentity(hexToBytes(secret)), seeds })
    network.streams.handle(echo, {
      maxFrameBytes: frameBytes,
      async serve(stream: FrameStream) {
        for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive())
          await stream.send(frame)
      },
    })
    network.gossip.subscribe(topic, {
      validate: () => 'accept',
      deliver: (data) => void heard.push(new TextDecoder().decode(data)),
    })
    await network.start()
    return network.self
  },
  addresses: () => network.addresses(),
  connections: () => network.connections(),
  traffic: () => network.traffic(),
  heard: () => heard,
  dial: (peer: PeerId, addresses: string[]) => network.dial(peer, addresses, AbortSignal.timeout(30_000)),
  publish: (text: string) => network.gossip.publish(topic, new TextEncoder().encode(text)),
  /** @returns how the frames went, and how many came back as they were */
  async exchange(peer: PeerId, count: number): Promise<{ path: string; returned: number }> {
    const stream = await network.streams.open(peer, echo, {
      signal: AbortSignal.timeout(20_000),
      maxFrameBytes: frameBytes,
    })
    let returned = 0
    for (let i = 0; i < count; i++) {
      await stream.send(new Uint8Array(frameBytes).fill(i))
      const frame = await stream.receive(AbortSignal.timeout(20_000))
      if (frame?.length === frameBytes && frame[0] === i && frame.at(-1) === i) returned++
    }
    await stream.close()
    return { path: stream.path, returned }
  },
}

const topic = `zen-mesh/1/${'ab'.repeat(32)}/control`

Object.assign(globalThis, { tab })
