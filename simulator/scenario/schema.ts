/**
 * A scenario: a whole network as data. Who takes part from where, on what devices, with what data; what goes wrong and
 * when; and what is promised all the same. Every field has a default, so that `{}` is ten devices at home.
 * @module
 */
import { z } from 'zod'
import { type AttackName, attacks } from '../../peer-core/aggregation/attacks/index.ts'
import { defaultPipeline, pipelineSchema } from '../../peer-core/aggregation/index.ts'
import { aggregationSchema, roundRulesSchema, trainingSchema } from '../../peer-core/wire/index.ts'
import { contradictionsIn } from './contradictions.ts'

const seconds = z.number().min(0).max(31_536_000)
const share = z.number().min(0).max(1)
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/)
  .describe('1 to 32 of a–z, 0–9 and -, a letter first')
const milliseconds = z.number().min(0).max(60_000)

export const tiers = ['edge', 'server', 'cloud'] as const
export type Tier = (typeof tiers)[number]

/** How a device is reached: an address of its own, a router that hole punching passes, one that it does not. */
export const natClasses = ['open', 'cone', 'symmetric'] as const
export type NatClass = (typeof natClasses)[number]

/** What liars do besides lying about what they learned. */
export const conducts = ['label-flip', 'silent', 'withhold'] as const
export type Conduct = AttackName | (typeof conducts)[number]
const conductNames = [...conducts, ...(Object.keys(attacks) as AttackName[])] as const

const networkSchema = z.strictObject({
  /** Places; a device is in one of them. */
  zones: z.array(name).min(1).max(64).default(['home']),
  /** One way between zones, in ms: row and column in the order of `zones`. One number: between all of them. */
  latencyMs: z.union([milliseconds, z.array(z.array(milliseconds).min(1).max(64)).min(1).max(64)]).default(20),
  /** Uniform on top; larger than the gaps between messages, it reorders them. */
  jitterMs: milliseconds.default(5),
  /** Of gossip copies; on streams each loss costs a retransmission. */
  lossRate: z.number().min(0).max(0.9).default(0),
  /** After how long a peer that says nothing is taken for gone. */
  deadAfterSeconds: seconds.default(10),
})

const arrivalSchema = z.discriminatedUnion('kind', [
  /** Whose stay is over comes again after half a mean stay to one and a half. */
  z.strictObject({ kind: z.literal('at-start'), withinSeconds: seconds.default(2) }),
  z.strictObject({ kind: z.literal('poisson'), perMinute: z.number().positive().max(1_000_000) }),
  /**
   * As many as this are here at a time, on average: as if it had begun long ago, then as many come as go. For that `count` must
   * leave some to come: `concurrent + 3 · √concurrent` at least.
   */
  z.strictObject({ kind: z.literal('steady'), concurrent: z.int().min(1).max(997_000) }),
])

const staySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('forever') }),
  z.strictObject({ kind: z.literal('exponential'), meanSeconds: seconds.min(1) }),
  /** Session lengths of peers are Weibull with a shape of 0.4 to 0.6 (Stutzbach, Rejaie, IMC 2006, §5.2). */
  z.strictObject({
    kind: z.literal('weibull'),
    meanSeconds: seconds.min(1),
    shape: z.number().min(0.3).max(5).default(0.5),
  }),
])
export type Stay = z.infer<typeof staySchema>

const crowdSchema = z.strictObject({
  name,
  count: z.int().min(1).max(1_000_000),
  tier: z.enum(tiers).default('edge'),
  /** A zone's name; `everywhere` deals the devices out to all zones in turn. */
  zone: name.default('everywhere'),
  /** Median of the devices, and the ratio between it and the 84th percentile: a log-normal. */
  msPerStep: z
    .strictObject({ median: z.number().positive().max(100_000), spread: z.number().min(1).max(20).default(1.5) })
    .optional(),
  uplinkKBps: z.number().positive().max(10_000_000).optional(),
  nat: z
    .strictObject({ open: share.default(0), cone: share.default(0), symmetric: share.default(0) })
    .refine(({ open, cone, symmetric }) => Math.abs(open + cone + symmetric - 1) < 1e-9, 'the shares must add up to 1')
    .optional(),
  arrive: arrivalSchema.default({ kind: 'at-start', withinSeconds: 2 }),
  stay: staySchema.default({ kind: 'forever' }),
  /** Of those who go, how many die without a word. */
  crashShare: share.default(0.5),
})
export type Crowd = z.infer<typeof crowdSchema>

const seedsSchema = z.strictObject({
  count: z.int().min(1).max(21).default(1),
  /** One zone's name, or `everywhere`. */
  zone: name.default('everywhere'),
})

const learningSchema = z.discriminatedUnion('kind', [
  /** A pull to a point that the labels set (see `closedFormTrainer`): no time, no data, exact. */
  z.strictObject({
    kind: z.literal('closed-form'),
    classes: z.int().min(2).max(64).default(10),
    examples: z.int().min(1).max(100_000).default(60),
    /** Units before the classes: makes models of about `classes · hidden` parameters. None: 5 · classes. */
    hidden: z.int().min(0).max(100_000).default(0),
  }),
  /** Real training of a small network on generated handwriting. */
  z.strictObject({
    kind: z.literal('handwriting'),
    examples: z.int().min(1).max(10_000).default(60),
    units: z.int().min(1).max(1_024).default(16),
  }),
])

