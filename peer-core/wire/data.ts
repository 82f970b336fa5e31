/**
 * What kind of data a task is trained on, and how raw cells, pixels or characters become what the model takes. The rules
 * travel with the task, so that every peer prepares its own data alike; what a peer measures of its data stays with it.
 * @module
 */
import { z } from 'zod'
import { blobIdSchema } from './ids.ts'

const size = z.int().min(1).max(1_000_000)
const cell = z.string().max(64)
const classNames = z.array(z.string().min(1).max(64)).min(2).max(256)

export const shardSchema = z.strictObject({
  blob: blobIdSchema,
  bytes: z.int().min(1),
  examples: z.int().min(1),
})
export type ShardSpec = z.infer<typeof shardSchema>

const published = {
  /** Published shards, each for one contributor at a time. Empty: contributors bring their own. */
  train: z.array(shardSchema).max(256),
  /** What committed models are evaluated on. */
  test: shardSchema.optional(),
}

const imageDataSchema = z.strictObject({
  kind: z.literal('images'),
  /** `[height, width, channels]` */
  shape: z.tuple([size, size, size]),
  classes: classNames,
  ...published,
})
export type ImageData = z.infer<typeof imageDataSchema>

const column = {
  name: z.string().min(1).max(64),
  /** Cells that stand for an unknown value in this column, besides the table's. */
  missing: z.array(cell).max(16).default([]),
  /** A peer may know no value of it at all; otherwise a column without any is a mistake. */
  optional: z.boolean().default(false),
}

/** A number becomes one feature, a category one for each of its values. What is unknown becomes 0. */
export const columnSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    ...column,
    /**
     * `own`: less the peer's own mean, over its own standard deviation; neither leaves the peer. Otherwise `low … high`
     * becomes −1 … 1 for everyone.
     */
    scale: z
      .union([
        z.literal('own'),
        z
          .strictObject({ low: z.number(), high: z.number() })
          .refine(({ low, high }) => low < high, 'low must lie below high'),
      ])
      .default('own'),
  }),
  z.strictObject({ kind: z.literal('category'), ...column, values: z.array(cell.min(1)).min(1).max(256) }),
])
export type ColumnSpec = z.infer<typeof columnSchema>

export const targetSchema = z.strictObject({
  column: z.string().min(1).max(64),
  /** From a cell to the name of its class; empty where cells hold the names themselves. */
  labels: z.record(cell, z.string().min(1).max(64)).default({}),
})

/** How a table is read: all of a task's data but what is published. */
export const tableLayoutSchema = z.strictObject({
  target: targetSchema,
  columns: z.array(columnSchema).min(1).max(512),
  classes: classNames,
  /** Cells that stand for an unknown value, in every column. Numbers are compared as numbers: `-9` is also `-9.0`. */
  missing: z.array(cell).max(16).default(['', '?', 'NA', 'N/A', 'NaN', 'null']),
})
export type TableLayout = z.infer<typeof tableLayoutSchema>

const tableDataSchema = z
  .strictObject({ kind: z.literal('table'), ...tableLayoutSchema.shape, ...published })
  .superRefine(({ columns, target, classes }, context) => {
    const names = [target.column, ...columns.map(({ name }) => name)]
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) context.addIssue({ code: 'custom', message: `column ${twice} is named twice` })
    const stray = Object.values(target.labels).find((name) => !classes.includes(name))
    if (stray !== undefined) context.addIssue({ code: 'custom', message: `target.labels: no class is named ${stray}` })
  })
export type TableData = z.infer<typeof tableDataSchema>

/** How a text is read: all of a task's data but what is published. */
export const textLayoutSchema = z.strictObject({
  /** a token for each byte of UTF-8, or for each character of `alphabet` and one more for all others */
  tokens: z.enum(['bytes', 'characters']).default('characters'),
  alphabet: z.string().max(2_048).default(''),
  /** tokens of one example; the model tells the one that follows each */
  context: z.int().min(2).max(4_096),
})
export type TextLayout = z.infer<typeof textLayoutSchema>

const textDataSchema = z
  .strictObject({ kind: z.literal('text'), ...textLayoutSchema.shape, ...published })
  .refine(({ tokens, alphabet }) => tokens === 'bytes' || alphabet.length > 0, 'alphabet: no characters to tell apart')
export type TextData = z.infer<typeof textDataSchema>

export const dataSchema = z.discriminatedUnion('kind', [imageDataSchema, tableDataSchema, textDataSchema])
export type DataSpec = z.infer<typeof dataSchema>

/** How a task's data is read: all but what is published. */
export type DataRules = WithoutPublished<DataSpec>
type WithoutPublished<Data> = Data extends unknown ? Omit<Data, keyof typeof published> : never
