/**
 * A task as a person writes it: JSON with defaults for all but the name. `readTaskFile` checks it before anything starts,
 * and every error names the field.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { defaultPipeline, pipelineSchema, taskProblem } from '../peer-core/aggregation/index.ts'
import { messageOf } from '../peer-core/index.ts'
import { type PresetName, presetNames } from '../peer-core/learning/presets.ts'
import {
  aggregationSchema,
  consensusRulesSchema,
  memberSchema,
  modelSchema,
  reputationRulesSchema,
  roundRulesSchema,
  trainingSchema,
} from '../peer-core/wire/index.ts'
import { taskFileDataSchema } from './task-file-data.ts'
import { UsageError } from './usage-error.ts'

/** What a task is called when its file does not say. */
const titles = {
  images: {
    name: 'Handwritten digits',
    description: 'Learns to read digits from the handwriting of many people.',
  },
  table: { name: 'A table', description: 'Learns to tell one column of a table from the others.' },
  text: { name: 'A text', description: 'Learns to go on with a text, character by character.' },
} as const

const writtenSchema = z.strictObject({
  name: z.string().min(1).max(120).optional(),
  description: z.string().max(2_000).optional(),
  model: z.union([z.enum(presetNames as [PresetName, ...PresetName[]]), modelSchema]).default('mlp'),
  data: taskFileDataSchema.prefault({}),
  training: trainingSchema.prefault({}),
  round: roundRulesSchema.prefault({}),
  /** How rounds are decided. */
  consensus: consensusRulesSchema.prefault({}),
  /** How standing is earned and lost; when absent, anyone takes part at once and for nothing. */
  reputation: reputationRulesSchema.optional(),
  aggregation: aggregationSchema.extend({ pipeline: pipelineSchema.default([...defaultPipeline]) }).prefault({}),
  /** Who votes. Empty: the seed that publishes it. */
  committee: z.array(memberSchema).max(21).default([]),
  seed: z.int().min(0).max(0xffffffff).default(1),
})
/** What suits a text where its file says nothing: a transformer learns little by plain SGD. */
const forText = {
  model: 'gpt-nano',
  training: { optimiser: 'adam', learningRate: 0.005, batchSize: 16, clipNorm: 1, keepMomentum: true },
} as const

const kindSchema = z.looseObject({ data: z.looseObject({ kind: z.literal('text') }) })

export const taskFileSchema = z
  .preprocess(
    (file) => (kindSchema.safeParse(file).success ? { ...forText, ...(file as object) } : file),
    writtenSchema,
  )
  .transform(({ name, description, ...file }) => {
    const title = titles[file.data.kind]
    return { name: name ?? title.name, description: description ?? title.description, ...file }
  })
export type TaskFile = z.infer<typeof taskFileSchema>

/** @throws {@link UsageError} that names the file and the field */
export async function readTaskFile(path: string): Promise<TaskFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`task file ${path}: ${error.code === 'ENOENT' ? 'no such file' : messageOf(error)}`)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`task file ${path}: not JSON: ${messageOf(error)}`)
  }
  return checkTaskFile(value, `task file ${path}`)
}

/** @param where - stands in front of every message */
export function checkTaskFile(value: unknown, where: string): TaskFile {
  const result = taskFileSchema.safeParse(value)
  if (!result.success) {
    const { path, message } = result.error.issues[0]!
    throw new UsageError(`${where}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`)
  }
  const problem = taskProblem(result.data, result.data.data.shards)
  if (problem !== undefined) throw new UsageError(`${where}: aggregation: ${problem}`)
  return result.data
}
