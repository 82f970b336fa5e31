/**
 * What a round tells about its peers. All of it is in the commit or signed by those it speaks of, so that everyone who has the commits
 * comes to the same state.
 *
 * There is no distance between updates in here, on purpose: to be far from the mean is what honest peers with unusual data do.
 * @module
 */
import { z } from 'zod'
import { blobIdSchema, limits, peerIdSchema, type RejectionReason, rejectionReasonSchema } from '../wire/index.ts'
import { ONE } from './fixed-point.ts'
import { WORST } from './scores.ts'

/** Millionths of the task's unit of loss that the work takes off (`scoreOf`); negative: it adds. */
export const scoreSchema = z
  .int()
  .min(-WORST * ONE)
  .max(WORST * ONE)

export const roundEvidenceSchema = z.strictObject({
  round: z.int().min(1).max(0x7fffffff),
  /** who votes on this commit: let in without more, for it answers for its votes, and there although it may never work */
  seated: z.array(peerIdSchema).max(limits.committeeMembers).default([]),
  /** admitted with this commit, already checked by `admission/` */
  admitted: z
    .array(z.strictObject({ peer: peerIdSchema, inviter: peerIdSchema.optional() }))
    .max(256)
    .default([]),
  /**
   * Work whose scoring is over, with what its scorers found; empty when nobody scored it. A commit carries the scores of the round before it,
   * so that no round waits for them.
   */
  accepted: z
    .array(
      z.strictObject({
        peer: peerIdSchema,
        scores: z.array(scoreSchema).max(31).default([]),
        /** what it handed in, by name: peers that hand in the same share what one of them would earn */
        delta: blobIdSchema.optional(),
        /** how many make a verdict, where that is fewer than the rules say: all that a small committee can give (`decisiveScores`) */
        enough: z.int().min(1).max(31).optional(),
      }),
    )
    .max(256),
  rejected: z
    .array(z.strictObject({ peer: peerIdSchema, reason: rejectionReasonSchema }))
    .max(256)
    .default([]),
  /** whose two signed votes for one round exclude each other */
  equivocated: z.array(peerIdSchema).max(21).default([]),
})
export type RoundEvidence = Readonly<z.input<typeof roundEvidenceSchema>>

/** For the standing of its work. */
export type Consequence = 'none' | 'harm' | 'fraud'

/** What a rejection says of the one who was rejected. A bad line is not fraud, and fraud is not a bad line. */
export const consequences: Readonly<Record<RejectionReason, Consequence>> = {
  unavailable: 'none',
  silent: 'none',
  // Said goodbye: a right of volunteers.
  left: 'none',
  malformed: 'none',
  // Any holder of the bytes may have sent others; only the announcement is signed by their author.
  'wrong-hash': 'none',
  // Signed by its author, and a lie or a defect whichever way.
  'wrong-size': 'fraud',
  // Late, most often: it trained from the commit before.
  'wrong-base': 'none',
  'non-finite': 'fraud',
  'norm-exceeded': 'harm',
  // On one member's data: those who have other data may find otherwise.
  harmful: 'none',
  // Left out by lot, for what others of their group are.
  'institution-share': 'none',
  'guest-share': 'none',
  'newcomer-share': 'none',
}
