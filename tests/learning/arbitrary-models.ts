/** Models of every kind of layer, small and crooked: sizes that no vector divides, borders, strides that do not fit. @module */
import fc from 'fast-check'
import type { Random } from '../../peer-core/foundation/index.ts'
import { ModelError, parameterCount, sizeOf, vocabularyOf } from '../../peer-core/learning/index.ts'
import type { LayerSpec, ModelSpec, PlainLayerSpec } from '../../peer-core/wire/index.ts'

const small = (max: number) => fc.integer({ min: 1, max })
const activation = fc.constantFrom('linear', 'relu', 'tanh', 'sigmoid', 'gelu')
const padding = fc.constantFrom('valid', 'same')
const kind = <K extends PlainLayerSpec['kind']>(name: K) => fc.constant(name)

const dense = fc.record({ kind: kind('dense'), units: small(21), activation })
const window = { kernel: small(4), stride: small(3), padding, activation }
const convolution = fc.record({ kind: kind('conv2d'), filters: small(19), ...window })
const depthwise = fc.record({ kind: kind('depthwise-conv2d'), ...window })
const maxPool = fc.record({ kind: kind('max-pool2d'), size: small(3) })
const averagePool = fc.record({ kind: kind('average-pool2d'), size: small(3) })
const activationLayer = fc.record({ kind: kind('activation'), activation })
const layerNorm = fc.record({ kind: kind('layer-norm') })
const groupNorm = fc.record({ kind: kind('group-norm'), groups: small(3) })
const dropout = fc.record({ kind: kind('dropout'), rate: fc.constantFrom(0, 0.3) })
const attention = fc.record({ kind: kind('self-attention'), heads: small(3), causal: fc.boolean() })
const lstm = fc.record({ kind: kind('lstm'), units: small(9), output: fc.constantFrom('sequence', 'last') })
const gru = fc.record({ kind: kind('gru'), units: small(9), output: fc.constantFrom('sequence', 'last') })

/** What keeps the shape. */
const pointwise = fc.oneof(activationLayer, layerNorm, groupNorm, dropout)

const imageResidual = fc
  .record({
    inner: fc.array(fc.oneof(pointwise, depthwise), { maxLength: 2 }),
    filters: small(9),
    stride: small(2),
    last: small(3),
    beside: small(3),
  })
  .map(({ inner, filters, stride, last, beside }): LayerSpec => {
    const same = (kernel: number, by: number) =>
      ({ kind: 'conv2d', filters, kernel, stride: by, padding: 'same', activation: 'linear' }) as const
    const keeping = inner.map((layer) =>
      layer.kind === 'depthwise-conv2d' ? ({ ...layer, stride: 1, padding: 'same' } as const) : layer,
    )
    return { kind: 'residual', layers: [...keeping, same(last, stride)], shortcut: [same(beside, stride)] }
  })
const aroundPointwise = fc
  .array(fc.oneof(pointwise, attention), { minLength: 1, maxLength: 3 })
  .map((layers): LayerSpec => ({ kind: 'residual', layers, shortcut: [] }))
const pointwiseResidual = fc
  .array(pointwise, { minLength: 1, maxLength: 3 })
  .map((layers): LayerSpec => ({ kind: 'residual', layers, shortcut: [] }))

const imageLayer = fc.oneof(
  { weight: 4, arbitrary: convolution },
  { weight: 2, arbitrary: maxPool },
  { weight: 2, arbitrary: imageResidual },
  depthwise,
  averagePool,
  pointwise,
  pointwiseResidual,
)
const end = fc.constantFrom<LayerSpec>({ kind: 'flatten' }, { kind: 'global-average-pool' })

const imageModels = fc
  .record({
    input: fc.tuple(small(9), small(9), small(6)),
    images: fc.array(imageLayer, { maxLength: 4 }),
    end,
    vectors: fc.array(fc.oneof(dense, activationLayer, layerNorm, dropout), { maxLength: 2 }),
    classes: fc.integer({ min: 2, max: 11 }),
  })
  .map(({ input, images, end, vectors, classes }): ModelSpec => {
    return { input, layers: [...images, end, ...vectors, logitsOf(classes)] }
  })

const sequenceModels = fc
  .record({
    positions: small(40),
    vocabulary: small(20),
    size: fc.constantFrom(1, 3, 4, 6, 12),
    learned: fc.boolean(),
    layers: fc.array(fc.oneof(dense, pointwise, attention, aroundPointwise, lstm, gru), { maxLength: 4 }),
    end: fc.option(end, { nil: undefined }),
    classes: fc.integer({ min: 2, max: 11 }),
  })
  .map(({ positions, vocabulary, size, learned, layers, end, classes }): ModelSpec => {
    const embedding = { kind: 'embedding', vocabulary, size, positions: learned } as const
    return { input: [positions], layers: [embedding, ...layers, ...(end ? [end] : []), logitsOf(classes)] }
  })

function logitsOf(units: number): LayerSpec {
  return { kind: 'dense', units, activation: 'linear' }
}

/** @returns models whose layers fit one another */
export const models = fc.oneof(imageModels, sequenceModels).filter((model) => {
  try {
    return parameterCount(model) > 0
  } catch (error) {
    if (error instanceof ModelError) return false
    throw error
  }
})

/** Features that a model takes, `count × input`. */
export function drawFeatures(model: ModelSpec, count: number, random: Random): Float32Array {
  const vocabulary = vocabularyOf(model)
  const value = vocabulary === undefined ? () => random.next() : () => random.integer(vocabulary)
  return Float32Array.from({ length: count * sizeOf(model.input) }, value)
}
