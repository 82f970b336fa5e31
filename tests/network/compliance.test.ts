import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { afterEach, describe, it } from 'vitest'
import { createIdentity, seededRandom } from '../../peer-core/foundation/index.ts'
import { createServerNetwork, type ListenPorts, tabRelayLimits } from '../../peer-core/network/index.ts'
import { type Network, realClock } from '../../peer-core/ports/index.ts'
import { createMemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { networkCases } from '../../peer-core/testing/network-compliance.ts'

const running: Network[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((network) => network.stop()))
})

function describeNetwork(name: string, adapter: () => () => Promise<Network>) {
  describe(name, () => {
    for (const { name: sentence, run } of networkCases) {
      it(sentence, { timeout: 40_000 }, async () => {
        const create = adapter()
        await run(async () => {
          const network = await create()
          running.push(network)
          return network
        })
      })
    }
  })
}

describeNetwork('createMemoryMesh', () => {
  const mesh = createMemoryMesh({ clock: realClock, random: seededRandom(1), latencyMs: 1, topology: 'none' })
  return async () => mesh.join(createIdentity().peerId)
})

function server(ports: ListenPorts) {
  return () =>
    createServerNetwork({
      secretSeed: createIdentity().secretSeed,
      transports: [tcp(), webSockets()],
      host: '127.0.0.1',
      ports,
      relay: tabRelayLimits,
      maxConnections: 50,
      followTopics: false,
      onFault: () => {},
    })
}

describeNetwork('libp2pNetwork over TCP', () => server({ tcp: 0 }))
describeNetwork('libp2pNetwork over WebSockets', () => server({ websocket: 0 }))
