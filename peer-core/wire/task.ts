/**
 * A task: what is trained, on what kind of data, by which rules. Data, never code: everything here is a number, a name
 * from a fixed list, or a content hash.
 * @module
 */
import { z } from 'zod'
import { dataSchema } from './data.ts'
import { blobIdSchema, peerIdSchema } from './ids.ts'
import { limits } from './limits.ts'
import { reputationRulesSchema } from './reputation-rules.ts'

const size = z.int().min(1).max(1_000_000)
/** `gelu` in the form with tanh (Hendrycks, Gimpel, arXiv:1606.08415, section 2). */
export const activationSchema = z.enum(['linear', 'relu', 'tanh', 'sigmoid', 'gelu'])
export type Activation = z.infer<typeof activationSchema>

const activation = activationSchema.default('linear')
const window = {
  kernel: z.int().min(1).max(31),
  stride: z.int().min(1).max(16).default(1),
  padding: z.enum(['valid', 'same']).default('valid'),
  activation,
}
const poolSize = z.int().min(1).max(16)
/** Of a recurrent layer: its state at every position, or the last only. */
const output = z.enum(['sequence', 'last']).default('sequence')

/** Layers that hold no others. Where a shape has several axes, the last one is that of the channels. */
const plainLayers = [
  /** On a vector, or on each position of a sequence. */
  z.strictObject({ kind: z.literal('dense'), units: size, activation }),
  z.strictObject({ kind: z.literal('conv2d'), filters: size, ...window }),
  /** Each channel by a filter of its own. */
  z.strictObject({ kind: z.literal('depthwise-conv2d'), ...window }),
  z.strictObject({ kind: z.literal('max-pool2d'), size: poolSize }),
  z.strictObject({ kind: z.literal('average-pool2d'), size: poolSize }),
  /** Mean of each channel over all positions. */
  z.strictObject({ kind: z.literal('global-average-pool') }),
  z.strictObject({ kind: z.literal('flatten') }),
  z.strictObject({ kind: z.literal('activation'), activation: activationSchema }),
  /** Each position by the mean and the variance of its channels (Ba, Kiros, Hinton, arXiv:1607.06450). */
  z.strictObject({ kind: z.literal('layer-norm') }),
  /**
   * Each example by the mean and the variance of each group of channels over all positions (Wu, He, arXiv:1803.08494). In the
   * place of batch norm, whose statistics are of one peer's batches: averaged over peers with different data they fit
   * none of them (Hsieh et al., arXiv:1910.00189, section 5), and a running mean is state that no gradient moves.
   */
  z.strictObject({ kind: z.literal('group-norm'), groups: z.int().min(1).max(65_536) }),
  /** While training, zeroes values with this probability and scales the others up. */
  z.strictObject({ kind: z.literal('dropout'), rate: z.number().min(0).lt(1) }),
  /** First in a model: token ids to vectors, to which a learned one for each position is added. */
  z.strictObject({
    kind: z.literal('embedding'),
    vocabulary: z.int().min(1).max(65_536),
    size,
    positions: z.boolean().default(true),
  }),
  /** Scaled dot-product attention of several heads, with its projections (Vaswani et al., arXiv:1706.03762, section 3.2). */
  z.strictObject({
    kind: z.literal('self-attention'),
    heads: z.int().min(1).max(256),
    /** a position sees only those before it */
    causal: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal('lstm'), units: size, output }),
  z.strictObject({ kind: z.literal('gru'), units: size, output }),
] as const
/** In the place of a list of types; what is wrong within a layer is said there. */
function unknownLayer({ code, input }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'invalid_union') return undefined
  const known = [...plainLayers.map(({ shape }) => shape.kind.value), 'residual'].join(', ')
  return `there is no layer ${JSON.stringify((input as { kind?: unknown }).kind)}; there are ${known}`
}

const plainLayerSchema = z.discriminatedUnion('kind', plainLayers, { error: unknownLayer })
export type PlainLayerSpec = z.infer<typeof plainLayerSchema>

export const layerSchema = z.discriminatedUnion(
  'kind',
  [
    ...plainLayers,
    /** `layers(x) + shortcut(x)`; without layers a shortcut gives x itself. */
    z.strictObject({
      kind: z.literal('residual'),
      layers: z.array(plainLayerSchema).min(1).max(64),
      shortcut: z.array(plainLayerSchema).max(64).default([]),
    }),
  ],
  { error: unknownLayer },
)
export type LayerSpec = z.infer<typeof layerSchema>

/** A chain of layers that ends in one logit a class; the loss is softmax cross-entropy. */
export const modelSchema = z.strictObject({
  /** of one example: `[height, width, channels]`, `[features]`, or `[tokens]` before an embedding */
  input: z.array(z.int().min(1).max(65_536)).min(1).max(3),
  layers: z.array(layerSchema).min(1).max(256),
})
export type ModelSpec = z.infer<typeof modelSchema>

