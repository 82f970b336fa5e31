/**
 * The proof that a commit is final: precommits of strictly more than two thirds of the committee's power for one value
 * in one round (CometBFT's `Commit`, without its nil votes: those prove nothing).
 * @module
 */
import type { Hash, PeerId, TaskId } from '../foundation/ids.ts'
import type { Committee } from './committee.ts'
import type { Verify, Vote } from './messages.ts'
import { type Fraction, neededExclusive, twoThirds } from './power.ts'
import type { Score } from './veto.ts'

export interface CertificateEntry {
  readonly member: PeerId
  readonly score: Score | null
  readonly signature: Uint8Array
}

export interface Certificate {
  readonly task: TaskId
  readonly height: number
  readonly round: number
  readonly value: Hash
  /** names the committee that signed; the body names it too, so that the signatures cover it */
  readonly committee: Hash
  /** ascending by member, each once */
  readonly entries: readonly CertificateEntry[]
}

export interface Commit {
  /** canonical bytes of the commit body */
  readonly body: Uint8Array
  readonly certificate: Certificate
}

/** @param precommits - for one value of one round, by members of the committee, each once */
export function createCertificate(committee: Committee, precommits: readonly Vote[]): Certificate {
  const [any] = precommits
  if (any === undefined || any.value === null) throw new RangeError('a certificate is made of precommits for a value')
  const { task, height, round, value } = any
  const entries = precommits
    .map(({ member, score, signature }) => ({ member, score, signature }))
    .sort((a, b) => (a.member < b.member ? -1 : 1))
  return { task, height, round, value, committee: committee.hash, entries }
}

/** The vote that an entry stands for. */
export function precommitOf(certificate: Certificate, entry: CertificateEntry): Vote {
  const { task, height, round, value } = certificate
  return { type: 'precommit', task, height, round, value, ...entry }
}

export type CertificateVerdict =
  | { readonly ok: true; readonly got: number }
  | { readonly ok: false; readonly fault: CertificateFault }

export type CertificateFault =
  | { readonly code: 'NOT_ENOUGH_POWER'; readonly got: number; readonly needed: number }
  | { readonly code: 'NOT_A_MEMBER'; readonly member: PeerId }
  | { readonly code: 'SIGNED_TWICE'; readonly member: PeerId }
  | { readonly code: 'BAD_SIGNATURE'; readonly member: PeerId }
  | { readonly code: 'OTHER_COMMITTEE'; readonly expected: Hash; readonly actual: Hash }

/**
 * Whether members of `committee` holding more than two thirds signed. Every entry must be right: a certificate with a
 * stranger, a repetition or a false signature in it is refused whole, so that it has one meaning.
 *
 * Cost: one signature check an entry.
 */
export function verifyCertificate(certificate: Certificate, committee: Committee, verify: Verify): CertificateVerdict {
  if (certificate.committee !== committee.hash) {
    return failed({ code: 'OTHER_COMMITTEE', expected: committee.hash, actual: certificate.committee })
  }
  const stranger = certificate.entries.find(({ member }) => !committee.indexOf.has(member))
  if (stranger !== undefined) return failed({ code: 'NOT_A_MEMBER', member: stranger.member })
  return verifySigners(certificate, committee, twoThirds, verify)
}

/**
 * Whether members of `committee` holding more than `fraction` of its power are among the signers. Signers that it does
 * not know are passed over (for a committee of the past, which is all that a skipping light client has).
 */
export function verifySigners(
  certificate: Certificate,
  committee: Committee,
  fraction: Fraction,
  verify: Verify,
): CertificateVerdict {
  const seen = new Set<PeerId>()
  let got = 0
  for (const { member } of certificate.entries) {
    if (seen.has(member)) return failed({ code: 'SIGNED_TWICE', member })
    seen.add(member)
    const index = committee.indexOf.get(member)
    if (index !== undefined) got += committee.members[index]!.power
  }
  const needed = neededExclusive(committee.total, fraction)
  // Counting is cheap and signatures are not: a certificate that cannot suffice costs no signature check.
  if (got <= needed) return failed({ code: 'NOT_ENOUGH_POWER', got, needed })
  for (const entry of certificate.entries) {
    if (!committee.indexOf.has(entry.member)) continue
    if (!verify(precommitOf(certificate, entry))) return failed({ code: 'BAD_SIGNATURE', member: entry.member })
  }
  return { ok: true, got }
}

function failed(fault: CertificateFault): CertificateVerdict {
  return { ok: false, fault }
}
