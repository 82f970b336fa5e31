import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdentity } from '../../peer-core/foundation/index.ts'
import {
  advertised,
  dialOrder,
  pathOf,
  peerOf,
  relayOf,
  signallingOf,
  withoutNesting,
} from '../../peer-core/network/addresses.ts'

const [R, C, B, A] = [1, 2, 3, 4].map((byte) => createIdentity(new Uint8Array(32).fill(byte)).peerId)
const relay = `/ip4/203.0.113.7/tcp/443/wss/p2p/${R}`
const nested = `${relay}/p2p-circuit/webrtc/p2p/${C}/p2p-circuit/webrtc/p2p/${B}`

describe('pathOf', () => {
  it.each([
    ['/ip4/127.0.0.1/tcp/4001', 'tcp'],
    [`/ip6/::1/tcp/4001/p2p/${A}`, 'tcp'],
    [`/ip4/127.0.0.1/tcp/4001/ws/p2p/${A}`, 'websocket'],
    ['/dns4/seed.example.org/tcp/443/wss', 'websocket'],
    ['/dns4/seed.example.org/tcp/443/tls/ws', 'websocket'],
    [`/ip4/127.0.0.1/udp/9090/webrtc-direct/certhash/uEiAbc/p2p/${A}`, 'webrtc-direct'],
    [`/webrtc/p2p/${A}`, 'webrtc'],
    [`${relay}/p2p-circuit/webrtc/p2p/${B}`, 'webrtc'],
    [`${relay}/p2p-circuit/p2p/${B}`, 'relayed'],
    [nested, 'webrtc'],
    [`${relay}/p2p-circuit/webrtc/p2p/${C}/p2p-circuit/p2p/${B}`, 'relayed'],
    [`/memory/${A}/p2p/${A}`, 'memory'],
    ['/ip4/127.0.0.1/udp/4001/quic-v1', undefined],
    ['/unix/tmp/socket', undefined],
    ['', undefined],
  ])('tells how bytes travel over %s: %s', (address, path) => {
    expect(pathOf(address)).toBe(path)
  })
})

describe('peerOf, relayOf', () => {
  it('name both ends of a circuit', () => {
    expect([peerOf(nested), relayOf(nested)]).toEqual([B, C])
    expect([peerOf('/ip4/127.0.0.1/tcp/1'), relayOf(relay)]).toEqual([undefined, undefined])
    expect(peerOf('/ip4/127.0.0.1/tcp/1/p2p/QmNotOurs')).toBeUndefined()
  })
})

describe('withoutNesting, signallingOf', () => {
  it('leave of a chain of relays the last, and of a direct address its relayed one', () => {
    expect(withoutNesting(nested)).toBe(`/p2p/${C}/p2p-circuit/webrtc/p2p/${B}`)
    expect(withoutNesting(`/webrtc/p2p/${C}/p2p-circuit/p2p/${B}`)).toBe(`/p2p/${C}/p2p-circuit/p2p/${B}`)
    for (const plain of [relay, `${relay}/p2p-circuit/webrtc/p2p/${B}`]) expect(withoutNesting(plain)).toBe(plain)
    expect(signallingOf(withoutNesting(nested))).toBe(`/p2p/${C}/p2p-circuit/p2p/${B}`)
    expect(signallingOf(`${relay}/p2p-circuit/webrtc/p2p/${B}`)).toBe(`${relay}/p2p-circuit/p2p/${B}`)
  })
})

describe('dialOrder', () => {
  const tcp = `/ip4/192.0.2.1/tcp/1/p2p/${B}`
  const ws = `/ip4/192.0.2.1/tcp/2/ws/p2p/${B}`
  const webrtc = `${relay}/p2p-circuit/webrtc/p2p/${B}`
  const relayed = `${relay}/p2p-circuit/p2p/${B}`

  it('puts the best path first, whatever the order given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([tcp, ws, webrtc, relayed], { minLength: 1 }), (given) => {
        const order = dialOrder(B, given).map(({ address }) => address)
        expect(order).toEqual([tcp, ws, webrtc, relayed].filter((address) => given.includes(address)))
      }),
    )
  })

  it('leaves out addresses of others and of unknown transports, and names the peer where the address does not', () => {
    const given = [`/ip4/192.0.2.1/tcp/1/p2p/${A}`, '/ip4/192.0.2.1/udp/1/quic-v1', '/ip4/192.0.2.1/tcp/1', tcp]
    expect(dialOrder(B, given)).toEqual([{ address: tcp, path: 'tcp' }])
  })

  it('takes any text without a fault', () => {
    const almost = fc.array(
      fc.constantFrom('/ip4', '/127.0.0.1', '/tcp', '/1', '/ws', '/p2p', `/${B}`, '/p2p-circuit', '/x'),
    )
    const texts = fc.array(
      fc.oneof(
        fc.string(),
        almost.map((parts) => parts.join('')),
      ),
    )
    fc.assert(
      fc.property(texts, (given) => {
        for (const { address } of dialOrder(B, given)) multiaddr(address)
        for (const { address } of dialOrder(undefined, given)) multiaddr(address)
      }),
    )
  })
})

describe('advertised', () => {
  it('tells one address for each relay: over the transport that tabs can dial, and upgrading', () => {
    const heads = [`/ip4/192.0.2.1/tcp/1/p2p/${R}`, `/ip4/192.0.2.1/tcp/2/ws/p2p/${R}`]
    const listed = heads.flatMap((head) => [`${head}/p2p-circuit/p2p/${B}`, `${head}/p2p-circuit/webrtc/p2p/${B}`])
    expect(advertised([...listed, nested], true)).toEqual([
      `/ip4/192.0.2.1/tcp/2/ws/p2p/${R}/p2p-circuit/webrtc/p2p/${B}`,
      `/p2p/${C}/p2p-circuit/webrtc/p2p/${B}`,
    ])
    expect(advertised([`/webrtc/p2p/${C}/p2p-circuit/p2p/${B}`], true)).toEqual([
      `/p2p/${C}/p2p-circuit/webrtc/p2p/${B}`,
    ])
    expect(advertised(listed, false)).toEqual([`/ip4/192.0.2.1/tcp/2/ws/p2p/${R}/p2p-circuit/p2p/${B}`])
  })

  it('keeps what we listen at, once', () => {
    const own = `/ip4/192.0.2.1/tcp/1/p2p/${B}`
    expect(advertised([own, own], true)).toEqual([own])
  })
})
