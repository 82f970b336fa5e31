/**
 * Dropout by a hash of a value's place: nothing is stored, and the way back asks again. As `dropoutFactors` in dropout.ts,
 * bit for bit.
 */

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function mix(value: i32): i32 {
  let x = value
  x = (x ^ <i32>((<u32>x) >>> 16)) * 0x7feb352d
  x = (x ^ <i32>((<u32>x) >>> 15)) * 0x846ca68b
  return x ^ <i32>((<u32>x) >>> 16)
}

@inline
function mix4(value: v128): v128 {
  let x = v128.xor(value, i32x4.shr_u(value, 16))
  x = i32x4.mul(x, i32x4.splat(0x7feb352d))
  x = v128.xor(x, i32x4.shr_u(x, 15))
  x = i32x4.mul(x, i32x4.splat(0x846ca68b))
  return v128.xor(x, i32x4.shr_u(x, 16))
}

/**
 * @param stepKey - address of the step's key
 * @param rowsBefore - of the batch, before the first
 * @param threshold - a hash below it, unsigned, drops the value; others are multiplied by `kept`
 */
export function dropout(
  rows: i32, columns: i32, source: usize, sourceRows: usize, out: usize, outRows: usize,
  stepKey: usize, ordinal: i32, rowsBefore: i32, threshold: u32, kept: f32,
): void {
  const key = mix(load<i32>(stepKey) + ordinal)
  const spread = 0x9e3779b9
  const lane = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(spread))
  for (let r = 0; r < rows; r++) {
    const from = source + <usize>load<u32>(sourceRows + words(r))
    const to = out + <usize>load<u32>(outRows + words(r))
    const begin = (rowsBefore + r) * columns
    let c = 0
    for (; c + 4 <= columns; c += 4) {
      const hash = mix4(i32x4.add(i32x4.splat((begin + c) * spread + key), lane))
      const keep = i32x4.ge_u(hash, i32x4.splat(threshold))
      v128.store(to + words(c), v128.and(f32x4.mul(v128.load(from + words(c)), f32x4.splat(kept)), keep))
    }
    for (; c < columns; c++) {
      const keep = <u32>mix((begin + c) * spread + key) >= threshold
      store<f32>(to + words(c), keep ? load<f32>(from + words(c)) * kept : 0)
    }
  }
}
