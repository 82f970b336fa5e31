/** `node case.ts JSON`: training under one attack in a process of its own; prints its accuracy as JSON. */
import type { PipelineSpec } from '../../../peer-core/aggregation/index.ts'
import { createFastAggregator } from '../../../peer-core/aggregation/wasm/index.ts'
import { shardsOf, trainUnderAttack } from './arena.ts'
import { lies } from './lies.ts'
import { trainOnMesh } from './mesh.ts'
import { createMlp } from './mlp.ts'
import { examplesOf, readMnist } from './mnist.ts'

export interface AttackCase {
  /** `createPeer` peers on the memory network, or a bare loop of aggregations */
  readonly among: 'peers' | 'loop'
  readonly pipeline: PipelineSpec
  readonly lie: string
  /** one step each */
  readonly rounds: number
  /** of the loop: share of every honest batch that comes from all data */
  readonly similarity: number
}

/** As published: 20 honest peers with one or two digits each, 5 liars with everything; at a rate that is stable (docs/aggregation.md). */
const setting = { honest: 20, liars: 5, batch: 32, learningRate: 0.2, momentum: 0.9, seed: 1 }

const given = JSON.parse(process.argv[2]!) as AttackCase
const accuracy = given.among === 'peers' ? await amongPeers(given) : await inLoop(given)
process.stdout.write(JSON.stringify({ accuracy }))
process.exit(0)

async function amongPeers({ pipeline, lie, rounds }: AttackCase): Promise<number> {
  const train = readMnist('train')
  const test = readMnist('t10k')
  const shards = shardsOf({ train, ...setting }).map((shard) => examplesOf(train, shard))
  const everything = Array.from({ length: test.count }, (_, i) => i)
  return await trainOnMesh(
    { ...setting, shards, test: examplesOf(test, everything), rounds, localSteps: 1 },
    pipeline,
    lies[lie]!,
  )
}

async function inLoop({ pipeline, lie, rounds, similarity }: AttackCase): Promise<number> {
  return trainUnderAttack(
    { ...setting, mlp: createMlp(64), train: readMnist('train'), test: readMnist('t10k'), steps: rounds, similarity },
    await createFastAggregator(pipeline),
    lies[lie]!,
  )
}
