import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bytesToHex, createIdentity, type PeerId } from '../../peer-core/foundation/index.ts'
import type { Libp2pNetwork } from '../../peer-core/network/index.ts'
import { createContributorNetwork } from '../../seed-nodes/network/index.ts'
import { portsOf, type RelayProcess, startRelayProcess } from '../relay/relay-process.ts'
import { openTabs, type Tab, type Tabs } from './tab/tabs.ts'

const secretOf = (byte: number) => bytesToHex(new Uint8Array(32).fill(byte))
const peerOf = (byte: number) => createIdentity(new Uint8Array(32).fill(byte)).peerId
const frames = 32
const frameBytes = 64 * 1024

/** Polls until `check` passes; whatever it waits for happens by itself, within the time that only a broken network needs. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 })

async function pathsTo(tab: Tab, peer: PeerId): Promise<string[]> {
  const connections = await tab.call('connections')
  return connections.filter((connection) => connection.peer === peer).map(({ path }) => path)
}

async function hears(speaker: Tab, listener: Tab, word: string): Promise<void> {
  await eventually(async () => {
    await speaker.call('publish', `${word} ${Math.random()}`)
    expect((await listener.call('heard')).some((text) => text.startsWith(word))).toBe(true)
  })
}

describe('createBrowserNetwork', () => {
  let tabs: Tabs
  let relay: RelayProcess
  let newcomer: Libp2pNetwork | undefined
  const relayId = peerOf(100)
  const [a, b, c] = [1, 2, 3].map(peerOf) as [PeerId, PeerId, PeerId]

  beforeAll(async () => {
    relay = await startRelayProcess(secretOf(100))
    tabs = await openTabs()
  }, 60_000)

  afterAll(async () => {
    await newcomer?.stop()
    await tabs?.close()
    await relay?.kill()
  })

  it('connects tabs directly, keeps them together without their relay, and returns to it', async () => {
    const websocket = relay.addresses.filter((address) => address.includes('/ws'))
    const [tabA, tabB, tabC] = [await tabs.open(), await tabs.open(), await tabs.open()]
    expect(await tabA.call('start', secretOf(1), websocket)).toBe(a)
    expect(await tabB.call('start', secretOf(2), websocket)).toBe(b)
    expect(await tabC.call('start', secretOf(3), websocket)).toBe(c)

    // Both are reachable through the relay, each at one address.
    for (const tab of [tabA, tabB]) {
      await eventually(async () => {
        const addresses = await tab.call('addresses')
        expect(addresses).toHaveLength(1)
        expect(addresses[0]).toMatch(new RegExp(`/ws/p2p/${relayId}/p2p-circuit/webrtc/p2p/`))
      })
    }

    await tabA.call('dial', b, await tabB.call('addresses'))
    await eventually(async () => {
      expect(await pathsTo(tabA, b)).toEqual(['webrtc'])
      expect(await pathsTo(tabB, a)).toEqual(['webrtc'])
    })
    const connection = (await tabA.call('connections')).find(({ peer }) => peer === b)
    expect(connection?.address).toMatch(/\/webrtc\//)

    // Bytes go from tab to tab, not through the relay.
    expect(await tabA.call('exchange', b, frames)).toEqual({ path: 'webrtc', returned: frames })
    for (const tab of [tabA, tabB]) {
      const traffic = await tab.call('traffic')
      expect(traffic.webrtc?.sent).toBeGreaterThan(frames * frameBytes)
      expect(traffic.webrtc?.received).toBeGreaterThan(frames * frameBytes)
      const otherwise = (traffic.websocket?.sent ?? 0) + (traffic.relayed?.sent ?? 0)
      expect(otherwise).toBeLessThan(frameBytes)
    }
    await hears(tabA, tabB, 'with the relay')

    // The third knows only the first.
    await tabC.call('dial', a, await tabA.call('addresses'))
    await eventually(async () => expect(await pathsTo(tabC, a)).toEqual(['webrtc']))

    await relay.kill()
    await eventually(async () => {
      expect(await pathsTo(tabA, relayId)).toEqual([])
      expect(await pathsTo(tabB, relayId)).toEqual([])
    })
    expect(await tabB.call('exchange', a, frames)).toEqual({ path: 'webrtc', returned: frames })
    await hears(tabA, tabB, 'without the relay')
    await hears(tabB, tabA, 'nor back')

    // The first introduces the other two to each other, for tabs relay too.
    const throughA = `/p2p/${a}/p2p-circuit/webrtc/p2p/${b}`
    await eventually(async () => expect(await tabB.call('addresses')).toEqual([throughA]))
    await tabC.call('dial', b, [throughA])
    await eventually(async () => expect(await pathsTo(tabC, b)).toEqual(['webrtc']))

    relay = await startRelayProcess(secretOf(100), portsOf(relay.addresses))
    for (const tab of [tabA, tabB]) {
      await eventually(async () => {
        expect(await pathsTo(tab, relayId)).toEqual(['websocket'])
        expect((await tab.call('addresses')).some((address) => address.includes(relayId))).toBe(true)
      })
    }

    // Somebody new, a process in Node, meets a tab through the relay that came back.
    newcomer = await createContributorNetwork({ secretSeed: new Uint8Array(32).fill(4), bootstrap: websocket })
    await newcomer.start()
    const addresses = (await tabA.call('addresses')).filter((address) => address.includes(relayId))
    await newcomer.dial(a, addresses, AbortSignal.timeout(20_000))
    await eventually(async () => {
      expect(
        newcomer
          ?.connections()
          .filter(({ peer }) => peer === a)
          .map(({ path }) => path),
      ).toEqual(['webrtc'])
    })

    // A tab that is closed says so: WebRTC alone would take 9 to 17 s to see it.
    await tabB.close()
    await vi.waitFor(async () => expect(await pathsTo(tabA, b)).toEqual([]), { timeout: 5_000, interval: 50 })
    expect(tabs.errors).toEqual([])
  }, 90_000)
})
