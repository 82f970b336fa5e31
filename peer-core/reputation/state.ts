/**
 * What is known of every peer: quality of work, and whether it ever signed two votes for one seat. What a peer does on a
 * line is the experience of whom it does it to (network/conduct.ts).
 *
 * The state is a plain value: it may be stored, hashed and sent as it is, and {@link reputationStateSchema} checks it on the way in.
 * @module
 */
import { z } from 'zod'
import { type Hash, type PeerId, sha256 } from '../foundation/index.ts'
import { encode, peerIdSchema } from '../wire/index.ts'
import { ONE } from './fixed-point.ts'
import { defaultRules, floorOf, type ReputationRules } from './rules.ts'

const millionths = z.int().min(0).max(ONE)
/** Some peers, by name. */
export type Named = Pick<ReadonlySet<PeerId>, 'has'>
const nobody: Named = new Set()
const round = z.int().min(0).max(0x7fffffff)

export const standingSchema = z.strictObject({
  /** of its work, by held-out scores: the only score that influence comes from */
  quality: millionths,
  /** what is remembered of harm: three for a harmful round, less one for every round without */
  harms: z.int().min(0).max(1_000_000),
  /** signed two votes for one seat of one round: never votes again */
  equivocated: z.boolean(),
  /** thousandths, frozen for the epoch */
  influence: z.int().min(500).max(1_000),
  /** first round that its work is taken in */
  from: round,
  /** its work is taken again from this round on; 0 when it never was suspended */
  suspendedUntil: round,
  /** last round that says anything of it */
  seen: round,
  /** the round since when it waits, or waited, for its turn as a newcomer (turns.ts) */
  waitsSince: round,
  /** works taken in the turn that it has; 0 while it waits for one */
  works: z.int().min(0).max(4_000_000),
  inviter: peerIdSchema.optional(),
  institution: z.string().min(1).max(64).optional(),
})
export type Standing = Readonly<z.infer<typeof standingSchema>>

export const reputationStateSchema = z.strictObject({
  v: z.literal(1),
  /** the last one whose evidence is in here */
  round,
  /** influence of whom nobody knows, in thousandths */
  floor: z.int().min(500).max(1_000),
  peers: z.record(peerIdSchema, standingSchema),
  /** invitations taken, by inviter: leaving gives none back */
  invited: z.record(peerIdSchema, z.int().min(0)),
  /** by name: seats ever taken, and the standing that its next peer starts with */
  institutions: z.record(z.string(), z.strictObject({ seats: z.int().min(0), start: millionths })),
})
export type ReputationState = Readonly<{
  v: 1
  round: number
  floor: number
  peers: Readonly<Record<PeerId, Standing>>
  invited: Readonly<Record<PeerId, number>>
  institutions: Readonly<Record<string, Readonly<{ seats: number; start: number }>>>
}>

/** Before the first round. */
export function initialReputation(rules: ReputationRules = defaultRules): ReputationState {
  return { v: 1, round: 0, floor: floorOf(rules), peers: {}, invited: {}, institutions: {} }
}

export function standingOf(state: ReputationState, peer: PeerId): Standing | undefined {
  return Object.hasOwn(state.peers, peer) ? state.peers[peer] : undefined
}

/** Whether it may score, vote if elected, and is no newcomer any more. */
export function isProven(standing: Standing | undefined, rules: ReputationRules): boolean {
  return standing !== undefined && standing.quality >= rules.provenAt
}

/**
 * Influence of a peer's work in the coming round, frozen for the epoch.
 * @returns thousandths, an integer in `[⌈1000/c⌉, 1000]`; the least for whom nobody knows
 */
export function weightOf(state: ReputationState, peer: PeerId): number {
  return standingOf(state, peer)?.influence ?? state.floor
}

/**
 * Whether the coming round takes this peer's work: it is admitted, has waited its entry, and is not suspended. Whom nobody knows may
 * only help to found a task.
 * @param admitted - whom the round's own commit lets in: they found a task whose admission is not free
 */
export function mayContribute(
  state: ReputationState,
  peer: PeerId,
  rules: ReputationRules,
  admitted: Named = nobody,
): boolean {
  const next = state.round + 1
  const standing = standingOf(state, peer)
  if (standing === undefined) {
    return next <= rules.foundingRounds && (rules.admission.kind === 'free' || admitted.has(peer))
  }
  return next >= standing.from && next >= standing.suspendedUntil
}

/** One name for one state: whoever folded the same evidence has the same root, and so the same weights. */
export function rootOf(state: ReputationState): Hash {
  return sha256(encode(state))
}

/** Influence that standing is worth: nothing above the floor up to `entry`, all of it at 1, a straight line between. */
export function influenceOf(quality: number, rules: ReputationRules): number {
  const floor = floorOf(rules)
  if (quality <= rules.entry) return floor
  return floor + Math.floor(((1_000 - floor) * (quality - rules.entry)) / (ONE - rules.entry))
}
