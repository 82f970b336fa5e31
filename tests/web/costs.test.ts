import { describe, expect, it } from 'vitest'
import { presetModel } from '../../peer-core/learning/presets.ts'
import { costsOf, modelInWords } from '../../web/costs.ts'
import { spec } from './fake-peer.ts'

describe('costsOf', () => {
  it('tells what a round sends before anyone agrees', () => {
    expect(costsOf(spec)).toEqual({
      parameters: 101_770,
      bytesPerRound: 407_080,
      shardBytes: 1_474_000,
      memoryBytes: 2_065_056,
    })
  })

  it('knows no shard where contributors bring their own data', () => {
    expect(costsOf({ ...spec, data: { ...spec.data, train: [] } }).shardBytes).toBeUndefined()
  })
})

describe('modelInWords', () => {
  it('counts the layers that learn', () => {
    const data = { shape: [28, 28, 1], classes: 10 }
    expect([modelInWords(presetModel('mlp', data)), modelInWords(presetModel('cnn', data))]).toEqual([
      'Neural network, 2 layers',
      'Convolutional network, 4 layers',
    ])
  })

  it('looks into blocks', () => {
    expect(modelInWords(presetModel('resnet8', { shape: [32, 32, 3], classes: 10 }))).toBe(
      'Convolutional network, 10 layers',
    )
    expect(modelInWords(presetModel('gpt-nano', { shape: [128], classes: 65 }))).toBe('Transformer, 11 layers')
  })
})
