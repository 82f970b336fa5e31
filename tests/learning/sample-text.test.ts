import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/foundation/index.ts'
import { sampleText } from '../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../peer-core/wire/index.ts'

const layout = { tokens: 'characters', alphabet: 'abc', context: 4 } as const
const model: ModelSpec = { input: [4], layers: [] }

/** Surely the letter after the one at each position. */
const windows: number[][] = []
const trainer = {
  async predict(_model: ModelSpec, _weights: Float32Array, features: Float32Array) {
    windows.push([...features])
    return Float32Array.from(
      [...features].flatMap((token) => [0, 1, 2, 3].map((next) => (next === (token + 1) % 3 ? 1 : 0))),
    )
  },
}
const options = { length: 6, random: seededRandom('sample') }

describe('sampleText', () => {
  it('goes on with the last position that is known, and shows the model its last tokens', async () => {
    const text = await sampleText(trainer, model, new Float32Array(0), layout, { ...options, prompt: 'ab' })
    expect(text).toBe('abcabcab')
    expect(windows[0]).toEqual([0, 1, 0, 0])
    expect(windows.at(-1)).toEqual([0, 1, 2, 0])
  })

  it('refuses to begin with nothing', async () => {
    const sampled = sampleText(trainer, model, new Float32Array(0), layout, { ...options, prompt: '' })
    await expect(sampled).rejects.toThrow(RangeError)
  })
})
