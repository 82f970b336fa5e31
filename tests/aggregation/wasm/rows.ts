/** Rows that are hard on floating point, for tests that hold the fast path against plain TypeScript. */
import type { AggregationInput, PipelineSpec } from '../../../peer-core/aggregation/index.ts'
import type { Random } from '../../../peer-core/foundation/index.ts'

/** Every rule with kernels, alone and behind every pre-aggregator, and some without. */
export const specs: readonly PipelineSpec[] = [
  ['mean'],
  ['median'],
  ['trimmed-mean'],
  [{ rule: 'trimmed-mean', proportion: 0.1 }],
  [{ rule: 'centered-clipping', radius: 3 }],
  [{ rule: 'centered-clipping', radius: 0.5, steps: 3, start: 'mean' }],
  [{ rule: 'centered-clipping', radius: 1e-3, steps: 2, start: 'zeros' }],
  ['adaptive-centering'],
  ['arc', { rule: 'adaptive-centering', reach: 1, start: 'mean' }],
  [{ rule: 'geometric-median', steps: 3 }],
  [{ rule: 'geometric-median', steps: 2, start: 'mean', smoothing: 0.1 }],
  ['arc', 'nnm', 'trimmed-mean'],
  ['arc', 'trimmed-mean'],
  ['nnm', 'median'],
  ['nnm', 'mean'],
  ['arc', { rule: 'centered-clipping', radius: 1 }],
  ['nnm', 'geometric-median'],
  [{ rule: 'static-clipping', norm: 2 }, 'nnm', 'trimmed-mean'],
  [{ rule: 'bucketing', size: 2 }, 'nnm', 'trimmed-mean'],
  ['krum'],
  ['arc', 'nnm', 'multi-krum'],
  ['meamed'],
]

/** One number of a kind: ordinary, tied, zero of either sign, denormal, enormous. */
function number(random: Random, kind: number): number {
  if (kind === 0) return random.normal()
  if (kind === 1) return random.integer(3) - 1
  if (kind === 2) return random.next() < 0.5 ? -0 : 0
  if (kind === 3) return (random.integer(7) - 3) * 2 ** -149
  if (kind === 4) return random.normal() * 1e30
  if (kind === 5) return random.normal() * 1e-30
  return [0, -0, 1, random.normal(), 2 ** -149, 3.4e38, -3.4e38][random.integer(7)]!
}

export interface Shape {
  readonly rows: number
  readonly dimension: number
}

/** A round that nobody would wish for: near-duplicates, ties, zeros of both signs, denormals, numbers at the edge of float32. */
export function difficultInput(random: Random, { rows, dimension }: Shape): AggregationInput {
  const kinds = Array.from({ length: 4 }, () => random.integer(7))
  const contributions: Float32Array[] = []
  for (let i = 0; i < rows; i++) {
    if (i > 0 && random.next() < 0.15) {
      const copy = contributions[random.integer(i)]!.slice()
      if (dimension > 0 && random.next() < 0.5) copy[random.integer(dimension)] = number(random, 0)
      contributions.push(copy)
    } else {
      const kind = random.next() < 0.7 ? kinds[0]! : kinds[random.integer(4)]!
      contributions.push(Float32Array.from({ length: dimension }, () => number(random, kind)))
    }
  }
  const weighted = random.next() < 0.6
  // A few whole points, or tenths of them: sums that hit a half or a cut exactly, or would if decimals lost nothing.
  const points = random.next() < 0.4
  const unit = points && random.next() < 0.5 ? 10 : 1
  const weights = contributions.map(() => {
    if (!weighted) return 1
    if (points) return (1 + random.integer(4)) / unit
    return random.next() < 0.8 ? 500 + random.integer(501) : random.next() + 0.01
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const share = random.next() < 0.3 ? 0 : random.next() * 0.5
  return {
    contributions,
    ...(weighted || random.next() < 0.5 ? { weights } : {}),
    byzantineWeight: random.next() < 0.5 ? Math.floor(share * total * unit) / unit : share * total,
    ...(random.next() < 0.5 ? { reference: Float32Array.from({ length: dimension }, () => number(random, 0)) } : {}),
    seed: random.integer(1_000),
  }
}

export type Answer = Float32Array | { readonly fault: unknown }

/** A result, or the facts of the error that came instead. */
export async function answer(ask: () => Float32Array | Promise<Float32Array>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    return { fault: (error as { fault?: unknown }).fault ?? String(error) }
  }
}
