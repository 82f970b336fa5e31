/** `node mesh-case.ts JSON`: one task among peers in a process of its own; prints what came of it as JSON. */
import type { PipelineSpec } from '../../../peer-core/aggregation/index.ts'
import { shardsOf } from './arena.ts'
import { lies } from './lies.ts'
import { trainOnMesh } from './mesh.ts'
import { examplesOf, readMnist } from './mnist.ts'

export interface MeshCase {
  readonly pipeline: PipelineSpec
  readonly lie: string
  /** H */
  readonly localSteps: number
  readonly rounds: number
}

/** As published: 20 honest peers with one or two digits each, 5 liars with everything. */
const setting = { honest: 20, liars: 5, batch: 32, learningRate: 0.2, momentum: 0.9, seed: 1 }

const { pipeline, lie, ...rounds } = JSON.parse(process.argv[2]!) as MeshCase
const train = readMnist('train')
const test = readMnist('t10k')
const shards = shardsOf({ train, ...setting }).map((shard) => examplesOf(train, shard))
const everything = examplesOf(
  test,
  Array.from({ length: test.count }, (_, i) => i),
)
const outcome = await trainOnMesh({ ...setting, ...rounds, shards, test: everything }, pipeline, lies[lie]!)
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
