/**
 * Layer norm and group norm: sets of `positions` rows, in each of which every one of `groups` equal parts of the channels gets
 * a mean of zero and a variance of one; then each channel its scale and bias.
 */

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
  let sums = f32x4.splat(0)
  let sum: f32 = 0
  for (let p = 0; p < positions; p++) {
    const row = source + rowOf(rows, p)
    let c = 0
    for (; c + 4 <= channels; c += 4) {
      const x = f32x4.sub(v128.load(row + words(c)), shifts)
      sums = f32x4.add(sums, squared ? f32x4.mul(x, x) : x)
    }
    for (; c < channels; c++) {
      const x = load<f32>(row + words(c)) - shift
      sum += squared ? x * x : x
    }
  }
  return lanes(sums) + sum
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
      const from = source + words(first)
      const mean = share * moment(positions, each, from, sourceRows, 0, false)
      const variance = share * moment(positions, each, from, sourceRows, mean, true)
      const inverse = <f32>1 / sqrt<f32>(variance + EPSILON)
      store<f32>(statistics, mean)
      store<f32>(statistics, inverse, 4)
      statistics += 8
      const means = f32x4.splat(mean)
      const inverses = f32x4.splat(inverse)
      for (let p = 0; p < positions; p++) {
        const row = from + rowOf(sourceRows, p)
        const to = out + words(first) + rowOf(outRows, p)
        let c = 0
        for (; c + 4 <= each; c += 4) {
          const x = f32x4.mul(f32x4.sub(v128.load(row + words(c)), means), inverses)
          const scaled = f32x4.mul(x, v128.load(scale + words(first + c)))
          v128.store(to + words(c), f32x4.add(scaled, v128.load(bias + words(first + c))))
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

/** @param out - gradients of the source, laid out as it; none when 0 */
export function normaliseGradients(
  sets: i32, positions: i32, channels: i32, groups: i32,
  source: usize, sourceRows: usize, gradients: usize, gradientRows: usize,
  scale: usize, statistics: usize, scaleGradients: usize, biasGradients: usize, out: usize, accumulate: bool,
): void {
  if (!accumulate) {
    memory.fill(scaleGradients, 0, words(channels))
    memory.fill(biasGradients, 0, words(channels))
  }
  const each = channels / groups
  const share = <f32>1 / <f32>(positions * each)
  for (let s = 0; s < sets; s++) {
    for (let first = 0; first < channels; first += each) {
      const mean = load<f32>(statistics)
      const inverse = load<f32>(statistics, 4)
      statistics += 8
      const means = f32x4.splat(mean)
      const inverses = f32x4.splat(inverse)
      // Sums of the gradients by the normal values, and of those times the normal values.
      let plain4 = f32x4.splat(0)
      let along4 = f32x4.splat(0)
      let plain: f32 = 0
      let along: f32 = 0
      for (let p = 0; p < positions; p++) {
        const row = source + words(first) + rowOf(sourceRows, p)
        const g = gradients + words(first) + rowOf(gradientRows, p)
        let c = 0
        for (; c + 4 <= each; c += 4) {
          const at = words(first + c)
          const d = v128.load(g + words(c))
          const x = f32x4.mul(f32x4.sub(v128.load(row + words(c)), means), inverses)
          v128.store(biasGradients + at, f32x4.add(v128.load(biasGradients + at), d))
          v128.store(scaleGradients + at, f32x4.add(v128.load(scaleGradients + at), f32x4.mul(d, x)))
          const scaled = f32x4.mul(d, v128.load(scale + at))
          plain4 = f32x4.add(plain4, scaled)
          along4 = f32x4.add(along4, f32x4.mul(scaled, x))
        }
        for (; c < each; c++) {
          const at = words(first + c)
          const d = load<f32>(g + words(c))
          const x = (load<f32>(row + words(c)) - mean) * inverse
          store<f32>(biasGradients + at, load<f32>(biasGradients + at) + d)
          store<f32>(scaleGradients + at, load<f32>(scaleGradients + at) + d * x)
          const scaled = d * load<f32>(scale + at)
          plain += scaled
          along += scaled * x
        }
      }
      if (out == 0) continue

      plain = share * (lanes(plain4) + plain)
      along = share * (lanes(along4) + along)
      const plains = f32x4.splat(plain)
      const alongs = f32x4.splat(along)
      for (let p = 0; p < positions; p++) {
        const row = source + words(first) + rowOf(sourceRows, p)
        const to = out + words(first) + rowOf(sourceRows, p)
        const g = gradients + words(first) + rowOf(gradientRows, p)
        let c = 0
        for (; c + 4 <= each; c += 4) {
          const x = f32x4.mul(f32x4.sub(v128.load(row + words(c)), means), inverses)
          const scaled = f32x4.mul(v128.load(g + words(c)), v128.load(scale + words(first + c)))
          const centred = f32x4.sub(f32x4.sub(scaled, plains), f32x4.mul(x, alongs))
          v128.store(to + words(c), f32x4.mul(inverses, centred))
        }
        for (; c < each; c++) {
          const x = (load<f32>(row + words(c)) - mean) * inverse
          const scaled = load<f32>(g + words(c)) * load<f32>(scale + words(first + c))
          store<f32>(to + words(c), inverse * (scaled - plain - x * along))
        }
      }
    }
    sourceRows += words(positions)
    gradientRows += words(positions)
  }
}
