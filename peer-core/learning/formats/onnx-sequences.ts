/** Attention and recurrent layers as ONNX operators. @module */
import type { PlainLayerSpec } from '../../wire/index.ts'
import { asInt, type OnnxGraph } from './onnx-graph.ts'

/** Added to a score that must not count: its exponential is zero. */
const never = -1e30

/** @returns the name of `[batch, positions, channels]` */
export function onnxAttention(
  graph: OnnxGraph,
  input: string,
  { heads, causal }: Extract<PlainLayerSpec, { kind: 'self-attention' }>,
  [positions, channels]: readonly [number, number],
  path: string,
): string {
  const affine = (from: string, kernel: string, bias: string, to: string) => {
    const product = graph.node('MatMul', [from, graph.weight(`${path}.${kernel}`)], `${path}.${kernel}.product`)
    return graph.node('Add', [product, graph.weight(`${path}.${bias}`)], to)
  }
  const inner = affine(input, 'kernel', 'bias', `${path}.inner`)
  const names = ['queries', 'keys', 'values'].map((name) => `${path}.${name}`)
  graph.node('Split', [inner], `${path}.split`, { attributes: { axis: asInt(-1) }, outputs: names })
  const byHead = graph.integers(`${path}.heads`, [0, positions, heads, channels / heads])
  const [queries, keys, values] = names.map((name) => graph.node('Reshape', [name, byHead], `${name}.split`))
  const toHeads = [0, 2, 1, 3]
  const scores = graph.node(
    'MatMul',
    [graph.transpose(queries!, toHeads), graph.transpose(keys!, [0, 2, 3, 1])],
    `${path}.scores`,
  )
  const factor = graph.scalar(1 / Math.sqrt(channels / heads))
  let counted = graph.node('Mul', [scores, factor], `${path}.scaled`)
  if (causal) {
    const mask = graph.floats(`causal.${positions}`, [positions, positions], causalMask(positions))
    counted = graph.node('Add', [counted, mask], `${path}.masked`)
  }
  const weights = graph.node('Softmax', [counted], `${path}.weights`, { attributes: { axis: asInt(-1) } })
  const mixed = graph.node('MatMul', [weights, graph.transpose(values!, toHeads)], `${path}.mixed`)
  const side = graph.integers(`${path}.channels`, [0, positions, channels])
  const joined = graph.node('Reshape', [graph.transpose(mixed, toHeads), side], `${path}.joined`)
  return affine(joined, 'projection', 'projection-bias', `${path}.output`)
}

/** Where each of ONNX's gates is among ours: of an LSTM it has input, output, forget, cell; of a GRU update, reset, candidate. */
const gateOrder = { lstm: [0, 3, 1, 2], gru: [0, 1, 2] } as const

/** @returns the name of `[batch, positions, units]`, or of `[batch, units]` where only the last output counts */
export function onnxRecurrent(
  graph: OnnxGraph,
  input: string,
  layer: Extract<PlainLayerSpec, { kind: 'lstm' | 'gru' }>,
  path: string,
): string {
  const { kind, units } = layer
  const order = gateOrder[kind]
  const wide = order.length * units
  const column = (unit: number) => order[Math.floor(unit / units)]! * units + (unit % units)
  const turned = (role: string) => {
    const { shape, values } = graph.tensor(`${path}.${role}`)
    const depth = shape[0]!
    const rows = Float32Array.from({ length: wide * depth }, (_, i) => {
      return values[(i % depth) * wide + column(Math.floor(i / depth))]!
    })
    return graph.floats(`${path}.${role}`, [1, wide, depth], rows)
  }
  // The input's biases, then the state's, which our LSTM has not.
  const biases = new Float32Array(2 * wide)
  const beside = kind === 'gru' ? graph.tensor(`${path}.recurrent-bias`).values : new Float32Array(wide)
  const own = graph.tensor(`${path}.bias`).values
  for (let unit = 0; unit < wide; unit++) {
    biases[unit] = own[column(unit)]!
    biases[wide + unit] = beside[column(unit)]!
  }
  const inputs = [graph.transpose(input, [1, 0, 2]), turned('kernel'), turned('recurrent')]
  const bias = graph.floats(`${path}.bias`, [1, 2 * wide], biases)
  const [all, last] = [`${path}.all`, `${path}.last`]
  graph.node(kind.toUpperCase(), [...inputs, bias], `${path}.steps`, {
    attributes: {
      hidden_size: asInt(units),
      // A GRU of ours resets after its product.
      ...(kind === 'gru' ? { linear_before_reset: asInt(1) } : {}),
    },
    outputs: [all, last],
  })
  // Outputs have an axis of directions: `[positions, 1, batch, units]` and `[1, batch, units]`.
  if (layer.output === 'last') {
    return graph.node('Squeeze', [last, graph.integers(`${path}.axis`, [0])], `${path}.output`)
  }
  const flat = graph.node('Squeeze', [all, graph.integers(`${path}.axis`, [1])], `${path}.outputs`)
  return graph.transpose(flat, [1, 0, 2])
}

function causalMask(positions: number): Float32Array {
  const mask = new Float32Array(positions * positions)
  for (let to = 0; to < positions; to++) mask.fill(never, to * positions + to + 1, (to + 1) * positions)
  return mask
}
