/** What peers tell each other by gossip. SPEC.md says when each is sent and what makes it valid. @module */
import { z } from 'zod'
import { bytesSchema } from './codec.ts'
import { blobIdSchema, contributionIdSchema, hashSchema, peerIdSchema, taskIdSchema } from './ids.ts'
import { limits } from './limits.ts'

const round = z.int().min(0).max(0x7fffffff)
const time = z.int().min(0)
const finite = z.number().refine(Number.isFinite, 'expected a finite number')

/** What a peer is doing: *registered* (`joining`) is not *ready* is not *training*. */
export const statusSchema = z.enum(['joining', 'ready', 'training', 'paused', 'serving', 'leaving'])
export type PeerStatus = z.infer<typeof statusSchema>

/** "I am here": every few seconds, and when something changed. */
export const presenceSchema = z.strictObject({
  task: taskIdSchema,
  at: time,
  status: statusSchema,
  /** the last committed round it knows */
  round,
  role: z.enum(['seed', 'contributor']),
  /** of a member of the committee: how many contributors are connected to it */
  contributors: z.int().min(0).max(1_000_000).optional(),
  engine: z.string().max(32),
  /** the task's shard it trains on */
  shard: z.int().min(0).max(255).optional(),
  addresses: z.array(z.string().max(limits.addressCharacters)).max(limits.addresses),
})
export type Presence = z.infer<typeof presenceSchema>

/** What carries a peer: a browser or phone, a server, a data centre. Its own word; a task may let only some of them vote. */
export const tierSchema = z.enum(['edge', 'server', 'cloud'])
export type Tier = z.infer<typeof tierSchema>

/** "I trained": names the delta's bytes, which are pulled, never pushed. */
export const contributionSchema = z.strictObject({
  task: taskIdSchema,
  /** the round it is for: the base's round + 1 */
  round,
  peer: peerIdSchema,
  /** model it started from */
  base: blobIdSchema,
  /** A later one of the same peer and round replaces an earlier one. */
  sequence: z.int().min(0).max(0x7fffffff),
  delta: blobIdSchema,
  bytes: z.int().min(1),
  examples: z.int().min(1).max(0x7fffffff),
  steps: z.int().min(1).max(0x7fffffff),
  loss: finite,
  /** `edge` when absent */
  tier: tierSchema.optional(),
  at: time,
})
export type Contribution = z.infer<typeof contributionSchema>

/** Why a peer's work is not in a round. */
export const rejectionReasonSchema = z.enum([
  'unavailable', // announced, but its bytes could not be had in time
  'silent', // was training, and announced nothing by the deadline
  'left', // was training, and went away before it announced anything
  'malformed', // broke the exchange protocol
  'wrong-hash', // sent bytes that are not what it announced
  'wrong-size', // announced another number of bytes than the model has
  'wrong-base', // started from another model
  'non-finite', // NaN or infinite
  'norm-exceeded', // longer than the task allows
  'harmful', // made the proposer's held-out examples worse than the task lets a member bear
  'institution-share', // by lot: its institution has its share of the round
  'guest-share', // by lot: the guests of its inviter have theirs
  'newcomer-share', // by lot: the newcomers together have theirs
])
export type RejectionReason = z.infer<typeof rejectionReasonSchema>

/**
 * What a contribution and its bytes prove, to whoever looks: a body that gives such a reason names the contribution, and is
 * refused by members that find otherwise. The other reasons are what one member saw; they leave no mark on anyone's standing.
 */
export const provableReasons: ReadonlySet<RejectionReason> = new Set([
  'wrong-size',
  'wrong-base',
  'non-finite',
  'norm-exceeded',
])

export const acceptedSchema = z.strictObject({
  id: contributionIdSchema,
  peer: peerIdSchema,
  delta: blobIdSchema,
  examples: z.int().min(1),
  /** reputation in thousandths: 500 … 1000 */
  weight: z.int().min(1).max(1_000),
  /** as its peer says; `edge` when absent */
  tier: tierSchema.optional(),
})
export type Accepted = z.infer<typeof acceptedSchema>

export const rejectedSchema = z.strictObject({
  peer: peerIdSchema,
  reason: rejectionReasonSchema,
  /** the contribution that was refused, for reasons that anyone who fetches it can check */
  id: contributionIdSchema.optional(),
})
export type Rejected = z.infer<typeof rejectedSchema>

/** A commit and its certificate by gossip, as `consensus` encodes them. */
export const commitSchema = z.strictObject({ task: taskIdSchema, round, commit: bytesSchema(limits.commitBytes) })
export type CommitMessage = z.infer<typeof commitSchema>

/** How a committed model does on the sender's test examples. Told, not voted on: engines round differently. */
export const evaluationSchema = z.strictObject({
  task: taskIdSchema,
  round,
  model: blobIdSchema,
  loss: finite.min(0),
  accuracy: z.number().min(0).max(1),
  examples: z.int().min(1),
  /** of tasks of two classes: area under the ROC curve, and F1, of the second */
  auc: z.number().min(0).max(1).optional(),
  f1: z.number().min(0).max(1).optional(),
  /** labels of a class (row) by what was said of them (column), row-major */
  confusion: z
    .array(z.int().min(0))
    .max(1_024)
    .refine((counts) => Number.isInteger(Math.sqrt(counts.length)), 'expected a square')
    .optional(),
})
export type EvaluationMessage = z.infer<typeof evaluationSchema>

/**
 * What its sender found of each contribution to a round on held-out examples of its own (reputation/scores.ts). The commit after the
 * round's own carries it, whole.
 */
export const scoresSchema = z.strictObject({
  task: taskIdSchema,
  round,
  /** of that round */
  commit: hashSchema,
  /** one for each of the commit's contributions, in their order; `null` where it has none */
  scores: z.array(z.int().min(-100_000_000).max(100_000_000).nullable()).min(1).max(limits.contributionsPerRound),
})
export type ScoresMessage = z.infer<typeof scoresSchema>
