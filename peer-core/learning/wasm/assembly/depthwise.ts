/**
 * Depthwise convolution: each channel by a filter of its own, `[taps][channels]`; gradients are dense, `rows × channels`.
 */

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function tapOf(taps: usize, tap: i32): usize {
  return <usize>load<u32>(taps + words(tap))
}

export function depthwise(
  rows: i32, channels: i32, tapCount: i32, source: usize, sourceRows: usize, taps: usize,
  filter: usize, bias: usize, out: usize, outRows: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const from = source + <usize>load<u32>(sourceRows + words(r))
    const to = out + <usize>load<u32>(outRows + words(r))
    let c = 0
    for (; c + 4 <= channels; c += 4) {
      let sum = v128.load(bias + words(c))
      let weight = filter + words(c)
      for (let tap = 0; tap < tapCount; tap++, weight += words(channels)) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(from + tapOf(taps, tap) + words(c)), v128.load(weight)))
      }
      v128.store(to + words(c), sum)
    }
    for (; c < channels; c++) {
      let sum = load<f32>(bias + words(c))
      let weight = filter + words(c)
      for (let tap = 0; tap < tapCount; tap++, weight += words(channels)) {
        sum += load<f32>(from + tapOf(taps, tap) + words(c)) * load<f32>(weight)
      }
      store<f32>(to + words(c), sum)
    }
  }
}

export function depthwiseFilterGradients(
  rows: i32, channels: i32, tapCount: i32, source: usize, sourceRows: usize, taps: usize,
  gradients: usize, filterGradients: usize, accumulate: bool,
): void {
  if (!accumulate) memory.fill(filterGradients, 0, words(tapCount * channels))
  for (let tap = 0; tap < tapCount; tap++) {
    const from = source + tapOf(taps, tap)
    let c = 0
    for (; c + 4 <= channels; c += 4) {
      let sum = v128.load(filterGradients + words(c))
      let g = gradients + words(c)
      for (let r = 0; r < rows; r++, g += words(channels)) {
        const x = v128.load(from + tapOf(sourceRows, r) + words(c))
        sum = f32x4.add(sum, f32x4.mul(x, v128.load(g)))
      }
      v128.store(filterGradients + words(c), sum)
    }
    for (; c < channels; c++) {
      let sum = load<f32>(filterGradients + words(c))
      let g = gradients + words(c)
      for (let r = 0; r < rows; r++, g += words(channels)) {
        sum += load<f32>(from + tapOf(sourceRows, r) + words(c)) * load<f32>(g)
      }
      store<f32>(filterGradients + words(c), sum)
    }
    filterGradients += words(channels)
  }
}

/** Adds to `out`, which is laid out as the source. */
export function depthwiseInputGradients(
  rows: i32, channels: i32, tapCount: i32, out: usize, sourceRows: usize, taps: usize, gradients: usize, filter: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const row = out + tapOf(sourceRows, r)
    let weight = filter
    for (let tap = 0; tap < tapCount; tap++) {
      const to = row + tapOf(taps, tap)
      let c = 0
      for (; c + 4 <= channels; c += 4) {
        const part = f32x4.mul(v128.load(gradients + words(c)), v128.load(weight + words(c)))
        v128.store(to + words(c), f32x4.add(v128.load(to + words(c)), part))
      }
      for (; c < channels; c++) {
        store<f32>(to + words(c), load<f32>(to + words(c)) + load<f32>(gradients + words(c)) * load<f32>(weight + words(c)))
      }
      weight += words(channels)
    }
    gradients += words(channels)
  }
}
