/**
 * Aggregation as its papers write it: arrays of arrays, one obvious loop after another, no Gram matrix, no blocks, no mixtures. Slow, and
 * written without a look at the rooms' own code, so that a mistake would have to be made twice.
 */

export type Rows = readonly (readonly number[])[]

export interface Crowd {
  readonly rows: Rows
  readonly weights: readonly number[]
  /** b */
  readonly liars: number
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const column = (rows: Rows, k: number) => rows.map((row) => row[k]!)
const perCoordinate = (rows: Rows, rule: (values: number[]) => number) => rows[0]!.map((_, k) => rule(column(rows, k)))
const distance = (a: readonly number[], b: readonly number[]) => Math.sqrt(sum(a.map((x, k) => (x - b[k]!) ** 2)))
const norm = (a: readonly number[]) => Math.sqrt(sum(a.map((x) => x * x)))
const byValue = (values: readonly number[]) => values.map((_, i) => i).sort((i, j) => values[i]! - values[j]! || i - j)

export function mean({ rows, weights }: Crowd): number[] {
  return perCoordinate(rows, (values) => sum(values.map((x, i) => x * weights[i]!)) / sum(weights))
}

/** Sort by value, cut weight off the low end, then off the high end, average what is left. */
export function trimmedMean({ rows, weights, liars }: Crowd): number[] {
  return perCoordinate(rows, (values) => {
    const order = byValue(values)
    const left = [...weights]
    const cut = (indices: readonly number[]) => {
      let quota = liars
      for (const i of indices) {
        const taken = Math.min(quota, left[i]!)
        left[i] = left[i]! - taken
        quota -= taken
      }
    }
    cut(order)
    cut(order.toReversed())
    return sum(values.map((x, i) => x * left[i]!)) / sum(left)
  })
}

/** The middle of the sorted values, each repeated as often as its (whole) weight says. */
export function median({ rows, weights }: Crowd): number[] {
  return perCoordinate(rows, (values) => {
    const repeated = byValue(values).flatMap((i) => Array<number>(weights[i]!).fill(values[i]!))
    const half = repeated.length / 2
    return Number.isInteger(half) ? (repeated[half - 1]! + repeated[half]!) / 2 : repeated[Math.floor(half)]!
  })
}

export function nearestNeighbours({ rows, weights, liars }: Crowd): number[][] {
  return rows.map((own) => {
    const order = byValue(rows.map((other) => distance(own, other)))
    let left = sum(weights) - liars
    const shares = rows.map(() => 0)
    for (const i of order) {
      shares[i] = Math.min(left, weights[i]!)
      left -= shares[i]!
    }
    return mean({ rows, weights: shares, liars: 0 })
  })
}

/** Equal weights: the `⌊2f(n − f)/n⌋` longest rows are cut to the next longest. */
export function adaptiveClipping(rows: Rows, f: number): number[][] {
  const lengths = rows.map(norm)
  const clipped = Math.floor((2 * f * (rows.length - f)) / rows.length)
  const limit = lengths.toSorted((a, b) => b - a)[clipped]!
  return rows.map((row, i) => (lengths[i]! > limit ? row.map((x) => (x * limit) / lengths[i]!) : [...row]))
}

export function geometricMedian({ rows, weights }: Crowd, smoothing: number, steps: number): number[] {
  let center = mean({ rows, weights, liars: 0 })
  for (let step = 0; step < steps; step++) {
    const pulls = rows.map((row, i) => weights[i]! / Math.max(smoothing, distance(row, center)))
    center = mean({ rows, weights: pulls, liars: 0 })
  }
  return center
}

export function centeredClipping(
  { rows, weights }: Crowd,
  radius: number,
  steps: number,
  start: readonly number[],
): number[] {
  let center = [...start]
  for (let step = 0; step < steps; step++) {
    const moves = rows.map((row) => {
      const factor = Math.min(1, radius / Math.max(distance(row, center), Number.MIN_VALUE))
      return row.map((x, k) => (x - center[k]!) * factor)
    })
    const move = mean({ rows: moves, weights, liars: 0 })
    center = center.map((x, k) => x + move[k]!)
  }
  return center
}

/** Blanchard's scores: squared distances to the `n − f − 2` nearest others. */
export function krum(rows: Rows, f: number): number[] {
  const scores = rows.map((own, i) => {
    const others = rows.filter((_, j) => j !== i).map((other) => distance(own, other) ** 2)
    return sum(others.toSorted((a, b) => a - b).slice(0, Math.max(1, rows.length - f - 2)))
  })
  return [...rows[byValue(scores)[0]!]!]
}

export function meamed({ rows, weights, liars }: Crowd): number[] {
  const middle = median({ rows, weights, liars })
  return rows[0]!.map((_, k) => {
    const values = column(rows, k)
    let left = sum(weights) - liars
    let total = 0
    for (const i of byValue(values.map((x) => Math.abs(x - middle[k]!)))) {
      const taken = Math.min(left, weights[i]!)
      total += taken * values[i]!
      left -= taken
    }
    return total / (sum(weights) - liars)
  })
}

/** Every subset of `n − f` rows in lexicographic order, the first one of smallest diameter averaged. */
export function minimumDiameter(rows: Rows, f: number): number[] {
  let best: Rows = rows
  let least = Number.POSITIVE_INFINITY
  for (const members of subsetsOf(rows, rows.length - f)) {
    const diameter = Math.max(0, ...members.flatMap((a) => members.map((b) => distance(a, b))))
    if (diameter < least) {
      least = diameter
      best = members
    }
  }
  return mean({ rows: best, weights: best.map(() => 1), liars: 0 })
}

function subsetsOf<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return items.flatMap((item, i) => subsetsOf(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]))
}

export function fltrust({ rows, weights }: Crowd, trusted: readonly number[]): number[] {
  const scores = rows.map((row, i) => {
    const cosine = sum(row.map((x, k) => x * trusted[k]!)) / (norm(row) * norm(trusted) || 1)
    return weights[i]! * Math.max(0, cosine)
  })
  if (sum(scores) === 0) return trusted.map(() => 0)
  const brought = rows.map((row) => row.map((x) => (norm(row) === 0 ? 0 : (x * norm(trusted)) / norm(row))))
  return mean({ rows: brought, weights: scores, liars: 0 })
}
