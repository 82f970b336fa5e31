import { describe, expect, it } from 'vitest'
import { presetModel } from '../../../peer-core/learning/index.ts'
import { blocksOf } from '../../../peer-core/learning/wasm/blocks.ts'
import { gridSize, pixelAt } from '../../../peer-core/learning/wasm/grid.ts'
import { type LayerSpec, modelSchema } from '../../../peer-core/wire/index.ts'

function blocks(input: readonly number[], ...layers: readonly object[]) {
  return blocksOf(modelSchema.parse({ input, layers: layers as unknown as LayerSpec[] }), true)
}

describe('blocksOf', () => {
  it('takes a pool into the convolution before it', () => {
    const found = blocksOf(presetModel('cnn', { shape: [28, 28, 1], classes: 10 }), true)
    expect(found.map((block) => [block.kind, 'window' in block ? block.window : 0])).toEqual([
      ['convolution', 2],
      ['convolution', 2],
      ['dense', 0],
      ['dense', 0],
    ])
    expect(found[1]).toMatchObject({
      output: { height: 5, width: 5 },
      parameters: [{ units: 32, depth: 144, at: 160 }, { at: 4_768 }],
    })
  })

  it('leaves a second pool, and one without a convolution, alone', () => {
    const pool = { kind: 'max-pool2d', size: 2 }
    const found = blocks([16, 16, 1], pool, { kind: 'conv2d', filters: 2, kernel: 1 }, pool, pool)
    expect(found.map(({ kind }) => kind)).toEqual(['pool', 'convolution', 'pool'])
  })

  it('borders the input of padding `same` as TensorFlow does', () => {
    const inputOf = (size: number, kernel: number, stride: number) =>
      blocks([size, size, 1], { kind: 'conv2d', filters: 1, kernel, stride, padding: 'same' })[0]!.input
    expect(inputOf(5, 3, 1)).toMatchObject({ top: 1, left: 1, outerHeight: 7, outerWidth: 7 })
    // An even kernel: nothing above, a row below.
    expect(inputOf(5, 2, 1)).toMatchObject({ top: 0, left: 0, outerHeight: 6, outerWidth: 6 })
    expect(inputOf(6, 3, 2)).toMatchObject({ top: 0, left: 0, outerHeight: 7, outerWidth: 7 })
    // A stride beyond the kernel: no border at all, and not a negative one.
    expect(inputOf(7, 1, 3)).toMatchObject({ top: 0, left: 0, outerHeight: 7, outerWidth: 7 })
  })
})

describe('pixelAt', () => {
  it('counts the border', () => {
    const { input } = blocks([2, 3, 4], { kind: 'conv2d', filters: 1, kernel: 3, padding: 'same' })[0]!
    expect(gridSize(input)).toBe(4 * 5 * 4)
    expect(pixelAt(input, 0, 0)).toBe((5 + 1) * 4)
    expect(pixelAt(input, 1, 2)).toBe((2 * 5 + 3) * 4)
  })
})
