/**
 * The data of a task as a person writes it: what is left out is inferred from the data itself. Images are published in
 * shards unless the file says otherwise, texts too; a table is a consortium's own and stays where it is.
 * @module
 */
import { z } from 'zod'
import { columnSchema, targetSchema, textLayoutSchema } from '../peer-core/wire/index.ts'

const names = z.array(z.string().min(1).max(64)).min(2).max(256)

const dealing = (defaults: { split: 'iid' | 'writer'; shards: number }) => ({
  /** How the examples are dealt out to contributors. */
  split: z.enum(['iid', 'dirichlet', 'writer']).default(defaults.split),
  /** Of the Dirichlet distribution over classes: the smaller, the more unlike are the shards. */
  alpha: z.number().positive().max(1_000).default(0.5),
  /** 0: nothing is published, and contributors bring their own. */
  shards: z.int().min(0).max(256).default(defaults.shards),
})
const side = z.int().min(1).max(4_096)
/** Held out of training, to evaluate on. */
const testShare = (share: number) => z.number().min(0).max(0.9).default(share)

const imageFileSchema = z.strictObject({
  kind: z.literal('images'),
  ...dealing({ split: 'iid', shards: 10 }),
  /** the ten digits when absent, or the names of a picture's folders */
  classes: names.optional(),
  /** `[height, width, channels]` that pictures are brought to; IDX files have their own */
  shape: z.tuple([side, side, z.union([z.literal(1), z.literal(3)])]).default([28, 28, 1]),
  /** of pictures; IDX files hold their own out */
  testShare: testShare(0.2),
})
export type ImageFileData = z.infer<typeof imageFileSchema>

const tableFileSchema = z.strictObject({
  kind: z.literal('table'),
  ...dealing({ split: 'iid', shards: 0 }),
  testShare: testShare(0.2),
  /** the last column when absent */
  target: targetSchema.optional(),
  columns: z.array(columnSchema).min(1).max(512).optional(),
  classes: names.optional(),
  missing: z.array(z.string().max(64)).max(16).optional(),
})
export type TableFileData = z.infer<typeof tableFileSchema>

const textFileSchema = z.strictObject({
  kind: z.literal('text'),
  ...dealing({ split: 'writer', shards: 10 }),
  testShare: testShare(0.1),
  tokens: textLayoutSchema.shape.tokens,
  /** the characters of the text itself when absent */
  alphabet: z.string().max(2_048).optional(),
  context: z.int().min(2).max(4_096).default(64),
})
export type TextFileData = z.infer<typeof textFileSchema>

/** `kind` is `images` unless the file says otherwise. */
export const taskFileDataSchema = z.preprocess(
  (data) => (typeof data === 'object' && data !== null && !('kind' in data) ? { kind: 'images', ...data } : data),
  z.discriminatedUnion('kind', [imageFileSchema, tableFileSchema, textFileSchema]),
)
