/**
 * One hash over what every pipeline answers to a hundred difficult inputs: to compare engines that cannot see each other's memory.
 * @module
 */
import { createAggregator } from '../../../peer-core/aggregation/index.ts'
import { createFastAggregator } from '../../../peer-core/aggregation/wasm/index.ts'
import { concatBytes, type Hash, seededRandom, sha256, utf8ToBytes } from '../../../peer-core/foundation/index.ts'
import { answer, difficultInput, specs } from './rows.ts'

export interface Digest {
  /** of what was asked: engines that differ here were not asked the same */
  readonly inputs: Hash
  readonly plain: Hash
  readonly fast: Hash
}

export async function digestOf(seed: string, roundsPerPipeline = 5): Promise<Digest> {
  const random = seededRandom(seed)
  const parts = { inputs: [] as Uint8Array[], plain: [] as Uint8Array[], fast: [] as Uint8Array[] }
  for (const spec of specs) {
    const plain = createAggregator(spec)
    const fast = await createFastAggregator(spec)
    for (let round = 0; round < roundsPerPipeline; round++) {
      const input = difficultInput(random, { rows: 1 + random.integer(14), dimension: 1 + random.integer(900) })
      for (const row of input.contributions) parts.inputs.push(bytesOf(row as Float32Array))
      parts.plain.push(bytesOf(await answer(() => plain(input))))
      parts.fast.push(bytesOf(await answer(() => fast(input))))
    }
  }
  const hashOf = (list: readonly Uint8Array[]) => sha256(concatBytes(...list))
  return { inputs: hashOf(parts.inputs), plain: hashOf(parts.plain), fast: hashOf(parts.fast) }
}

function bytesOf(given: Awaited<ReturnType<typeof answer>>): Uint8Array {
  if (given instanceof Float32Array) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  return utf8ToBytes(JSON.stringify(given))
}
