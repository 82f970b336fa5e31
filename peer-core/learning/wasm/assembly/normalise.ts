/**
 * Layer norm and group norm: sets of `positions` rows, in each of which every one of `groups` equal parts of the channels gets
 * a mean of zero and a variance of one; then each channel its scale and bias.
 */

import { madd } from './madd'

/** Of the variance, as PyTorch has it; tfjs/normalise.ts has the same. */
const EPSILON: f32 = 1e-5

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function rowOf(table: usize, row: i32): usize {
  return <usize>load<u32>(table + words(row))
}

@inline
function lanes(v: v128): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)
  return low + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** Sum of `(value − shift)^power` over `positions` rows of `channels` values, `power` being 1 or 2. */
@inline
function moment(positions: i32, channels: i32, source: usize, rows: usize, shift: f32, squared: bool): f32 {
  const shifts = f32x4.splat(shift)
  // Two sums: a single one would wait for its own last addition.
  let even = f32x4.splat(0)
  let odd = f32x4.splat(0)
  let sum: f32 = 0
  for (let p = 0; p < positions; p++) {
    let at = source + rowOf(rows, p)
    let c = 0
    for (; c + 8 <= channels; c += 8, at += 32) {
      const x = f32x4.sub(v128.load(at), shifts)
      const y = f32x4.sub(v128.load(at, 16), shifts)
      even = squared ? madd(even, x, x) : f32x4.add(even, x)
      odd = squared ? madd(odd, y, y) : f32x4.add(odd, y)
    }
    for (; c + 4 <= channels; c += 4, at += 16) {
      const x = f32x4.sub(v128.load(at), shifts)
      even = squared ? madd(even, x, x) : f32x4.add(even, x)
    }
    for (; c < channels; c++, at += 4) {
      const x = load<f32>(at) - shift
      sum += squared ? x * x : x
    }
  }
  return lanes(f32x4.add(even, odd)) + sum
}

/** @param statistics - mean and inverse deviation of each group of each set: written, and what the gradients read */
export function normalise(
  sets: i32, positions: i32, channels: i32, groups: i32,
  source: usize, sourceRows: usize, out: usize, outRows: usize,
  scale: usize, bias: usize, statistics: usize,
): void {
  const each = channels / groups
  const share = <f32>1 / <f32>(positions * each)
  for (let s = 0; s < sets; s++) {
    for (let first = 0; first < channels; first += each) {
      const mean = share * moment(positions, each, source + words(first), sourceRows, 0, false)
      const variance = share * moment(positions, each, source + words(first), sourceRows, mean, true)
      const inverse = <f32>1 / sqrt<f32>(variance + EPSILON)
      store<f32>(statistics, mean)
      store<f32>(statistics, inverse, 4)
      statistics += 8
      const means = f32x4.splat(mean)
      const inverses = f32x4.splat(inverse)
      for (let p = 0; p < positions; p++) {
        const row = source + words(first) + rowOf(sourceRows, p)
        const to = out + words(first) + rowOf(outRows, p)
        let c = 0
        for (; c + 4 <= each; c += 4) {
          const x = f32x4.mul(f32x4.sub(v128.load(row + words(c)), means), inverses)
          v128.store(to + words(c), madd(v128.load(bias + words(first + c)), x, v128.load(scale + words(first + c))))
        }
        for (; c < each; c++) {
          const x = (load<f32>(row + words(c)) - mean) * inverse
          store<f32>(to + words(c), x * load<f32>(scale + words(first + c)) + load<f32>(bias + words(first + c)))
        }
      }
    }
    sourceRows += words(positions)
    outRows += words(positions)
  }
}

@inline
function addTo(at: usize, more: v128): void {
  v128.store(at, f32x4.add(v128.load(at), more))
}

