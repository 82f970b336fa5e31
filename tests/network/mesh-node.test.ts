import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import { tolerateAddressesWithoutIp } from '../../peer-core/network/mesh-node.ts'

const withoutIp = multiaddr('/webrtc/p2p/12D3KooWAeW2qfC5NBUzkfobZmfBeszzVA37sDU4UvVYBcmcuEVS/p2p-circuit')

interface Addresses {
  confirmObservedAddr(address: Multiaddr, options?: { type: 'transport' }): void
  removeObservedAddr(address: Multiaddr): void
}

describe('tolerateAddressesWithoutIp', () => {
  it('lets a relay come and go whose address has no IP, where libp2p throws', async () => {
    const node = await createLibp2p({
      start: false,
      addresses: { listen: [] },
      services: { addresses: (parts: { addressManager: Addresses }) => parts.addressManager },
    })
    const { addresses } = node.services
    expect(() => addresses.confirmObservedAddr(withoutIp, { type: 'transport' })).toThrow('was not an IPv4')
    expect(() => addresses.removeObservedAddr(withoutIp)).toThrow('was not an IPv4')
    tolerateAddressesWithoutIp(addresses)
    addresses.confirmObservedAddr(withoutIp, { type: 'transport' })
    addresses.removeObservedAddr(withoutIp)
  })
})
