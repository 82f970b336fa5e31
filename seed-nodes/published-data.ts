/**
 * What a seed publishes with a task: its examples dealt out as shards, each a blob that contributors pull by its hash; or, where
 * contributors bring their own, only the rules by which they read them.
 * @module
 */
import type { BlobId, Examples, TaskSpec } from '../peer-core/index.ts'
import {
  encodeExamples,
  exampleCount,
  type Sharding,
  shardByLabel,
  shardByWriter,
  shardIid,
  takeExamples,
} from '../peer-core/learning/index.ts'
import type { SeedData } from './data/seed-data.ts'
import type { TaskFile } from './task-file.ts'
import { UsageError } from './usage-error.ts'

/** Indices of each shard's examples. */
export function dealOut(data: SeedData, task: TaskFile): Sharding {
  const { split, shards, alpha } = task.data
  const { seed } = task
  if (shards === 0) return []
  switch (split) {
    case 'iid':
      return shardIid(exampleCount(data.train), { shards, seed })
    case 'dirichlet':
      if (data.rules.kind === 'text') throw new UsageError('data.split: "dirichlet" needs data of classes, not a text')
      return shardByLabel(data.train.labels, { shards, alpha, seed })
    case 'writer':
      if (data.writers === undefined) throw new UsageError('data.split: "writer" needs data that names its writers')
      return shardByWriter(data.writers, { shards, seed })
  }
}

/**
 * Stores the shards and the test examples; neither when contributors bring their own data: then the seed keeps its own too.
 *
 * @returns what the task says of its data
 */
export async function publishData(
  data: SeedData,
  task: TaskFile,
  share: (bytes: Uint8Array) => Promise<BlobId>,
): Promise<TaskSpec['data']> {
  if (task.data.shards === 0) return { ...data.rules, train: [] }
  const publish = async (examples: Examples) => {
    const bytes = encodeExamples(examples)
    return { blob: await share(bytes), bytes: bytes.length, examples: exampleCount(examples) }
  }
  const train: TaskSpec['data']['train'] = []
  for (const indices of dealOut(data, task)) train.push(await publish(takeExamples(data.train, indices)))
  return { ...data.rules, train, ...(data.test === undefined ? {} : { test: await publish(data.test) }) }
}