export const trainingSchema = z.strictObject({
  /** H: optimiser steps between two commits (DiLoCo, arXiv:2311.08105) */
  localSteps: z.int().min(1).max(1_000_000).default(200),
  /** In their place: passes over the own examples (McMahan et al., arXiv:1602.05629, E). */
  localEpochs: z.int().min(1).max(1_000).optional(),
  batchSize: z.int().min(1).max(65_536).default(32),
  learningRate: z.number().positive().max(100).default(0.05),
  /** of SGD, and Adam's β₁ */
  momentum: z.number().min(0).max(0.9999).default(0.9),
  /** A contributor's momentum outlives its round, while it stays. Absent: it starts from zero in every round. */
  keepMomentum: z.boolean().optional(),
  /** `sgd` when absent */
  optimiser: z.enum(['sgd', 'adam']).optional(),
  /** decoupled: a step also takes `learningRate · weightDecay` of every weight (AdamW, arXiv:1711.05101) */
  weightDecay: z.number().min(0).max(10).optional(),
  /**
   * of the learning rate, over the steps of all rounds; constant when absent. A round counts as `localSteps` of them, also where
   * `localEpochs` makes more or fewer: it is the same for all peers, however many examples each has.
   */
  schedule: z
    .strictObject({
      /** rises evenly over as many steps */
      warmupSteps: z.int().min(0).max(1_000_000_000).default(0),
      /** falls to zero by a half cosine until this step, and stays; absent: it stays where it is (arXiv:1608.03983) */
      decaySteps: z.int().min(1).max(1_000_000_000).optional(),
    })
    .optional(),
  /** A step's gradient is scaled down to this Euclidean norm. */
  clipNorm: z.number().positive().optional(),
  /** μ: the gradient of `μ/2 · ‖w − w₀‖²` is added, `w₀` being the committed weights (FedProx, arXiv:1812.06127). */
  proximal: z.number().min(0).max(1_000).optional(),
})
export type TrainingSpec = z.infer<typeof trainingSchema>

export const roundRulesSchema = z.strictObject({
  /** From a commit until contributions to the next are no longer awaited. */
  deadlineMs: z.int().min(100).max(86_400_000).default(60_000),
  /** How long a holder may take to hand over a contribution once announced. */
  fetchMs: z.int().min(100).max(3_600_000).default(15_000),
  /** A round with fewer accepted contributions is not committed; its deadline starts anew. */
  minimumContributions: z.int().min(1).max(limits.contributionsPerRound).default(1),
})
export type RoundRules = z.infer<typeof roundRulesSchema>

export const aggregationSchema = z.strictObject({
  /** Steps of the pipeline by name, e.g. `["arc", "nnm", "trimmed-mean"]`; the aggregation room checks them. */
  pipeline: z
    .array(z.union([z.string().min(1).max(64), z.looseObject({ rule: z.string().min(1).max(64) })]))
    .min(1)
    .max(8),
  /** Share of the round's weight that liars may hold, `b / W`. */
  byzantineShare: z.number().min(0).lt(0.5).default(0.2),
  /** A delta above this Euclidean norm is refused. */
  maxNorm: z.number().positive().default(1_000),
  /** Of the outer step: `model ← model + outerLearningRate · aggregate`. */
  outerLearningRate: z.number().min(1e-6).max(10).default(1),
  /** μ: the outer step also takes μ times the last one along (heavy ball); 0 when absent. */
  outerMomentum: z.number().min(0).max(0.99).optional(),
})
export type AggregationSpec = z.infer<typeof aggregationSchema>

export const memberSchema = z.strictObject({ peer: peerIdSchema, power: z.int().min(1).max(1_000_000) })
export type CommitteeMember = z.infer<typeof memberSchema>

/** What a task may say of how it is decided; every field has its default. */
export const consensusRulesSchema = z.strictObject({
  /**
   * When a member may turn a valid result away: its own held-out examples are at least `minExamples` and fall by more than
   * `maxDrop` millionths of accuracy. Absent: results are not scored before they are voted on.
   */
  veto: z
    .strictObject({ maxDrop: z.int().min(0).max(1_000_000), minExamples: z.int().min(1).max(1_000_000_000) })
    .optional(),
  /**
   * Elects a committee anew for every epoch (consensus/election.ts); the task's own committee are its seeds. Absent: the task's own
   * committee votes for all of its life.
   */
  election: z
    .strictObject({
      size: z.int().min(1).max(limits.committeeMembers).default(limits.committeeMembers),
      /** percent of the power that the seeds hold at least, before the cap of 10 % for each of ten or more */
      seedShare: z.int().min(0).max(100).default(34),
      /** influence in thousandths below which nobody but a seed is elected */
      minPoints: z.int().min(1).max(1_000).default(1),
      /** whether browsers may be elected */
      browsers: z.boolean().default(false),
      /** rounds for which a committee stays */
      epochLength: z.int().min(2).max(100_000).default(20),
    })
    .optional(),
  /**
   * How long a commit vouches for the next ones, to whoever is no member: who was away longer needs a new link. So does everyone when
   * nothing was committed for so long, hence the minimum.
   */
  trustingDays: z.int().min(30).max(36_500).default(365),
})
export type ConsensusRules = z.infer<typeof consensusRulesSchema>

/** Votes are counted in whole points, at most this many in all. */
const mostPower = 1_000_000
const committeeSchema = z
  .array(memberSchema)
  .min(1)
  .max(limits.committeeMembers)
  .refine((members) => members.reduce((sum, { power }) => sum + power, 0) <= mostPower, 'more than 1,000,000 points')
  .refine((members) => new Set(members.map(({ peer }) => peer)).size === members.length, 'a member stands twice')

export const taskSchema = z.strictObject({
  v: z.literal(1),
  name: z.string().min(1).max(120),
  description: z.string().max(2_000).default(''),
  model: modelSchema,
  data: dataSchema,
  training: trainingSchema,
  round: roundRulesSchema,
  aggregation: aggregationSchema,
  committee: committeeSchema,
  consensus: consensusRulesSchema.optional(),
  /** How standing is earned and lost. Absent: by the defaults, and anyone may take part at once, for nothing. */
  reputation: reputationRulesSchema.optional(),
  /** Of the initial weights, and of what else is drawn alike by everyone. */
  seed: z.int().min(0).max(0xffffffff),
  /** Weights to start from, such as pretrained ones, as a committed model's; computed from the seed when absent. */
  initial: blobIdSchema.optional(),
  /** milliseconds since 1970 */
  created: z.int().min(0),
})
export type TaskSpec = z.infer<typeof taskSchema>
