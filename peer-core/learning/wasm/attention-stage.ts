/**
 * Scaled dot-product attention from queries, keys and values that lie side by side, a head at a time.
 *
 * Weights `softmax(q kᵀ / √d)` are kept for the way back. Where a position sees only those before it, queries go in blocks of
 * {@link blockRows}, each against the keys up to its own end, so that nearly half of the products are never formed.
 * @module
 */
import type { AttentionBlock } from './blocks.ts'
import type { Address, Kernels } from './kernels.ts'
import { batchSlot, panelsOf, type Stage, type Wiring } from './stage.ts'

/** Four tiles of the product's five rows. */
const blockRows = 20

export function attentionStage(block: AttentionBlock, wiring: Wiring): Stage {
  const { arena, examples, input, output, training } = wiring
  const { heads, causal } = block
  const { height: positions, channels } = block.output
  const depth = channels / heads
  const factor = 1 / Math.sqrt(depth)
  /** bytes from a position to the next: of queries, keys and values; of outputs; of weights */
  const [step, outStep, weightStep] = [12 * channels, 4 * channels, 4 * positions]
  const panels = panelsOf(arena, positions, depth)
  const perHead = positions * positions
  const weights = batchSlot(arena, training ? wiring.batch : examples, heads * perHead)
  const weightsAt = (example: number, head: number) => weights.at(example) + 4 * head * perHead
  const blocks = rangesOf(positions, causal ? blockRows : positions)

  const forwardHead = (kernels: Kernels, q: Address, k: Address, v: Address, w: Address, out: Address) => {
    kernels.packPanels(positions, depth, k, step, panels.at)
    for (const [from, to] of blocks) {
      const [count, at] = [to - from, w + from * weightStep]
      kernels.evenGemm(
        ...([count, depth, to, q + from * step, step, 4] as const),
        ...([panels.at, panels.step, panels.stride, 0, at, weightStep, 0] as const),
      )
      kernels.softmaxRows(count, to, causal ? from : to, at, weightStep, factor)
      kernels.evenGemm(
        ...([count, to, depth, at, weightStep, 4] as const),
        ...([v, step, 32, 0, out + from * outStep, outStep, 0] as const),
      )
    }
  }
  const places = (slot: Wiring['input'], first: number, example: number, head: number) => {
    const q = slot.at(first) + example * slot.stride + 4 * head * depth
    return [q, q + outStep, q + 2 * outStep] as const
  }
  const outputAt = (slot: Wiring['output'], first: number, example: number, head: number) =>
    slot.at(first) + example * slot.stride + 4 * head * depth

  const forward: Stage['forward'] = (kernels, first, count) => [
    () => {
      for (let example = 0; example < count; example++) {
        for (let head = 0; head < heads; head++) {
          const [q, k, v] = places(input, first, example, head)
          const w = weightsAt((training ? first : 0) + example, head)
          forwardHead(kernels, q, k, v, w, outputAt(output, first, example, head))
        }
      }
    },
  ]
  if (!training?.inputGradient) return { prepare: () => [], forward, backward: () => [] }

  const { inputGradient, outputGradient } = training
  const scores = arena.floats(perHead)
  const backwardHead = (
    kernels: Kernels,
    [q, k, v]: readonly [Address, Address, Address],
    w: Address,
    g: Address,
    [dq, dk, dv]: readonly [Address, Address, Address],
  ) => {
    kernels.packPanels(positions, depth, v, step, panels.at)
    for (const [from, to] of blocks) {
      const [count, at, into] = [to - from, w + from * weightStep, scores + from * weightStep]
      kernels.evenGemm(
        ...([count, depth, to, g + from * outStep, outStep, 4] as const),
        ...([panels.at, panels.step, panels.stride, 0, into, weightStep, 0] as const),
      )
      kernels.softmaxGradients(count, to, at, into, weightStep, factor)
      kernels.evenGemm(
        ...([count, to, depth, into, weightStep, 4] as const),
        ...([k, step, 32, 0, dq + from * step, step, 0] as const),
      )
    }
    for (const [from, to] of blocks) {
      // Keys of this block are seen by the queries from its beginning on: columns of weights, from that row.
      const since = causal ? from : 0
      const corner = since * weightStep + 4 * from
      const [count, later] = [to - from, positions - since]
      kernels.evenGemm(
        ...([count, later, depth, w + corner, 4, weightStep] as const),
        ...([g + since * outStep, outStep, 32, 0, dv + from * step, step, 0] as const),
      )
      kernels.evenGemm(
        ...([count, later, depth, scores + corner, 4, weightStep] as const),
        ...([q + since * step, step, 32, 0, dk + from * step, step, 0] as const),
      )
    }
  }
  return {
    prepare: () => [],
    forward,
    backward: (kernels, first, count) => [
      () => {
        for (let example = 0; example < count; example++) {
          for (let head = 0; head < heads; head++) {
            const w = weightsAt(first + example, head)
            const g = outputAt(outputGradient, first, example, head)
            const to = places(inputGradient, first, example, head)
            backwardHead(kernels, places(input, first, example, head), w, g, to)
          }
        }
      },
    ],
  }
}

/** `[from, to)` of consecutive parts of at most `size`. */
function rangesOf(length: number, size: number): readonly (readonly [number, number])[] {
  const count = Math.ceil(length / size)
  return Array.from({ length: count }, (_, i) => [i * size, Math.min(length, (i + 1) * size)] as const)
}
