/**
 * Which peers of a memory mesh are in one part of it: connected, by however many hops. Disjoint sets (Tarjan, "Efficiency of
 * a good but not linear set union algorithm", J. ACM 22, 1975): a connection merges two; what was lost is found out by
 * making them anew when somebody asks.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import type { MemoryNode } from './node.ts'

export interface Parts {
  same(a: MemoryNode, b: MemoryNode): boolean
  /** The two are connected now. */
  joined(a: MemoryNode, b: MemoryNode): void
  /** Something that held them together may be gone. */
  lost(): void
}

export function createParts(
  nodes: ReadonlyMap<PeerId, MemoryNode>,
  passes: (from: PeerId, to: PeerId) => boolean,
): Parts {
  let isStale = false
  const parents = new Map<MemoryNode, MemoryNode>()

  const rootOf = (node: MemoryNode): MemoryNode => {
    let root = node
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up
    // The way is shorter next time.
    for (let at = node; at !== root; ) {
      const up = parents.get(at)!
      parents.set(at, root)
      at = up
    }
    return root
  }
  const merge = (a: MemoryNode, b: MemoryNode) => {
    const [one, other] = [rootOf(a), rootOf(b)]
    if (one !== other) parents.set(one, other)
  }
  const refresh = () => {
    isStale = false
    parents.clear()
    for (const node of nodes.values()) {
      for (const { remote } of node.connections.values()) if (passes(node.id, remote.id)) merge(node, remote)
    }
  }

  return {
    same(a, b) {
      if (isStale) refresh()
      return rootOf(a) === rootOf(b)
    },
    joined(a, b) {
      if (!isStale) merge(a, b)
    },
    lost() {
      isStale = true
    },
  }
}