/** @param alone - whether `positions` is 1: no loop over them, then */
@inline
function gradientsOf(
  alone: bool,
  sets: i32, positions: i32, channels: i32, groups: i32,
  source: usize, sourceRows: usize, gradients: usize, gradientRows: usize,
  scale: usize, statistics: usize, scaleGradients: usize, biasGradients: usize, out: usize,
): void {
  const each = channels / groups
  const share = <f32>1 / <f32>(positions * each)
  for (let s = 0; s < sets; s++) {
    for (let first = 0; first < channels; first += each) {
      const mean = load<f32>(statistics)
      const inverse = load<f32>(statistics, 4)
      statistics += 8
      const means = f32x4.splat(mean)
      const inverses = f32x4.splat(inverse)
      const end = first + each
      let plain4 = f32x4.splat(0)
      let along4 = f32x4.splat(0)
      let plain: f32 = 0
      let along: f32 = 0
      let c = first
      // Eight channels: as many sums as do not wait for their own last addition.
      for (; c + 8 <= end; c += 8) {
        let bias0 = f32x4.splat(0), bias1 = f32x4.splat(0)
        let scale0 = f32x4.splat(0), scale1 = f32x4.splat(0)
        let p = 0
        do {
          const at = source + words(c) + rowOf(sourceRows, p)
          const g = gradients + words(c) + rowOf(gradientRows, p)
          const d0 = v128.load(g)
          const d1 = v128.load(g, 16)
          bias0 = f32x4.add(bias0, d0)
          bias1 = f32x4.add(bias1, d1)
          scale0 = madd(scale0, d0, f32x4.sub(v128.load(at), means))
          scale1 = madd(scale1, d1, f32x4.sub(v128.load(at, 16), means))
        } while (!alone && ++p < positions)
        scale0 = f32x4.mul(scale0, inverses)
        scale1 = f32x4.mul(scale1, inverses)
        addTo(biasGradients + words(c), bias0)
        addTo(biasGradients + words(c) + 16, bias1)
        addTo(scaleGradients + words(c), scale0)
        addTo(scaleGradients + words(c) + 16, scale1)
        const by0 = v128.load(scale + words(c))
        const by1 = v128.load(scale + words(c), 16)
        plain4 = madd(madd(plain4, by0, bias0), by1, bias1)
        along4 = madd(madd(along4, by0, scale0), by1, scale1)
      }
      for (; c < end; c++) {
        let biasSum: f32 = 0
        let scaleSum: f32 = 0
        for (let p = 0; p < positions; p++) {
          const d = load<f32>(gradients + words(c) + rowOf(gradientRows, p))
          biasSum += d
          scaleSum += d * (load<f32>(source + words(c) + rowOf(sourceRows, p)) - mean)
        }
        scaleSum *= inverse
        store<f32>(biasGradients + words(c), load<f32>(biasGradients + words(c)) + biasSum)
        store<f32>(scaleGradients + words(c), load<f32>(scaleGradients + words(c)) + scaleSum)
        plain += load<f32>(scale + words(c)) * biasSum
        along += load<f32>(scale + words(c)) * scaleSum
      }
      if (out == 0) continue

      const shift = -inverse * share * (lanes(plain4) + plain)
      const slope = -inverse * inverse * share * (lanes(along4) + along)
      const shifts = f32x4.splat(shift)
      const slopes = f32x4.splat(slope)
      for (c = first; c + 4 <= end; c += 4) {
        const factors = f32x4.mul(inverses, v128.load(scale + words(c)))
        let p = 0
        do {
          const row = words(c) + rowOf(sourceRows, p)
          const d = v128.load(gradients + words(c) + rowOf(gradientRows, p))
          const x = f32x4.sub(v128.load(source + row), means)
          v128.store(out + row, madd(madd(shifts, factors, d), slopes, x))
        } while (!alone && ++p < positions)
      }
      for (; c < end; c++) {
        const factor = inverse * load<f32>(scale + words(c))
        for (let p = 0; p < positions; p++) {
          const row = words(c) + rowOf(sourceRows, p)
          const d = load<f32>(gradients + words(c) + rowOf(gradientRows, p))
          store<f32>(out + row, shift + factor * d + slope * (load<f32>(source + row) - mean))
        }
      }
    }
    sourceRows += words(positions)
    gradientRows += words(positions)
  }
}

/**
 * With `x` the normal values and `d` the gradients by what came out: `dbias = Σ d`, `dscale = Σ d x`, and by the source
 * `inverse · (scale · d − mean(scale · d) − x · mean(scale · d · x))`, whose means are those two sums again, times the scales.
 *
 * @param out - gradients of the source, laid out as it; none when 0
 */
export function normaliseGradients(
  sets: i32, positions: i32, channels: i32, groups: i32,
  source: usize, sourceRows: usize, gradients: usize, gradientRows: usize,
  scale: usize, statistics: usize, scaleGradients: usize, biasGradients: usize, out: usize, accumulate: bool,
): void {
  if (!accumulate) {
    memory.fill(scaleGradients, 0, words(channels))
    memory.fill(biasGradients, 0, words(channels))
  }
  if (positions == 1) {
    gradientsOf(
      true,
      sets, positions, channels, groups, source, sourceRows, gradients, gradientRows,
      scale, statistics, scaleGradients, biasGradients, out,
    )
  } else {
    gradientsOf(
      false,
      sets, positions, channels, groups, source, sourceRows, gradients, gradientRows,
      scale, statistics, scaleGradients, biasGradients, out,
    )
  }
}
