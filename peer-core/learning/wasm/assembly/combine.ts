/**
 * Backward products: a gradient as a weighted sum of rows.
 *
 * `out[i] (+)= Σ_(p, g ∈ list i) g · row[p]`, a row in segments of `length` floats, summed in the order of the list.
 *
 * A list holds only what is not zero (lists.ts), which ReLU and max-pooling make rare: behind a 2 × 2 pool three of four
 * products are never formed. The three uses:
 *
 * | gradient | a list for each | entries | row |
 * |---|---|---|---|
 * | dense weights | unit | examples | input of the example |
 * | dense input | example | units | weights of the unit |
 * | convolution weights | filter | output pixels | input under the pixel, a segment for each kernel row |
 *
 * A chunk of up to 48 floats stays in registers while its list is walked; chunks are the outer loop, so that the rows of
 * a chunk stay in the first cache. Rows may be read, never written, up to three floats beyond `length`.
 */
import { madd } from './madd'

@inline
function start(out: usize, offset: usize, accumulate: bool): v128 {
  return accumulate ? v128.load(out + offset) : f32x4.splat(0)
}

function chunk48(list: usize, end: usize, offset: usize, out: usize, accumulate: bool): void {
  let c0 = start(out, 0, accumulate), c1 = start(out, 16, accumulate), c2 = start(out, 32, accumulate)
  let c3 = start(out, 48, accumulate), c4 = start(out, 64, accumulate), c5 = start(out, 80, accumulate)
  let c6 = start(out, 96, accumulate), c7 = start(out, 112, accumulate), c8 = start(out, 128, accumulate)
  let c9 = start(out, 144, accumulate), c10 = start(out, 160, accumulate), c11 = start(out, 176, accumulate)
  for (; list < end; list += 8) {
    const row = <usize>load<u32>(list) + offset
    const g = v128.load32_splat(list, 4)
    c0 = madd(c0, g, v128.load(row))
    c1 = madd(c1, g, v128.load(row, 16))
    c2 = madd(c2, g, v128.load(row, 32))
    c3 = madd(c3, g, v128.load(row, 48))
    c4 = madd(c4, g, v128.load(row, 64))
    c5 = madd(c5, g, v128.load(row, 80))
    c6 = madd(c6, g, v128.load(row, 96))
    c7 = madd(c7, g, v128.load(row, 112))
    c8 = madd(c8, g, v128.load(row, 128))
    c9 = madd(c9, g, v128.load(row, 144))
    c10 = madd(c10, g, v128.load(row, 160))
    c11 = madd(c11, g, v128.load(row, 176))
  }
  v128.store(out, c0)
  v128.store(out, c1, 16)
  v128.store(out, c2, 32)
  v128.store(out, c3, 48)
  v128.store(out, c4, 64)
  v128.store(out, c5, 80)
  v128.store(out, c6, 96)
  v128.store(out, c7, 112)
  v128.store(out, c8, 128)
  v128.store(out, c9, 144)
  v128.store(out, c10, 160)
  v128.store(out, c11, 176)
}

function chunk16(list: usize, end: usize, offset: usize, out: usize, accumulate: bool): void {
  let c0 = start(out, 0, accumulate), c1 = start(out, 16, accumulate)
  let c2 = start(out, 32, accumulate), c3 = start(out, 48, accumulate)
  for (; list < end; list += 8) {
    const row = <usize>load<u32>(list) + offset
    const g = v128.load32_splat(list, 4)
    c0 = madd(c0, g, v128.load(row))
    c1 = madd(c1, g, v128.load(row, 16))
    c2 = madd(c2, g, v128.load(row, 32))
    c3 = madd(c3, g, v128.load(row, 48))
  }
  v128.store(out, c0)
  v128.store(out, c1, 16)
  v128.store(out, c2, 32)
  v128.store(out, c3, 48)
}

function storeSome(out: usize, value: v128, length: i32): void {
  if (length >= 4) v128.store(out, value)
  else {
    store<f32>(out, f32x4.extract_lane(value, 0))
    if (length > 1) store<f32>(out, f32x4.extract_lane(value, 1), 4)
    if (length > 2) store<f32>(out, f32x4.extract_lane(value, 2), 8)
  }
}

/** One to four floats. */
function chunk4(list: usize, end: usize, offset: usize, out: usize, length: i32, accumulate: bool): void {
  let c = start(out, 0, accumulate)
  for (; list < end; list += 8) {
    c = madd(c, v128.load32_splat(list, 4), v128.load(<usize>load<u32>(list) + offset))
  }
  storeSome(out, c, length)
}

/** One to four floats of three segments at once: a single one would wait for its own last addition. */
function chunk4x3(
  list: usize, end: usize, offset: usize, stride: usize, out: usize, outStride: usize, length: i32, accumulate: bool,
): void {
  let c0 = start(out, 0, accumulate)
  let c1 = start(out + outStride, 0, accumulate)
  let c2 = start(out + 2 * outStride, 0, accumulate)
  for (; list < end; list += 8) {
    const row = <usize>load<u32>(list) + offset
    const g = v128.load32_splat(list, 4)
    c0 = madd(c0, g, v128.load(row))
    c1 = madd(c1, g, v128.load(row + stride))
    c2 = madd(c2, g, v128.load(row + 2 * stride))
  }
  storeSome(out, c0, length)
  storeSome(out + outStride, c1, length)
  storeSome(out + 2 * outStride, c2, length)
}

/**
 * @param capacity - bytes from one list to the next
 * @param counts - entries of each list
 * @param segments - of a row: the kernel rows of a convolution, 1 of a dense layer
 * @param stride - bytes from a segment to the next in what is read; `outStride`, in what is written
 * @param length - floats of a segment
 * @param outRows - byte offset of each output row within `out`
 */
export function combine(
  count: i32, lists: usize, capacity: usize, counts: usize,
  segments: i32, stride: usize, outStride: usize, length: i32,
  out: usize, outRows: usize, accumulate: bool,
): void {
  let offset: usize = 0
  while (segments > 0) {
    const some = length <= 4 && segments >= 3 ? 3 : 1
    let done = 0
    while (done < length) {
      const left = length - done
      const chunk = left >= 48 ? 48 : left >= 16 ? 16 : 4
      const at = offset + ((<usize>done) << 2)
      const into = out + ((<usize>done) << 2)
      let list = lists
      for (let i = 0; i < count; i++) {
        const index = (<usize>i) << 2
        const end = list + ((<usize>load<u32>(counts + index)) << 3)
        const to = into + <usize>load<u32>(outRows + index)
        if (chunk == 48) chunk48(list, end, at, to, accumulate)
        else if (chunk == 16) chunk16(list, end, at, to, accumulate)
        else if (some == 3) chunk4x3(list, end, at, stride, to, outStride, left, accumulate)
        else chunk4(list, end, at, to, left, accumulate)
        list += capacity
      }
      done += chunk
    }
    segments -= some
    offset += <usize>some * stride
    out += <usize>some * outStride
  }
}
