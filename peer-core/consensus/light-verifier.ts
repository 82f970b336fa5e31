/**
 * Verifies a commit without having voted on it, from an earlier one that is trusted.
 *
 * Braithwaite et al., "A Tendermint Light Client", 2020 ({@link https://arxiv.org/abs/2010.07031 | arXiv:2010.07031}) and the CometBFT
 * spec (light-client/verification). A block next to the trusted one must be signed by the committee that the trusted one
 * names; a later one by more than a third of the *trusted* committee (so by an honest member of it, while it is within the
 * trusting period) and by more than two thirds of its own.
 *
 * Everything that a provider sends is checked; nothing here throws for it.
 * @module
 */
import type { Hash, TaskId } from '../foundation/ids.ts'
import { hour, second } from '../foundation/units.ts'
import { type Certificate, type CertificateFault, verifyCertificate, verifySigners } from './certificate.ts'
import { bodyHash, type CommitBody, decodeBody } from './commit-body.ts'
import type { Committee } from './committee.ts'
import { isEpochBorder } from './election.ts'
import type { Verify } from './messages.ts'
import { type Fraction, oneThird } from './power.ts'

/** The part of a commit body that a light client reads. */
export type Header = Pick<CommitBody, 'task' | 'height' | 'time' | 'parent' | 'committee' | 'nextCommittee'>

/** What a provider hands over for a height. */
export interface LightBlock {
  readonly body: Uint8Array
  readonly certificate: Certificate
  /** that signed; its hash stands in the body */
  readonly committee: Committee
}

/** A commit that is believed. */
export interface Trusted {
  readonly header: Header
  /** hash of the body */
  readonly value: Hash
  /** that signed it */
  readonly committee: Committee
}

export interface LightOptions {
  readonly task: TaskId
  readonly verify: Verify
  /** how long a committee answers for what it signed, ms; shorter than the time in which its standing is at stake */
  readonly trustingPeriod: number
  /** how far a commit's time may lie ahead of ours, ms */
  readonly clockDrift: number
  /** of the trusted committee that must have signed a later block; at least a third */
  readonly trustLevel: Fraction
  /** the task's; a committee changes at its borders only. `undefined`: not checked */
  readonly epochLength: number | undefined
  /** @throws when the bytes are no body */
  readonly readHeader: (body: Uint8Array) => Header
}

/** @param known - the task and how to check a signature; everything else has a default */
export function lightOptions(known: Pick<LightOptions, 'task' | 'verify'> & Partial<LightOptions>): LightOptions {
  const options = {
    trustingPeriod: 14 * 24 * hour,
    clockDrift: 10 * second,
    trustLevel: oneThird,
    epochLength: undefined,
    readHeader: decodeBody,
    ...known,
  }
  const { numerator, denominator } = options.trustLevel
  if (!(3 * numerator >= denominator && numerator <= denominator && denominator > 0)) {
    throw new RangeError(`a trust level lies between 1/3 and 1, not at ${numerator}/${denominator}`)
  }
  return options
}

export type LightFault =
  | { readonly code: 'UNREADABLE' }
  | { readonly code: 'WRONG_TASK'; readonly actual: TaskId }
  | { readonly code: 'BODY_MISMATCH' }
  | { readonly code: 'NOT_LATER'; readonly trusted: number; readonly actual: number }
  | { readonly code: 'TIME_NOT_AFTER'; readonly trusted: number; readonly actual: number }
  | { readonly code: 'FROM_THE_FUTURE'; readonly now: number; readonly actual: number }
  | { readonly code: 'EXPIRED'; readonly at: number; readonly now: number }
  /** the committee handed over is not the one that the body names */
  | { readonly code: 'OTHER_COMMITTEE_NAMED'; readonly expected: Hash; readonly actual: Hash }
  /** the body's committee is not the one that the trusted commit announced */
  | { readonly code: 'UNANNOUNCED_COMMITTEE'; readonly expected: Hash; readonly actual: Hash }
  | { readonly code: 'CHANGED_WITHIN_EPOCH'; readonly height: number }
  | { readonly code: 'WRONG_PARENT'; readonly expected: Hash; readonly actual: Hash }
  /** too few of the trusted committee signed: a block in between must be verified first */
  | { readonly code: 'NOT_ENOUGH_TRUST'; readonly got: number; readonly needed: number }
  | CertificateFault

