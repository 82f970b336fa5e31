/** The task of a scenario, signed by its first seed: the same bytes for the same seed. @module */
import { type Hash, sha256, type TaskId, type TaskSpec, utf8ToBytes } from '../../peer-core/index.ts'
import { encodeExamples } from '../../peer-core/learning/index.ts'
import { readTask } from '../../peer-core/peer/task-record.ts'
import { cutBlob, seal } from '../../peer-core/wire/index.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Cast } from './cast.ts'
import type { Curriculum } from './data.ts'

/** 2026-01-01 UTC: what clocks show when a world begins. */
export const epoch = 1_767_225_600_000

export interface WorldTask {
  readonly id: TaskId
  readonly spec: TaskSpec
  /** the signed envelope */
  readonly bytes: Uint8Array
  /** its test examples, as a blob */
  readonly test: Uint8Array
  /** Names of what that blob is kept as: seeds are given it, and no round makes it grow. */
  readonly given: ReadonlySet<Hash>
}

export function createTask(scenario: Scenario, seed: number, cast: Cast, curriculum: Curriculum): WorldTask {
  const test = encodeExamples(curriculum.test)
  const { id: blob, chunks } = cutBlob(test)
  const tested = { blob, bytes: test.length, examples: curriculum.test.labels.length }
  const spec = specOf(scenario, seed, cast, curriculum, tested)
  const { bytes } = seal(cast.seeds[0]!.identity, 'task', spec)
  return { id: readTask(bytes).id, spec, bytes, test, given: new Set([blob, ...chunks.map(({ hash }) => hash)]) }
}

function specOf(
  { name, description, data, task }: Scenario,
  seed: number,
  cast: Cast,
  { model, shape, classes }: Curriculum,
  test: TaskSpec['data']['test'],
): TaskSpec {
  const { pipeline, ...aggregation } = task.aggregation
  return {
    v: 1,
    name,
    description: description || data.learning.kind,
    model,
    data: {
      kind: 'images',
      shape: [...shape],
      classes: [...classes],
      train: [],
      test,
    },
    training: task.training,
    round: task.round,
    aggregation: { ...aggregation, pipeline: [...pipeline] },
    committee: cast.seeds.map(({ identity }) => ({ peer: identity.peerId, power: 1 })),
    seed: Number.parseInt(sha256(utf8ToBytes(`${seed}`)).slice(0, 8), 16),
    created: epoch,
  }
}
