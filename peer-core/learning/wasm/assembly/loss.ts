/**
 * Softmax, a row at a time: of logits, with its cross-entropy, and of attention's scores.
 */
import { exp4 } from './exponential'

@inline
function floats(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function greatestLane(v: v128): f32 {
  const a = max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1))
  return max<f32>(a, max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)))
}

@inline
function lanes(v: v128): f32 {
  const low = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)
  return low + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
}

/** NaN may be passed over: its exponential is NaN again. */
function greatest(count: i32, values: usize): f32 {
  let best = load<f32>(values)
  let c = 0
  if (count >= 4) {
    let most = v128.load(values)
    for (c = 4; c + 4 <= count; c += 4) most = f32x4.pmax(most, v128.load(values + floats(c)))
    best = greatestLane(most)
  }
  for (; c < count; c++) best = max<f32>(best, load<f32>(values + floats(c)))
  return best
}

/** Writes `exp(factor · (value − shift))` and returns the sum. May read, never writes, up to three floats beyond. */
function exponentials(count: i32, values: usize, out: usize, shift: f32, factor: f32): f32 {
  const shifts = f32x4.splat(shift)
  const factors = f32x4.splat(factor)
  let sums = f32x4.splat(0)
  let c = 0
  for (; c + 4 <= count; c += 4) {
    const e = exp4(f32x4.mul(factors, f32x4.sub(v128.load(values + floats(c)), shifts)))
    v128.store(out + floats(c), e)
    sums = f32x4.add(sums, e)
  }
  let sum = lanes(sums)
  if (c == count) return sum

  const e = exp4(f32x4.mul(factors, f32x4.sub(v128.load(values + floats(c)), shifts)))
  for (let at = out + floats(c), lane = 0; c < count; c++, lane++, at += 4) {
    const one = lane == 0 ? f32x4.extract_lane(e, 0) : lane == 1 ? f32x4.extract_lane(e, 1) : f32x4.extract_lane(e, 2)
    store<f32>(at, one)
    sum += one
  }
  return sum
}

/** −1 in the first `count` lanes, at `lanesBelow + 16 · count`. */
const lanesBelow = memory.data<i32>([
  0, 0, 0, 0,
  -1, 0, 0, 0,
  -1, -1, 0, 0,
  -1, -1, -1, 0,
], 16)

/**
 * Softmax of `factor · values`, in place, row by row. Of row `r` only the first `before + r + 1` values count, the rest of
 * its `columns` becomes zero.
 *
 * @param stride - bytes from a row to the next
 */
export function softmaxRows(
  rows: i32, columns: i32, before: i32, values: usize, stride: usize, factor: f32,
): void {
  for (let r = 0; r < rows; r++) {
    const count = min(columns, before + r + 1)
    const sum = exponentials(count, values, values, greatest(count, values), factor)
    const inverse = <f32>1 / sum
    const inverses = f32x4.splat(inverse)
    let c = 0
    for (; c + 4 <= count; c += 4) {
      v128.store(values + floats(c), f32x4.mul(v128.load(values + floats(c)), inverses))
    }
    if (c + 4 <= columns && c < count) {
      const mask = v128.load(lanesBelow + ((<usize>(count - c)) << 4))
      v128.store(values + floats(c), v128.and(f32x4.mul(v128.load(values + floats(c)), inverses), mask))
      c += 4
    } else {
      for (; c < count; c++) store<f32>(values + floats(c), load<f32>(values + floats(c)) * inverse)
    }
    for (; c + 4 <= columns; c += 4) v128.store(values + floats(c), f32x4.splat(0))
    for (; c < columns; c++) store<f32>(values + floats(c), 0)
    values += stride
  }
}

/** From gradients by the weights of {@link softmaxRows} to those by its values, in place: `factor · w (g − Σ w g)`. */
export function softmaxGradients(
  rows: i32, columns: i32, weights: usize, gradients: usize, stride: usize, factor: f32,
): void {
  for (let r = 0; r < rows; r++) {
    let sums = f32x4.splat(0)
    let c = 0
    for (; c + 4 <= columns; c += 4) {
      sums = f32x4.add(sums, f32x4.mul(v128.load(weights + floats(c)), v128.load(gradients + floats(c))))
    }
    let sum = lanes(sums)
    for (; c < columns; c++) sum += load<f32>(weights + floats(c)) * load<f32>(gradients + floats(c))
    const all = f32x4.splat(sum)
    const factors = f32x4.splat(factor)
    for (c = 0; c + 4 <= columns; c += 4) {
      const g = f32x4.sub(v128.load(gradients + floats(c)), all)
      v128.store(gradients + floats(c), f32x4.mul(factors, f32x4.mul(v128.load(weights + floats(c)), g)))
    }
    for (; c < columns; c++) {
      const g = load<f32>(gradients + floats(c)) - sum
      store<f32>(gradients + floats(c), factor * load<f32>(weights + floats(c)) * g)
    }
    weights += stride
    gradients += stride
  }
}

/**
 * Gradients `scale · (softmax − one-hot)`.
 *
 * @param labels - uint16, one a row
 * @returns the sum of the rows' cross-entropies, in nats
 */
export function softmaxLoss(
  rows: i32, classes: i32, logits: usize, labels: usize, scale: f32, gradients: usize,
): f64 {
  let loss: f64 = 0
  for (let r = 0; r < rows; r++) {
    const shift = greatest(classes, logits)
    const sum = exponentials(classes, logits, gradients, shift, 1)
    const label = <i32>load<u16>(labels + ((<usize>r) << 1))
    loss += <f64>NativeMathf.log(sum) + <f64>shift - <f64>load<f32>(logits + floats(label))
    const factor = scale / sum
    for (let c = 0; c < classes; c++) {
      const p = load<f32>(gradients + floats(c)) * factor
      store<f32>(gradients + floats(c), c == label ? p - scale : p)
    }
    logits += floats(classes)
    gradients += floats(classes)
  }
  return loss
}
