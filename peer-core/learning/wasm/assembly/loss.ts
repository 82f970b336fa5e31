/**
 * Softmax and its cross-entropy, a row of logits at a time; logits are dense, `rows × classes`.
 */
import { exp4 } from './exponential'

@inline
function floats(n: i32): usize {
  return (<usize>n) << 2
}

function greatest(classes: i32, logits: usize): f32 {
  let best = load<f32>(logits)
  // `max` and not a comparison: NaN must come out again.
  for (let c = 1; c < classes; c++) best = max<f32>(best, load<f32>(logits + floats(c)))
  return best
}

/** Writes `exp(logit − shift)` and returns the sum. */
function exponentials(classes: i32, logits: usize, out: usize, shift: f32): f32 {
  let sum: f32 = 0
  for (let c = 0; c < classes; c++) {
    const x = load<f32>(logits + floats(c)) - shift
    const e = f32x4.extract_lane(exp4(f32x4.splat(x)), 0)
    store<f32>(out + floats(c), e)
    sum += e
  }
  return sum
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
    const sum = exponentials(classes, logits, gradients, shift)
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
