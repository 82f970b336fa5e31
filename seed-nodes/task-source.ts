/**
 * Where a seed's task comes from: a file and data of its own, or another seed's, of whose committee it is a member.
 * @module
 */
import { type JoinOptions, sha256, type TaskId, type TaskSpec, utf8ToBytes } from '../peer-core/index.ts'
import { exampleShape } from '../peer-core/learning/index.ts'
import type { ProbeSpec } from '../peer-core/learning/probe.ts'
import { floatsToBytes } from '../peer-core/wire/index.ts'
import { type DataSummary, summaryOf } from './data/data-summary.ts'
import { kindOfData } from './data/kind-of-data.ts'
import { existing } from './data/named-files.ts'
import { loadOwnData } from './data/own-data.ts'
import { loadSeedData, type SeedData } from './data/seed-data.ts'
import { findTask } from './find-task.ts'
import { resolveAddresses } from './join-target.ts'
import { readJoined, writeJoined } from './joined-file.ts'
import { readWeights } from './model-files.ts'
import { dealOut, publishData } from './published-data.ts'
import type { SeedNode } from './seed-node.ts'
import { checkTaskFile, readTaskFile, type TaskFile } from './task-file.ts'
import { modelOf } from './task-model.ts'
import { UsageError } from './usage-error.ts'

export interface TaskSource {
  /** addresses to stay connected to */
  readonly bootstrap: readonly string[]
  readonly probe?: ProbeSpec
  /** what was found in the data */
  readonly summary?: DataSummary
  /** The task, known to the peer when this resolves. */
  task(node: SeedNode): Promise<TaskId>
  /** What this seed evaluates on, and trains on when it trains. */
  data(spec: TaskSpec): Promise<JoinOptions>
}

interface Given {
  readonly dir: string
  readonly task?: string
  readonly data?: string
  readonly weights?: string
  readonly join?: string
}

/**
 * Nothing is changed before the source's `task` is called.
 *
 * @param onWait - told when the seed to join is not ready yet
 * @throws {@link UsageError}, {@link DataError}
 */
export function taskSource(given: Given, onWait?: (why: string) => void): Promise<TaskSource> {
  return given.join === undefined ? ownTask(given) : joinedTask(given, given.join, onWait)
}

async function ownTask({ task, data: path, weights }: Given): Promise<TaskSource> {
  const file =
    task === undefined
      ? checkTaskFile({ data: { kind: await kindOfData(path) } }, 'defaults')
      : await readTaskFile(task)
  const data = await loadSeedData(path, file)
  const model = modelOf(file, exampleShape(data.rules))
  const initial = weights === undefined ? undefined : await readWeights(weights, model)
  // Fails now rather than after the directory was made.
  dealOut(data, file)
  return {
    bootstrap: [],
    probe: { model, batchSize: file.training.batchSize },
    summary: summaryOf(data),
    task: (node) => ensureTask(node, file, { data, model, initial }),
    data: async () => ({ ownData: data.train, ownTest: data.test }),
  }
}

/** @throws {@link UsageError} when the seed to join does not answer, and was not joined before */
async function joinedTask(
  { dir, data, task, weights }: Given,
  target: string,
  onWait?: (why: string) => void,
): Promise<TaskSource> {
  if (task !== undefined) throw new UsageError('--task and --join: a seed has its own task or joins one')
  if (weights !== undefined)
    throw new UsageError('--weights and --join: the model of a seed that is joined has its own')
  if (data !== undefined) await existing(data)
  const before = await readJoined(dir, target)
  const addresses = before?.addresses ?? (await resolveAddresses(target, { onWait }))
  return {
    bootstrap: addresses,
    async task(node) {
      if (before !== undefined) return before.task
      const found = await findTask(node, addresses)
      await writeJoined(dir, { target, task: found, addresses })
      return found
    },
    data: async (spec) => (data === undefined ? {} : { ownData: await loadOwnData(data, spec.data) }),
  }
}

/** The task of an earlier start with the same file and data, or a new one. */
async function ensureTask(
  node: SeedNode,
  file: TaskFile,
  { data, model, initial }: { data: SeedData; model: TaskSpec['model']; initial: Float32Array | undefined },
): Promise<TaskId> {
  const { peer, identity, stores } = node
  const { pipeline, ...aggregation } = file.aggregation
  const plain = {
    v: 1,
    name: file.name,
    description: file.description,
    model,
    data: await publishData(data, file, (bytes) => peer.share(bytes)),
    training: file.training,
    round: file.round,
    consensus: file.consensus,
    ...(file.reputation === undefined ? {} : { reputation: file.reputation }),
    aggregation: { ...aggregation, pipeline: [...pipeline] },
    committee: file.committee.length > 0 ? file.committee : [{ peer: identity.peerId, power: 1 }],
    seed: file.seed,
    ...(initial === undefined ? {} : { initial: await peer.share(floatsToBytes(initial)) }),
  } as const
  const key = `task-of/${sha256(utf8ToBytes(JSON.stringify(plain)))}`
  const known = await stores.records.get(key)
  if (known !== undefined) return new TextDecoder().decode(known) as TaskId
  const task = await peer.publish({ ...plain, created: Date.now() } as TaskSpec)
  await stores.records.put(key, utf8ToBytes(task))
  return task
}
