/**
 * A task: what is trained, on what kind of data, by which rules. Data, never code: everything here is a number, a name
 * from a fixed list, or a content hash.
 * @module
 */
import { z } from 'zod'
import { dataSchema } from './data.ts'
import { peerIdSchema } from './ids.ts'
import { limits } from './limits.ts'

const size = z.int().min(1).max(1_000_000)
export const activationSchema = z.enum(['linear', 'relu', 'tanh', 'sigmoid'])

export const layerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: size, activation: activationSchema.default('linear') }),
  z.strictObject({
    kind: z.literal('conv2d'),
    filters: size,
    kernel: z.int().min(1).max(31),
    stride: z.int().min(1).max(16).default(1),
    padding: z.enum(['valid', 'same']).default('valid'),
    activation: activationSchema.default('linear'),
  }),
  z.strictObject({ kind: z.literal('max-pool2d'), size: z.int().min(1).max(16) }),
  z.strictObject({ kind: z.literal('flatten') }),
])
export type LayerSpec = z.infer<typeof layerSchema>

/** A chain of layers that ends in one logit a class; the loss is softmax cross-entropy. */
export const modelSchema = z.strictObject({
  /** of one example: `[height, width, channels]` or `[features]` */
  input: z.array(z.int().min(1).max(65_536)).min(1).max(3),
  layers: z.array(layerSchema).min(1).max(256),
})
export type ModelSpec = z.infer<typeof modelSchema>

export const trainingSchema = z.strictObject({
  /** H: optimiser steps between two commits (DiLoCo, arXiv:2311.08105) */
  localSteps: z.int().min(1).max(1_000_000).default(200),
  batchSize: z.int().min(1).max(65_536).default(32),
  learningRate: z.number().positive().max(100).default(0.05),
  /** of SGD, reset every round */
  momentum: z.number().min(0).max(0.9999).default(0.9),
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
  outerLearningRate: z.number().positive().max(10).default(1),
})
export type AggregationSpec = z.infer<typeof aggregationSchema>

export const memberSchema = z.strictObject({ peer: peerIdSchema, power: z.int().min(1).max(1_000_000) })
export type CommitteeMember = z.infer<typeof memberSchema>

export const taskSchema = z.strictObject({
  v: z.literal(1),
  name: z.string().min(1).max(120),
  description: z.string().max(2_000).default(''),
  model: modelSchema,
  data: dataSchema,
  training: trainingSchema,
  round: roundRulesSchema,
  aggregation: aggregationSchema,
  committee: z.array(memberSchema).min(1).max(limits.committeeMembers),
  /** Of the initial weights. */
  seed: z.int().min(0).max(0xffffffff),
  /** milliseconds since 1970 */
  created: z.int().min(0),
})
export type TaskSpec = z.infer<typeof taskSchema>
