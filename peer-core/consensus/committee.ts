/**
 * The committee: who votes in an epoch, and with which power.
 *
 * Members are in ascending order of their peer ids, so that one committee has one encoding and one hash. A commit names
 * the hash of the committee that signed it and of the one that signs next, as a CometBFT header does with
 * `ValidatorsHash` and `NextValidatorsHash` (CometBFT spec, core/data_structures.md).
 * @module
 */
import * as cbor from '@ipld/dag-cbor'
import { z } from 'zod'
import { sha256 } from '../foundation/hash.ts'
import type { Hash, PeerId } from '../foundation/ids.ts'
import { ConsensusError } from './errors.ts'
import { maxTotalPower } from './power.ts'
import { peerIdSchema } from './schemas.ts'

/** Votes are counted in the bits of an integer, and all-to-all traffic grows with the square: 21 is the project's choice. */
export const maxCommitteeSize = 21

export interface Member {
  readonly peer: PeerId
  /** whole points, at least 1 */
  readonly power: number
}

export interface Committee {
  /** ascending by peer id */
  readonly members: readonly Member[]
  /** place of a peer in `members` */
  readonly indexOf: ReadonlyMap<PeerId, number>
  /** sum of powers */
  readonly total: number
  /** names exactly these members with these powers */
  readonly hash: Hash
}

/**
 * @param members - in any order
 * @throws {@link ConsensusError} `BAD_COMMITTEE`
 */
export function createCommittee(members: readonly Member[]): Committee {
  const sorted = [...members].sort((a, b) => (a.peer < b.peer ? -1 : a.peer > b.peer ? 1 : 0))
  const total = sorted.reduce((sum, member) => sum + member.power, 0)
  const reason = whyNot(sorted, total)
  if (reason !== undefined) throw new ConsensusError({ code: 'BAD_COMMITTEE', reason })
  return {
    members: sorted,
    indexOf: new Map(sorted.map((member, index) => [member.peer, index])),
    total,
    hash: sha256(encodeMembers(sorted)),
  }
}

function whyNot(sorted: readonly Member[], total: number): string | undefined {
  if (sorted.length === 0) return 'it is empty'
  if (sorted.length > maxCommitteeSize) return `${sorted.length} members, at most ${maxCommitteeSize}`
  if (!sorted.every(({ power }) => Number.isSafeInteger(power) && power > 0)) return 'a power is not a positive integer'
  if (total > maxTotalPower) return `total power ${total}, at most ${maxTotalPower}`
  if (sorted.some(({ peer }, index) => peer === sorted[index + 1]?.peer)) return 'a member stands in it twice'
  return undefined
}

/** Canonical bytes: dag-cbor of `[[peer, power], …]`. */
export function encodeCommittee(committee: Committee): Uint8Array {
  return encodeMembers(committee.members)
}

function encodeMembers(members: readonly Member[]): Uint8Array {
  return cbor.encode(members.map(({ peer, power }) => [peer, power]))
}

const committeeSchema = z
  .array(z.tuple([peerIdSchema, z.number().int().positive().max(maxTotalPower)]))
  .min(1)
  .max(maxCommitteeSize)

/** A peer id has 52 characters; the rest is power and framing. */
export const maxCommitteeBytes = maxCommitteeSize * 64 + 16

/** @throws {@link ConsensusError} `UNDECODABLE`, `BAD_COMMITTEE` */
export function decodeCommittee(bytes: Uint8Array): Committee {
  const refuse = (reason: string) => new ConsensusError({ code: 'UNDECODABLE', what: 'committee', reason })
  if (bytes.length > maxCommitteeBytes) throw refuse(`${bytes.length} bytes, at most ${maxCommitteeBytes}`)
  let members: Member[]
  try {
    members = committeeSchema.parse(cbor.decode(bytes)).map(([peer, power]) => ({ peer, power }))
  } catch {
    throw refuse('not a list of members')
  }
  const committee = createCommittee(members)
  // Only the canonical order and encoding, or one committee would have many names.
  if (committee.hash !== sha256(bytes)) throw refuse('not in canonical form')
  return committee
}
