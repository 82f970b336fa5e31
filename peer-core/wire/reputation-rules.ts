/**
 * The numbers of reputation that a task may state. Defaults are explained in `docs/reputation.md`.
 *
 * Units: standing, scores, shares and factors in millionths; influence in thousandths; time in rounds.
 * @module
 */
import { z } from 'zod'
import { peerIdSchema } from './ids.ts'

/** 1, in millionths */
const ONE = 1_000_000

const millionths = z.int().min(0).max(ONE)
const rounds = z.int().min(0).max(1_000_000)

export const institutionRulesSchema = z.strictObject({
  /** A key of the state of reputation, so none that objects have by themselves. */
  name: z
    .string()
    .min(1)
    .max(64)
    .refine((name) => !(name in {}), 'is a name that JavaScript has taken'),
  /** may invite for it */
  inviters: z.array(peerIdSchema).min(1).max(16),
  /** peers it may have in all, over the task's life */
  seats: z.int().min(1).max(10_000),
  /** most of a round's weight that its peers may hold together */
  share: millionths.default(ONE),
  /** standing that its peers start with, until one of them falls below it by harm */
  start: millionths.optional(),
})
export type InstitutionRules = z.infer<typeof institutionRulesSchema>

export const admissionRulesSchema = z.discriminatedUnion('kind', [
  /** anyone, for nothing: trusted networks and first steps */
  z.strictObject({ kind: z.literal('free') }),
  /** anyone, for `2^bits` hashes of work, expected, bound to a recent commit */
  z.strictObject({
    kind: z.literal('work'),
    /** leading zero bits of a sha-256 */
    bits: z.int().min(1).max(48).default(20),
    /** how many rounds ago the commit may be that the work is bound to */
    freshRounds: z.int().min(1).max(10_000).default(10),
  }),
  /** whom a consortium names, or whom those invite whom it lets invite */
  z.strictObject({
    kind: z.literal('invitation'),
    inviters: z.array(peerIdSchema).max(64).default([]),
    /** invitations of one inviter that are taken over the task's life */
    perInviter: z.int().min(1).max(10_000).default(10),
    /** most of a round's weight that the guests of one inviter may hold together */
    shareOfGuests: millionths.default(ONE),
  }),
])
export type AdmissionRules = z.infer<typeof admissionRulesSchema>

export const reputationRulesSchema = z
  .strictObject({
    /** c, in thousandths: the strongest influence over the weakest */
    ratio: z.int().min(1_000).max(2_000).default(2_000),
    /** influence changes at the end of an epoch only */
    epochRounds: z.int().min(1).max(10_000).default(5),
    /** standing of a newcomer; up to here influence is the least there is */
    entry: millionths.default(150_000),
    /** added for a round whose work was not found harmful */
    gain: millionths.default(20_000),
    /** work that changes less than this part of what usual work of the round changes, for better or worse, earns nothing */
    minimumEffect: millionths.default(10_000),
    /** added for accepted work that too few have scored */
    unscoredGain: millionths.default(0),
    /** what is kept of standing after work that does all the harm there is; to the power of all harm that is remembered where there is some */
    harmKeep: millionths.default(700_000),
    /** what is kept after proven fraud, which suspends at once */
    fraudKeep: millionths.default(100_000),
    /** a score this far below the round's reference is still no harm */
    harmTolerance: millionths.default(100_000),
    /** a score this far below it is all the harm there is; between, the loss is proportional */
    harmFull: millionths.default(200_000),
    /** part of the standing above entry that a round forgets */
    forgetting: millionths.default(5_000),
    /** standing below this suspends */
    suspendBelow: millionths.default(60_000),
    /** a suspended peer's work is not taken */
    suspensionRounds: rounds.default(3),
    /** from admission until the first work that is taken */
    entryRounds: rounds.default(3),
    /** until this round nobody waits: somebody has to begin */
    foundingRounds: rounds.default(1),
    /** without evidence for so long a peer is forgotten and needs a new admission */
    expireRounds: z.int().min(1).max(1_000_000).default(200),
    /** how many score a round, and how many scores a verdict takes at least */
    scorers: z.int().min(1).max(31).default(11),
    minimumScores: z.int().min(1).max(31).default(3),
    /** from here on a peer is proven: it may score, vote, and is not counted as a newcomer */
    provenAt: millionths.default(300_000),
    /** once so many proven peers are in a round, newcomers together get at most the declared Byzantine share of its weight */
    provenQuorum: z.int().min(1).max(256).default(4),
    admission: admissionRulesSchema.default({ kind: 'free' }),
    institutions: z.array(institutionRulesSchema).max(256).default([]),
  })
  .superRefine((rules, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message })
    if (rules.entryRounds < rules.suspensionRounds) {
      wrong('entryRounds is below suspensionRounds: to leave and come back would beat to wait')
    }
    if (rules.expireRounds <= rules.entryRounds) wrong('expireRounds must be above entryRounds')
    if (rules.suspendBelow > rules.entry) wrong('suspendBelow is above entry: every newcomer would be suspended')
    if (rules.provenAt < rules.entry) wrong('provenAt is below entry: every newcomer would be proven')
    if (rules.harmFull <= rules.harmTolerance) wrong('harmFull must be above harmTolerance')
    if (rules.admission.kind === 'invitation' && rules.admission.inviters.length + rules.institutions.length === 0) {
      wrong('admission by invitation, and nobody may invite: name inviters or institutions')
    }
    if (rules.minimumScores > rules.scorers) wrong('minimumScores is above scorers')
    const names = rules.institutions.map(({ name }) => name)
    if (new Set(names).size < names.length) wrong('two institutions have one name')
    const inviters = rules.institutions.flatMap((institution) => institution.inviters)
    if (new Set(inviters).size < inviters.length) wrong('one inviter speaks for two institutions')
  })
export type ReputationRules = z.infer<typeof reputationRulesSchema>
