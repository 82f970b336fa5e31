/**
 * Evidence on its way: held from when it is proven until a commit names it or it is too old to count.
 *
 * @see CometBFT spec, consensus/evidence.md (`MaxAgeNumBlocks`, "pending" and "committed")
 * @module
 */
import { sha256 } from '../foundation/hash.ts'
import type { Hash } from '../foundation/ids.ts'
import { encode } from './codec.ts'
import { accusedOf, type Evidence, heightOf, offenceKey } from './evidence.ts'

/** Names one piece of evidence in a commit body. */
export function evidenceHash(evidence: Evidence): Hash {
  return sha256(encode(evidence))
}

export interface EvidencePool {
  readonly pending: ReadonlyMap<Hash, Evidence>
  /** offences that a commit named, with its height, so that none counts twice */
  readonly committed: ReadonlyMap<string, number>
}

export const emptyPool: EvidencePool = { pending: new Map(), committed: new Map() }

/** Heights for which evidence counts and offences are remembered. */
export const maxEvidenceAge = 1000
/** Of one kind and member: what it did more often than that changes nothing. */
const maxPendingOfKind = 8

/** @param evidence - proven ({@link judge}) */
export function addEvidence(pool: EvidencePool, evidence: Evidence, height: number): EvidencePool {
  const key = offenceKey(evidence)
  if (heightOf(evidence) > height || height - heightOf(evidence) > maxEvidenceAge) return pool
  if (pool.committed.has(key)) return pool
  const member = accusedOf(evidence)
  const alike = [...pool.pending.values()].filter((other) => {
    return accusedOf(other) === member && other.type === evidence.type
  })
  if (alike.length >= maxPendingOfKind || alike.some((other) => offenceKey(other) === key)) return pool
  return { ...pool, pending: new Map(pool.pending).set(evidenceHash(evidence), evidence) }
}

/** A commit at `height` named this evidence: it counts now, and what grew too old is let go. */
export function commitEvidence(pool: EvidencePool, named: readonly Evidence[], height: number): EvidencePool {
  const committed = new Map([...pool.committed].filter(([, at]) => height - at <= maxEvidenceAge))
  for (const evidence of named) committed.set(offenceKey(evidence), height)
  const pending = new Map(
    [...pool.pending].filter(([, evidence]) => {
      return !committed.has(offenceKey(evidence)) && height - heightOf(evidence) <= maxEvidenceAge
    }),
  )
  return { pending, committed }
}
