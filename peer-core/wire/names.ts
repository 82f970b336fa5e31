/** Every protocol id and topic. The task's id stands in its topic's name, so that two tasks never share a message. @module */
import type { TaskId } from '../foundation/index.ts'

export const protocols = {
  /** pulls chunks: frames of `exchange` in SPEC.md */
  exchange: '/zen-mesh/exchange/1',
  /** asks for tasks, commits and contributions: frames of `sync` in SPEC.md */
  sync: '/zen-mesh/sync/3',
  /** what one committee member lacks, from another (consensus/SPEC.md) */
  consensus: '/zen-mesh/consensus/1',
  /** one byte: alive, goodbye, are you there? (network/link.ts) */
  link: '/zen-mesh/link/1',
  /** Kademlia */
  dht: '/zen-mesh/kad/1',
} as const

export function controlTopic(task: TaskId): string {
  return `zen-mesh/1/${task}/control`
}

/** Of the committee alone: what is voted on and the votes. */
export function consensusTopic(task: TaskId): string {
  return `zen-mesh/1/${task}/consensus`
}

export const directoryKeys = {
  task: (id: TaskId) => `/zen-task/${id}`,
} as const
