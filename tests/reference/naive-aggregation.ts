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

export function staticClipping(rows: Rows, limit: number): number[][] {
  return rows.map((row) => row.map((x) => x * Math.min(1, limit / Math.max(norm(row), Number.MIN_VALUE))))
}

/**
 * `size` rows at a time, in the order given: their weighted mean, which weighs their mean weight. As many buckets may be spoiled as the
 * lightest rows that hold `b` are, and those the heaviest.
 */
export function bucketing({ rows, weights, liars }: Crowd, size: number, order: readonly number[]): Crowd {
  const buckets: number[][] = []
  for (let at = 0; at < order.length; at += size) buckets.push(order.slice(at, at + size))
  const held = buckets.map((members) => sum(members.map((i) => weights[i]!)) / members.length)
  let most = 0
  while (sum(weights.toSorted((a, b) => a - b).slice(0, most + 1)) <= liars) most++
  return {
    rows: buckets.map((members) => {
      return mean({ rows: members.map((i) => rows[i]!), weights: members.map((i) => weights[i]!), liars: 0 })
    }),
    weights: held,
    liars: sum(held.toSorted((a, b) => b - a).slice(0, most)),
  }
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
function krumScores(rows: Rows, f: number): number[] {
  return rows.map((own, i) => {
    const others = rows.filter((_, j) => j !== i).map((other) => distance(own, other) ** 2)
    return sum(others.toSorted((a, b) => a - b).slice(0, Math.max(1, rows.length - f - 2)))
  })
}

export function krum(rows: Rows, f: number): number[] {
  return [...rows[byValue(krumScores(rows, f))[0]!]!]
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

/**
 * Rows pulled from the start: in full within `reach · m`, with that length up to five times it, not at all beyond, as long as those left out
 * hold no more than `b`. m is the least distance within which weight `min((W + b)/2, W − b)` lies.
 */
export function adaptiveCentering({ rows, weights, liars }: Crowd, reach: number, start: readonly number[]): number[] {
  const total = sum(weights)
  const distances = rows.map((row) => distance(row, start))
  const held = (within: number) => sum(weights.filter((_, i) => distances[i]! <= within))
  const needed = Math.min((total + liars) / 2, total - liars)
  const radius = reach * Math.min(...distances.filter((at) => held(at) >= needed))
  const left = weights.map(() => 1)
  if (liars > 0) {
    let out = 0
    for (const i of byValue(distances).toReversed()) {
      if (distances[i]! <= 5 * radius || out + weights[i]! > liars) break
      out += weights[i]!
      left[i] = 0
    }
  }
  const counted = weights.map((weight, i) => weight * left[i]!)
  const limit = liars > 0 ? radius : Number.POSITIVE_INFINITY
  const moves = rows.map((row, i) => {
    const factor = distances[i]! > limit ? limit / distances[i]! : 1
    return row.map((x, k) => (x - start[k]!) * factor)
  })
  const move = mean({ rows: moves, weights: counted, liars: 0 })
  return start.map((x, k) => x + move[k]!)
}

/** The mean of the rows nearest to the pivot that hold `W − b`, the last one in part. */
export function monna({ rows, weights, liars }: Crowd, pivot: readonly number[]): number[] {
  let left = sum(weights) - liars
  const shares = rows.map(() => 0)
  for (const i of byValue(rows.map((row) => distance(row, pivot)))) {
    shares[i] = Math.min(left, weights[i]!)
    left -= shares[i]!
  }
  return mean({ rows, weights: shares, liars: 0 })
}

/** Krum again and again until `n − 2f` rows are chosen, then per coordinate the mean of the `n − 4f` closest to their median. */
export function bulyan(rows: Rows, f: number): number[] {
  let left = [...rows]
  const chosen: (readonly number[])[] = []
  while (chosen.length < rows.length - 2 * f) {
    const best = krum(left, f)
    const at = left.findIndex((row) => row.every((x, k) => x === best[k]))
    chosen.push(left[at]!)
    left = left.filter((_, i) => i !== at)
  }
  const middle = median({ rows: chosen, weights: chosen.map(() => 1), liars: 0 })
  return middle.map((center, k) => {
    const values = column(chosen, k)
    const order = byValue(values.map((x) => Math.abs(x - center)))
    return sum(order.slice(0, rows.length - 4 * f).map((i) => values[i]!)) / (rows.length - 4 * f)
  })
}

/** The covariance of weighted rows, `d × d`. */
function covariance(rows: Rows, weights: readonly number[]): number[][] {
  const middle = mean({ rows, weights, liars: 0 })
  return middle.map((mine, a) =>
    middle.map(
      (other, b) => sum(rows.map((row, i) => weights[i]! * (row[a]! - mine) * (row[b]! - other))) / sum(weights),
    ),
  )
}

/** Largest eigenvalue and its direction, by power iteration from the widest column. */
function largest(matrix: number[][], steps = 3_000): { value: number; vector: number[] } {
  const columns = matrix.map((_, k) => column(matrix, k))
  let vector = [...columns].sort((a, b) => norm(b) - norm(a))[0]!
  for (let step = 0; step < steps && norm(vector) > 0; step++) {
    const next = matrix.map((row) => sum(row.map((x, k) => x * vector[k]!)))
    const length = norm(next)
    vector = next.map((x) => x / (length || 1))
  }
  return { value: sum(matrix.map((row, k) => vector[k]! * sum(row.map((x, j) => x * vector[j]!)))), vector }
}

/** Every subset of `n − f` rows, the one whose covariance has the smallest largest eigenvalue averaged. */
export function smallestEigenvalue(rows: Rows, f: number): number[] {
  const subsets = subsetsOf(rows, rows.length - f)
  // A value is known long before its direction is.
  const spreadOf = (members: Rows) =>
    largest(
      covariance(
        members,
        members.map(() => 1),
      ),
      100,
    ).value
  const values = subsets.map(spreadOf)
  const best = subsets[byValue(values)[0]!]!
  return mean({ rows: best, weights: best.map(() => 1), liars: 0 })
}

/** Rows fade along the direction of largest variance until weight 2b is gone; the mean where that variance was least. */
export function caf({ rows, weights, liars }: Crowd): number[] {
  const held = [...weights]
  let least = Number.POSITIVE_INFINITY
  let best = mean({ rows, weights, liars: 0 })
  while (sum(held) > sum(weights) - 2 * liars + 1e-9) {
    const middle = mean({ rows, weights: held, liars: 0 })
    const { value, vector } = largest(covariance(rows, held))
    if (value < least) {
      least = value
      best = middle
    }
    const spread = rows.map((row, i) => (held[i]! > 0 ? sum(row.map((x, k) => (x - middle[k]!) * vector[k]!)) ** 2 : 0))
    const widest = Math.max(...spread)
    if (widest === 0) break
    for (let i = 0; i < rows.length; i++) held[i] = held[i]! * (1 - spread[i]! / widest)
  }
  return best
}

/** The mean of the `n − f` rows with the least Krum scores. */
export function multiKrum(rows: Rows, f: number): number[] {
  const scores = krumScores(rows, f)
  const best = byValue(scores)
    .slice(0, rows.length - f)
    .map((i) => rows[i]!)
  return mean({ rows: best, weights: best.map(() => 1), liars: 0 })
}
