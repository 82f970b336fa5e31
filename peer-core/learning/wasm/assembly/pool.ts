/**
 * Max-pooling: the greatest of each window, and which of its positions that was (the first, where several are equal). Where
 * one is NaN so is the greatest, and the position any.
 */
import { hasNaN, isNaN4 } from './no-number'

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function storeWinners(at: usize, winner: v128): void {
  const narrow = v128.shuffle<u8>(winner, winner, 0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  store<i32>(at, i32x4.extract_lane(narrow, 0))
}

/** Windows of 2 × 2, the channels that are whole vectors. @returns how many channels that was */
@inline
function pool2x2(channels: i32, source: usize, rows: usize, to: usize, winners: usize): i32 {
  const p0 = source + <usize>load<u32>(rows)
  const p1 = source + <usize>load<u32>(rows, 4)
  const p2 = source + <usize>load<u32>(rows, 8)
  const p3 = source + <usize>load<u32>(rows, 12)
  let c = 0
  for (; c + 4 <= channels; c += 4) {
    const at = words(c)
    const v0 = v128.load(p0 + at)
    const v1 = v128.load(p1 + at)
    const v2 = v128.load(p2 + at)
    const v3 = v128.load(p3 + at)
    const second = f32x4.gt(v1, v0)
    const fourth = f32x4.gt(v3, v2)
    const upper = f32x4.pmax(v0, v1)
    const lower = f32x4.pmax(v2, v3)
    const below = f32x4.gt(lower, upper)
    v128.store(to + at, v128.or(f32x4.pmax(upper, lower), hasNaN(v1, v2, v3)))
    // Masks are −1: 0 or 1 above, 2 or 3 below.
    storeWinners(winners + c, v128.bitselect(i32x4.sub(i32x4.splat(2), fourth), i32x4.neg(second), below))
  }
  return c
}

/**
 * @param positions - of a window; `sourceRows` has as many byte offsets for each window, in order
 * @param winners - one byte for each window and channel
 */
export function maxPool(
  windows: i32, positions: i32, channels: i32,
  source: usize, sourceRows: usize, out: usize, outRows: usize, winners: usize,
): void {
  for (let w = 0; w < windows; w++) {
    const to = out + <usize>load<u32>(outRows + words(w))
    let c = positions == 4 ? pool2x2(channels, source, sourceRows, to, winners) : 0
    for (; c + 4 <= channels; c += 4) {
      let best = v128.load(source + <usize>load<u32>(sourceRows) + words(c))
      let winner = i32x4.splat(0)
      let none = i32x4.splat(0)
      for (let p = 1; p < positions; p++) {
        const value = v128.load(source + <usize>load<u32>(sourceRows + words(p)) + words(c))
        winner = v128.bitselect(i32x4.splat(p), winner, f32x4.gt(value, best))
        best = f32x4.pmax(best, value)
        none = v128.or(none, isNaN4(value))
      }
      v128.store(to + words(c), v128.or(best, none))
      storeWinners(winners + c, winner)
    }
    for (; c < channels; c++) {
      let best = load<f32>(source + <usize>load<u32>(sourceRows) + words(c))
      let winner = 0
      for (let p = 1; p < positions; p++) {
        const value = load<f32>(source + <usize>load<u32>(sourceRows + words(p)) + words(c))
        // A NaN stays: nothing is greater.
        if (value > best || value != value) {
          best = value
          winner = p
        }
      }
      store<f32>(to + words(c), best)
      store<u8>(winners + c, winner)
    }
    sourceRows += words(positions)
    winners += channels
  }
}

/** Adds each window's gradient to its winner's. `gradients` is dense, `windows × channels`. */
export function maxPoolGradients(
  windows: i32, positions: i32, channels: i32,
  gradients: usize, winners: usize, out: usize, outRows: usize,
): void {
  for (let w = 0; w < windows; w++) {
    for (let c = 0; c < channels; c++) {
      const to = out + <usize>load<u32>(outRows + words(<i32>load<u8>(winners + c))) + words(c)
      store<f32>(to, load<f32>(to) + load<f32>(gradients + words(c)))
    }
    gradients += words(channels)
    winners += channels
    outRows += words(positions)
  }
}

/** The mean of each window. */
export function averagePool(
  windows: i32, positions: i32, channels: i32, source: usize, sourceRows: usize, out: usize, outRows: usize,
): void {
  const share = <f32>1 / <f32>positions
  for (let w = 0; w < windows; w++) {
    const to = out + <usize>load<u32>(outRows + words(w))
    let c = 0
    for (; c + 4 <= channels; c += 4) {
      let sum = f32x4.splat(0)
      for (let p = 0; p < positions; p++) {
        sum = f32x4.add(sum, v128.load(source + <usize>load<u32>(sourceRows + words(p)) + words(c)))
      }
      v128.store(to + words(c), f32x4.mul(sum, f32x4.splat(share)))
    }
    for (; c < channels; c++) {
      let sum: f32 = 0
      for (let p = 0; p < positions; p++) sum += load<f32>(source + <usize>load<u32>(sourceRows + words(p)) + words(c))
      store<f32>(to + words(c), sum * share)
    }
    sourceRows += words(positions)
  }
}

/** Spreads each window's gradient over its positions. Windows do not overlap; what none covers is left as it is. */
export function averagePoolGradients(
  windows: i32, positions: i32, channels: i32, gradients: usize, gradientRows: usize, out: usize, outRows: usize,
): void {
  const share = <f32>1 / <f32>positions
  for (let w = 0; w < windows; w++) {
    const g = gradients + <usize>load<u32>(gradientRows + words(w))
    for (let p = 0; p < positions; p++) {
      const to = out + <usize>load<u32>(outRows + words(p))
      let c = 0
      for (; c + 4 <= channels; c += 4) {
        v128.store(to + words(c), f32x4.mul(v128.load(g + words(c)), f32x4.splat(share)))
      }
      for (; c < channels; c++) store<f32>(to + words(c), load<f32>(g + words(c)) * share)
    }
    outRows += words(positions)
  }
}
