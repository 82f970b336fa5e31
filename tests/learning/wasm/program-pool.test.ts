import { describe, expect, it } from 'vitest'
import type { Program } from '../../../peer-core/learning/wasm/program.ts'
import { programPool } from '../../../peer-core/learning/wasm/program-pool.ts'
import type { ModelSpec } from '../../../peer-core/wire/index.ts'

const model: ModelSpec = { input: [4], layers: [{ kind: 'dense', units: 2, activation: 'linear' }] }

function countingPool(bytes = 1_000) {
  let made = 0
  const pool = programPool(async () => {
    made++
    return { bytes } as Program
  })
  return { ...pool, made: () => made }
}

describe('programPool', () => {
  it('gives a released program to the next who wants the same', async () => {
    const pool = countingPool()
    const first = await pool.take(model, 8)
    first.release()
    const again = await pool.take(model, 8)
    const other = await pool.take(model, 9)
    expect(again.program).toBe(first.program)
    expect(other.program).not.toBe(first.program)
    expect(pool.made()).toBe(2)
  })

  it('never gives one program to two, also when it is released twice', async () => {
    const pool = countingPool()
    const first = await pool.take(model, 8)
    first.release()
    first.release()
    const [one, two] = await Promise.all([pool.take(model, 8), pool.take(model, 8)])
    expect(one.program).not.toBe(two.program)
    first.release()
    expect((await pool.take(model, 8)).program).not.toBe(one.program)
  })

  it('keeps few, and none that is large', async () => {
    const pool = countingPool()
    for (const batch of [1, 2, 3]) (await pool.take(model, batch)).release()
    await pool.take(model, 1)
    expect(pool.made()).toBe(4)
    const large = countingPool(1_000_000_000)
    ;(await large.take(model, 1)).release()
    await large.take(model, 1)
    expect(large.made()).toBe(2)
  })
})
