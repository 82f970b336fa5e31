/** How large a task's model is and what a round of it sends: told before anyone agrees to take part. @module */
import { costsOf as trainingCosts } from '../peer-core/learning/costs.ts'
import { formatQuantity } from './format.ts'
import type { TaskSpec } from './peer.ts'

export interface Costs {
  /** trainable numbers of the model */
  readonly parameters: number
  /** A round sends one change of every parameter and receives one new model. */
  readonly bytesPerRound: number
  /** The shard of examples that a contributor fetches once; `undefined` when contributors bring their own. */
  readonly shardBytes: number | undefined
  /** what training holds at once, an estimate */
  readonly memoryBytes: number
}

export function costsOf(spec: TaskSpec): Costs {
  const { parameters, bytesPerContribution, memoryBytes } = trainingCosts(spec.model, spec.training)
  const shards = spec.data.train
  const published = shards.reduce((sum, shard) => sum + shard.bytes, 0)
  return {
    parameters,
    bytesPerRound: bytesPerContribution,
    memoryBytes,
    shardBytes: shards.length === 0 ? undefined : Math.round(published / shards.length),
  }
}

/** What the model learns to tell: `10 classes`. */
export function targetInWords(data: TaskSpec['data']): string {
  return data.kind === 'text' ? 'what comes next' : formatQuantity(data.classes.length, 'class', 'classes')
}

/** What one example is: `images of 28 × 28`. */
export function dataInWords(data: TaskSpec['data']): string {
  switch (data.kind) {
    case 'images':
      return `images of ${data.shape[1]} × ${data.shape[0]}`
    case 'table':
      return `rows of ${formatQuantity(data.columns.length, 'column')}`
    case 'text':
      return `pieces of text, ${data.context} ${data.tokens} long`
    default:
      return data satisfies never
  }
}

/** `Convolutional network, 4 layers`: those that learn and are more than a scale, within blocks too. */
export function modelInWords(model: TaskSpec['model']): string {
  const layers = model.layers.flatMap((layer) =>
    layer.kind === 'residual' ? [...layer.layers, ...layer.shortcut] : [layer],
  )
  const learning = layers.filter(({ kind }) => kind in kinds)
  const names = new Set(learning.map(({ kind }) => kinds[kind]))
  const name = ['Transformer', 'Recurrent network', 'Convolutional network'].find((one) => names.has(one))
  return `${name ?? 'Neural network'}, ${formatQuantity(learning.length, 'layer', 'layers')}`
}

/** What a layer makes of a network. */
const kinds: Readonly<Record<string, string>> = {
  dense: 'Neural network',
  embedding: 'Neural network',
  conv2d: 'Convolutional network',
  'depthwise-conv2d': 'Convolutional network',
  lstm: 'Recurrent network',
  gru: 'Recurrent network',
  'self-attention': 'Transformer',
}
