import { MessageChannel } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import { afterEach, describe, expect, it } from 'vitest'
import { AggregationError, createAggregator } from '../../../peer-core/aggregation/index.ts'
import {
  arrayReader,
  connectAggregation,
  type RowReader,
  serveAggregation,
} from '../../../peer-core/aggregation/wasm/index.ts'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { expectSame } from './expect-same.ts'
import { answer, difficultInput, specs } from './rows.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** The page's end of a channel whose other end serves. */
function worker(): Endpoint {
  const { port1, port2 } = new MessageChannel()
  open.push(() => port1.close())
  // Node's ports take listeners as a browser's do; they must be started by hand.
  serveAggregation(port1 as unknown as Endpoint)
  port1.start()
  port2.start()
  return port2 as unknown as Endpoint
}

const withKernels = specs.filter((spec) => !['krum', 'multi-krum', 'meamed'].includes(String(spec.at(-1))))

describe('connectAggregation', () => {
  it('gives the bits of plain TypeScript, and its errors whole', async () => {
    const random = seededRandom('worker')
    const connect = connectAggregation(worker())
    for (const spec of withKernels) {
      for (let round = 0; round < 4; round++) {
        const dimension = 1 + random.integer(5_000)
        const { contributions, ...rest } = difficultInput(random, { rows: 1 + random.integer(8), dimension })
        const rows = contributions.map((row) => arrayReader(row as Float32Array))
        const aggregate = connect(spec)
        expectSame(
          await answer(() => aggregate({ ...rest, rows, dimension })),
          await answer(() => createAggregator(spec)({ ...rest, contributions })),
        )
      }
    }
    const refused = connect(['mean'])({ rows: [], dimension: 3, byzantineWeight: 0 })
    await expect(refused).rejects.toBeInstanceOf(AggregationError)
    await expect(refused).rejects.toMatchObject({ fault: { code: 'NO_CONTRIBUTIONS' } })
  })

  it('leaves rows where they are, and asks for a piece at a time', async () => {
    const kept = Array.from({ length: 3 }, (_, i) => new Float32Array(200_000).fill(i))
    let longest = 0
    const rows: RowReader[] = kept.map((row) => ({
      read: (from, into) => {
        longest = Math.max(longest, into.length)
        into.set(row.subarray(from, from + into.length))
      },
    }))
    const result = await connectAggregation(worker())(['nnm', 'trimmed-mean'])({
      rows,
      dimension: 200_000,
      byzantineWeight: 1,
    })
    expect(result).toHaveLength(200_000)
    expect(kept.every((row) => row.length === 200_000)).toBe(true)
    // A mebibyte of all three.
    expect(longest).toBeLessThanOrEqual(2 ** 20 / 4 / 3)
  })

  it('says why a row could not be read', async () => {
    const broken: RowReader = { read: () => Promise.reject(new Error('the disk is gone')) }
    const aggregate = connectAggregation(worker())(['mean'])
    await expect(aggregate({ rows: [broken], dimension: 9, byzantineWeight: 0 })).rejects.toThrow('the disk is gone')
  })

  it('stops waiting when it is told to', async () => {
    const controller = new AbortController()
    const never: RowReader = {
      read: () => {
        controller.abort(new Error('enough'))
        return new Promise(() => {})
      },
    }
    const aggregate = connectAggregation(worker())(['mean'])
    const input = { rows: [never], dimension: 9, byzantineWeight: 0, signal: controller.signal }
    await expect(aggregate(input)).rejects.toThrow('enough')
  })
})
