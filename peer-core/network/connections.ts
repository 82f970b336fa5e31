/** libp2p's connections to a peer, by path. @module */
import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from '../foundation/index.ts'
import type { Path } from '../ports/index.ts'
import { comparePaths, pathOf } from './addresses.ts'
import type { MeshLibp2p } from './mesh-node.ts'

/** Open connections to `peer`, the best first. */
export function connectionsTo(node: MeshLibp2p, peer: PeerId): Connection[] {
  return node
    .getConnections(peerIdFromString(peer))
    .filter((connection) => connection.status === 'open')
    .sort((a, b) => comparePaths(pathOfConnection(a), pathOfConnection(b)))
}

export function pathOfConnection(connection: Connection): Path {
  return pathOf(connection.remoteAddr.toString()) ?? 'tcp'
}
