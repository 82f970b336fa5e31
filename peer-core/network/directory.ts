/**
 * Records and providers in Kademlia (Maymounkov, Mazières 2002) as libp2p's kad-dht implements it. Content is found under the
 * CID of its raw bytes' sha-256.
 * @module
 */
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import type { Multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { hexToBytes, isPeerId, type PeerId, utf8ToBytes } from '../foundation/index.ts'
import { abortable, type Directory, type RecordRules } from '../ports/index.ts'
import { NetworkError } from './errors.ts'
import { namespaceOf } from './record-rules.ts'

/** multicodec table: `raw`, `sha2-256` */
const rawCode = 0x55
const sha256Code = 0x12

export interface DirectoryComponents {
  readonly dht: KadDHT
  readonly self: PeerId
  /** Remembers where a provider can be reached. */
  readonly learn: (peer: Libp2pPeerId, addresses: Multiaddr[]) => Promise<void>
  readonly isRunning: () => boolean
}

export interface Libp2pDirectory extends Directory {
  setRecordRules(namespace: string, rules: RecordRules): void
}

export function libp2pDirectory({ dht, self, learn, isRunning }: DirectoryComponents): Libp2pDirectory {
  const namespaces = new Map<string, RecordRules>()

  const rulesOf = (key: string): RecordRules => {
    const rules = namespaces.get(namespaceOf(key))
    if (rules === undefined) throw new NetworkError({ code: 'NO_RECORD_RULES', key })
    if (!isRunning()) throw new NetworkError({ code: 'NOT_RUNNING' })
    return rules
  }
  /** A query of the DHT may outlive its signal while it waits for its first peer. */
  const until = <T>(signal: AbortSignal, query: () => Promise<T>): Promise<T> => {
    if (!isRunning()) throw new NetworkError({ code: 'NOT_RUNNING' })
    return abortable(query(), signal)
  }

  return {
    setRecordRules(namespace, rules) {
      namespaces.set(namespace, rules)
      dht.validators[namespace] = async (key, record) => {
        const name = new TextDecoder().decode(key)
        if (!rules.validate(name, record)) throw new NetworkError({ code: 'RECORD_REFUSED', key: name })
      }
      dht.selectors[namespace] = (key, records) => rules.select(new TextDecoder().decode(key), records)
    },
    async put(key, record, signal) {
      if (!rulesOf(key).validate(key, record)) throw new NetworkError({ code: 'RECORD_REFUSED', key })
      await until(signal, async () => {
        for await (const _ of dht.put(utf8ToBytes(key), record, { signal })) signal.throwIfAborted()
      })
    },
    async get(key, signal) {
      rulesOf(key)
      return until(signal, async () => {
        let found: Uint8Array | undefined
        for await (const event of dht.get(utf8ToBytes(key), { signal })) {
          if (event.name === 'VALUE') found = event.value
        }
        return found
      })
    },
    async provide(hash, signal) {
      await until(signal, async () => {
        for await (const _ of dht.provide(cidOf(hash), { signal })) signal.throwIfAborted()
      })
    },
    async providers(hash, limit, signal) {
      const found = new Set<PeerId>()
      const search = async () => {
        for await (const event of dht.findProviders(cidOf(hash), { signal })) {
          if (event.name !== 'PROVIDER' && event.name !== 'PEER_RESPONSE') continue
          for (const { id, multiaddrs } of event.providers) {
            const peer = id.toString()
            if (peer === self || !isPeerId(peer) || found.has(peer)) continue
            if (multiaddrs.length > 0) await learn(id, multiaddrs)
            found.add(peer)
          }
          if (found.size >= limit) return
        }
      }
      try {
        await until(signal, search)
      } catch (error) {
        // What was found by the deadline is an answer.
        if (!signal.aborted || found.size === 0) throw error
      }
      return [...found].slice(0, limit)
    },
  }
}

function cidOf(hash: string): CID {
  return CID.createV1(rawCode, createDigest(sha256Code, hexToBytes(hash)))
}