export type LightVerdict =
  | { readonly ok: true; readonly trusted: Trusted }
  | { readonly ok: false; readonly fault: LightFault }

/** @param now - this client's clock, ms since 1970 */
export function verifyLight(trusted: Trusted, block: LightBlock, now: number, options: LightOptions): LightVerdict {
  const read = readBlock(block, options)
  if (!read.ok) return read
  const { header } = read.trusted
  const fault = placeFault(trusted, header, now, options) ?? linkFault(trusted, header)
  if (fault !== undefined) return { ok: false, fault }
  const verify = once(options.verify)
  if (header.height > trusted.header.height + 1) {
    const overlap = verifySigners(block.certificate, trusted.committee, options.trustLevel, verify)
    if (!overlap.ok) {
      const { fault: short } = overlap
      return { ok: false, fault: short.code === 'NOT_ENOUGH_POWER' ? { ...short, code: 'NOT_ENOUGH_TRUST' } : short }
    }
  }
  const signed = verifyCertificate(block.certificate, block.committee, verify)
  return signed.ok ? read : signed
}

/** Whether a block belongs together: body, certificate and committee. Says nothing about who signed it. */
export function readBlock({ body, certificate, committee }: LightBlock, options: LightOptions): LightVerdict {
  let header: Header
  try {
    header = options.readHeader(body)
  } catch {
    return refused({ code: 'UNREADABLE' })
  }
  if (header.task !== options.task || certificate.task !== options.task) {
    return refused({ code: 'WRONG_TASK', actual: header.task === options.task ? certificate.task : header.task })
  }
  const value = bodyHash(body)
  if (value !== certificate.value || header.height !== certificate.height) return refused({ code: 'BODY_MISMATCH' })
  if (header.committee !== committee.hash) {
    return refused({ code: 'OTHER_COMMITTEE_NAMED', expected: header.committee, actual: committee.hash })
  }
  const { epochLength } = options
  const changes = header.nextCommittee !== header.committee
  if (epochLength !== undefined && changes && !isEpochBorder(header.height, epochLength)) {
    return refused({ code: 'CHANGED_WITHIN_EPOCH', height: header.height })
  }
  return { ok: true, trusted: { header, value, committee } }
}

function placeFault(
  { header: old }: Trusted,
  header: Header,
  now: number,
  options: LightOptions,
): LightFault | undefined {
  if (old.time + options.trustingPeriod <= now) {
    return { code: 'EXPIRED', at: old.time + options.trustingPeriod, now }
  }
  if (header.height <= old.height) return { code: 'NOT_LATER', trusted: old.height, actual: header.height }
  if (header.time <= old.time) return { code: 'TIME_NOT_AFTER', trusted: old.time, actual: header.time }
  if (header.time >= now + options.clockDrift) return { code: 'FROM_THE_FUTURE', now, actual: header.time }
  return undefined
}

/** What binds neighbours; blocks further apart are bound by signatures alone. */
function linkFault({ header: old, value }: Trusted, header: Header): LightFault | undefined {
  if (header.height !== old.height + 1) return undefined
  if (header.parent !== value) return { code: 'WRONG_PARENT', expected: value, actual: header.parent }
  if (header.committee !== old.nextCommittee) {
    return { code: 'UNANNOUNCED_COMMITTEE', expected: old.nextCommittee, actual: header.committee }
  }
  return undefined
}

/** Old and new committee overlap, and a signature is checked once. */
function once(verify: Verify): Verify {
  const known = new Map<string, boolean>()
  return (statement) => {
    const before = known.get(statement.member)
    if (before !== undefined) return before
    const verdict = verify(statement)
    known.set(statement.member, verdict)
    return verdict
  }
}

function refused(fault: LightFault): LightVerdict {
  return { ok: false, fault }
}

/**
 * Trust in the beginning of a task: height 0, whose committee the task itself names.
 *
 * @param genesis - the parent of the first commit
 * @param created - the task's, ms since 1970
 */
export function trustGenesis(task: TaskId, genesis: Hash, committee: Committee, created: number): Trusted {
  const { hash } = committee
  const header = { task, height: 0, time: created, parent: genesis, committee: hash, nextCommittee: hash }
  return { header, value: genesis, committee }
}
