import { MessageChannel } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import { afterEach, describe, expect, it } from 'vitest'
import { AggregationError, createAggregator } from '../../../peer-core/aggregation/index.ts'
import { createRemoteAggregation, serveAggregation } from '../../../peer-core/aggregation/wasm/index.ts'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import type { AggregationJob, SpawnedWorker } from '../../../peer-core/ports/index.ts'
import { createNodeAggregation } from '../../../seed-nodes/aggregation/create-node-aggregation.ts'
import { expectSame } from './expect-same.ts'
import { answer, difficultInput, specs } from './rows.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** Workers that are two ends of a channel, to be killed at will; one that does not serve never answers. */
function factory(serves: (place: number) => boolean = () => true) {
  const spawned: { kill(reason: string): void; ended: boolean }[] = []
  const spawn = (): SpawnedWorker => {
    const { port1, port2 } = new MessageChannel()
    open.push(() => port1.close())
    const one = { kill: (_: string) => {}, ended: false }
    if (serves(spawned.length)) serveAggregation(port1 as unknown as Endpoint)
    spawned.push(one)
    port1.start()
    port2.start()
    return {
      endpoint: port2 as unknown as Endpoint,
      onLost(call) {
        one.kill = call
      },
      terminate() {
        one.ended = true
        port1.close()
      },
    }
  }
  return { spawn, spawned }
}

const job: AggregationJob = {
  contributions: [1, 2, 6].map((value) => new Float32Array(10).fill(value)),
  byzantineWeight: 0,
}

describe('createRemoteAggregation', () => {
  it('gives the bits of plain TypeScript by every rule, and its errors whole', async () => {
    const random = seededRandom('remote aggregation')
    const { spawn, spawned } = factory()
    const { aggregate } = createRemoteAggregation(spawn)
    for (const spec of specs) {
      for (let round = 0; round < 2; round++) {
        const dimension = 1 + random.integer(9_000)
        const input = difficultInput(random, { rows: 1 + random.integer(8), dimension }) as AggregationJob
        expectSame(await answer(() => aggregate(spec, input)), await answer(() => createAggregator(spec)(input)))
      }
    }
    const unlike = { ...job, contributions: [new Float32Array(3), new Float32Array(4)] }
    await expect(aggregate(['mean'], unlike)).rejects.toMatchObject({ fault: { code: 'LENGTH_MISMATCH' } })
    await expect(aggregate(['mean'], { ...job, contributions: [] })).rejects.toBeInstanceOf(AggregationError)
    expect(spawned).toHaveLength(1)
  })

  it('does a job itself whose worker was lost, and gives the next one to another', async () => {
    const faults: unknown[] = []
    const { spawn, spawned } = factory((place) => place > 0)
    const { aggregate } = createRemoteAggregation(spawn, { onFault: (error) => faults.push(error) })
    const running = aggregate(['mean'], job)
    spawned[0]!.kill('out of memory')
    expect(await running).toEqual(new Float32Array(10).fill(3))
    expect(String(faults)).toContain('out of memory')
    expect(spawned[0]!.ended).toBe(true)
    expect(await aggregate(['mean'], job)).toEqual(new Float32Array(10).fill(3))
    expect(spawned).toHaveLength(2)
    expect(faults).toHaveLength(1)
  })

  it('waits no longer than its patience, and starts without workers where there are none', async () => {
    const hung = createRemoteAggregation(factory(() => false).spawn, { patienceMs: 20 })
    expect(await hung.aggregate(['median'], job)).toEqual(new Float32Array(10).fill(2))
    const none = createRemoteAggregation(() => {
      throw new Error('workers are refused here')
    })
    expect(await none.aggregate(['median'], job)).toEqual(new Float32Array(10).fill(2))
  })

  it('stops when it is told to, and does nothing once it is closed', async () => {
    const { spawn, spawned } = factory(() => false)
    const remote = createRemoteAggregation(spawn)
    const stopping = new AbortController()
    const running = remote.aggregate(['mean'], job, stopping.signal)
    stopping.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    const another = remote.aggregate(['mean'], job)
    await remote.close()
    await expect(another).rejects.toThrow('closed')
    await expect(remote.aggregate(['mean'], job)).rejects.toThrow('closed')
    expect(spawned.map(({ ended }) => ended)).toEqual([true])
  })
})

describe('createNodeAggregation', () => {
  it('aggregates in a thread of its own while this one goes on', async () => {
    const node = createNodeAggregation({ onFault: (error) => expect.unreachable(String(error)) })
    const random = seededRandom('node aggregation')
    const contributions = Array.from({ length: 12 }, () =>
      Float32Array.from({ length: 200_000 }, () => random.normal()),
    )
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const result = await node.aggregate(['adaptive-centering'], { contributions, byzantineWeight: 2 })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
    expectSame(
      result,
      await answer(() => createAggregator(['adaptive-centering'])({ contributions, byzantineWeight: 2 })),
    )
    await node.close()
  })
})
