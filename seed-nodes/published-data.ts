/**
 * What a seed publishes with a task: examples read from a folder or generated, dealt out as shards, each a blob that
 * contributors pull by its hash.
 * @module
 */
import { stat } from 'node:fs/promises'
import type { BlobId, Examples, TaskSpec } from '../peer-core/index.ts'
import {
  encodeExamples,
  generateHandwriting,
  type Sharding,
  shardByLabel,
  shardByWriter,
  shardIid,
  takeExamples,
} from '../peer-core/learning/index.ts'
import { readIdxFolder } from './data/idx-folder.ts'
import type { TaskFile } from './task-file.ts'
import { UsageError } from './usage-error.ts'

export interface SeedData {
  readonly train: Examples
  readonly test: Examples
  /** of each training example, where that is known */
  readonly writers?: ArrayLike<number>
}

/** Writers and examples of the handwriting that is generated when no data is given. */
const generated = { writers: 60, examplesPerWriter: 100 }

/** @throws {@link UsageError}, {@link DataError} naming the file */
export async function loadSeedData(path: string | undefined, task: TaskFile): Promise<SeedData> {
  if (path === undefined) return generateData(task.seed)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new UsageError(`--data ${path}: no such file or folder`)
  if (!found.isDirectory())
    throw new UsageError(`--data ${path}: expected a folder with the four IDX files of an image set`)
  return readIdxFolder(path, { classes: task.data.classes.length })
}

function generateData(seed: number): SeedData {
  const { writers, ...train } = generateHandwriting({ ...generated, seed })
  const test = generateHandwriting({ writers: 10, examplesPerWriter: 100, seed: `${seed}/test` })
  return { train, test, writers }
}

/** Indices of each shard's examples. */
export function dealOut(data: SeedData, task: TaskFile): Sharding {
  const { split, shards, alpha } = task.data
  const { seed } = task
  switch (split) {
    case 'iid':
      return shardIid(data.train.labels.length, { shards, seed })
    case 'dirichlet':
      return shardByLabel(data.train.labels, { shards, alpha, seed })
    case 'writer':
      if (data.writers === undefined) throw new UsageError('data.split: "writer" needs data that names its writers')
      return shardByWriter(data.writers, { shards, seed })
  }
}

/** Stores the shards and the test examples. @returns what the task says of its data */
export async function publishData(
  data: SeedData,
  task: TaskFile,
  share: (bytes: Uint8Array) => Promise<BlobId>,
): Promise<TaskSpec['data']> {
  const publish = async (examples: Examples) => {
    const bytes = encodeExamples(examples)
    return { blob: await share(bytes), bytes: bytes.length, examples: examples.labels.length }
  }
  const train: TaskSpec['data']['train'] = []
  for (const indices of dealOut(data, task)) train.push(await publish(takeExamples(data.train, indices)))
  const [height = 1, width = 1, channels = 1] = data.train.shape
  return {
    kind: 'images',
    shape: [height, width, channels],
    classes: task.data.classes,
    train,
    test: await publish(data.test),
  }
}