const dataSchema = z.strictObject({
  learning: learningSchema.prefault({ kind: 'closed-form' }),
  /** `dirichlet`: each device's share of the classes is drawn from Dirichlet(alpha, …, alpha). */
  split: z.enum(['iid', 'dirichlet']).default('dirichlet'),
  alpha: z.number().min(0.01).max(1_000).default(1),
})

/** Whom a fault strikes: `seeds`, `seed-2`, a zone, a population, or `everyone`; of those who are here `share`, one at least. */
const target = name
const window = { atSeconds: seconds, forSeconds: seconds.optional() }

const faultSchema = z.discriminatedUnion('kind', [
  /** Nothing passes between those named and the rest; there must be a rest. */
  z.strictObject({ kind: z.literal('partition'), ...window, who: target, share: share.default(1) }),
  z.strictObject({
    kind: z.literal('leave'),
    atSeconds: seconds,
    who: target,
    share: share.default(1),
    /** Dies without a word, or says goodbye. */
    how: z.enum(['crash', 'goodbye']).default('crash'),
    /** One after another with so much time between; all at once without. */
    everySeconds: seconds.default(0),
    /** Comes back with what it had stored, unless its own stay is over meanwhile. Without, it never comes back. */
    returnAfterSeconds: seconds.optional(),
  }),
  /** Trains `factor` times as slowly; seeds do not train. */
  z.strictObject({
    kind: z.literal('slow'),
    ...window,
    who: target,
    share: share.default(1),
    factor: z.number().min(1).max(10_000),
  }),
  z.strictObject({
    kind: z.literal('degrade'),
    ...window,
    who: target,
    share: share.default(1),
    latencyMs: milliseconds.default(0),
    /** Of what the network, and the degraded device at the other end, let pass. */
    lossRate: z.number().min(0).max(0.9).default(0),
    uplinkKBps: z.number().positive().max(10_000_000).optional(),
  }),
])
export type FaultSpec = z.infer<typeof faultSchema>

const attackSchema = z.strictObject({
  attack: z.enum(conductNames),
  /** A population's name; all contributors when absent. */
  who: name.optional(),
  /** Of them, here or not, rounded to whole devices; above 0 it must be one at least. */
  share,
  fromSeconds: seconds.default(0),
  untilSeconds: seconds.optional(),
})
export type AttackSpec = z.infer<typeof attackSchema>

const promiseSchema = z.strictObject({
  /** At least so many commits by the end. */
  rounds: z.int().min(0).max(1_000_000).default(1),
  /** The last evaluation is at least this. */
  accuracy: share.optional(),
  /**
   * From a fault's start (its end, when it has one) until 95 % of those here have a later commit; while some are cut off,
   * until the next commit. The longest of all faults.
   */
  recoverySeconds: seconds.optional(),
  /** The longest wait for a commit, from the start to the end. */
  longestRoundSeconds: seconds.optional(),
  /** Of the peers that were here for the last two commits, those that had the first of them when the second came. */
  followedShare: share.optional(),
  /** Sent by a peer in a round, on average. */
  kilobytesPerPeerRound: z.number().positive().optional(),
  /** Of what honest peers delivered in time, at most this share is rejected. */
  honestRejected: share.optional(),
  /** Of what honest peers delivered in time, at most this share is left out for their group's share: an institution's, an inviter's, the newcomers'. */
  honestLeftOut: share.optional(),
})

export const scenarioSchema = z
  .strictObject({
    name: name.default('home'),
    description: z.string().max(2_000).default(''),
    untilSeconds: seconds.min(1).default(120),
    network: networkSchema.prefault({}),
    /** The committee: they keep, aggregate and vote. */
    seeds: seedsSchema.prefault({}),
    population: z
      .array(crowdSchema)
      .min(1)
      .max(32)
      .prefault([{ name: 'devices', count: 9 }]),
    data: dataSchema.prefault({}),
    task: z
      .strictObject({
        training: trainingSchema.prefault({ localSteps: 40, batchSize: 16, learningRate: 0.01, momentum: 0 }),
        round: roundRulesSchema.prefault({ deadlineMs: 15_000, fetchMs: 4_000 }),
        aggregation: aggregationSchema.extend({ pipeline: pipelineSchema.default([...defaultPipeline]) }).prefault({}),
      })
      .prefault({}),
    /** How many contributors train in a round, drawn anew after each commit; the others follow. Absent: all of them. */
    cohort: z.int().min(1).max(160).optional(),
    /**
     * Devices that run the whole protocol at one time. Of a larger population a sample runs it, and takes turns with
     * the rest, whose sessions and bytes are modelled.
     */
    fullPeers: z.int().min(1).max(20_000).default(10_000),
    attacks: z.array(attackSchema).max(16).default([]),
    faults: z.array(faultSchema).max(64).default([]),
    promise: promiseSchema.prefault({}),
    sampleSeconds: seconds.min(0.1).default(2),
  })
  .superRefine((scenario, context) => {
    for (const { path, message } of contradictionsIn(scenario)) context.addIssue({ code: 'custom', path, message })
  })
export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioInput = z.input<typeof scenarioSchema>
