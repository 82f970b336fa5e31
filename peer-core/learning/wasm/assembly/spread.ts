/**
 * The gradient of a convolution's input, from the lists of its weights' (lists.ts).
 *
 * `place[p] += g · weights[i]` for every `(p, g ∈ list i)`, weights in segments of `length` floats: a segment for each kernel row.
 *
 * A filter's chunk of up to 48 floats stays in registers while its places go by. Walked from the places, each with the few
 * filters that left a gradient there, most of the time went into lists that end after a handful of entries; and these
 * lists are there already.
 */
import { madd } from './madd'

function spread48(list: usize, end: usize, offset: usize, weights: usize): void {
  const w0 = v128.load(weights), w1 = v128.load(weights, 16), w2 = v128.load(weights, 32)
  const w3 = v128.load(weights, 48), w4 = v128.load(weights, 64), w5 = v128.load(weights, 80)
  const w6 = v128.load(weights, 96), w7 = v128.load(weights, 112), w8 = v128.load(weights, 128)
  const w9 = v128.load(weights, 144), w10 = v128.load(weights, 160), w11 = v128.load(weights, 176)
  for (; list < end; list += 8) {
    const to = <usize>load<u32>(list) + offset
    const g = v128.load32_splat(list, 4)
    v128.store(to, madd(v128.load(to), g, w0))
    v128.store(to, madd(v128.load(to, 16), g, w1), 16)
    v128.store(to, madd(v128.load(to, 32), g, w2), 32)
    v128.store(to, madd(v128.load(to, 48), g, w3), 48)
    v128.store(to, madd(v128.load(to, 64), g, w4), 64)
    v128.store(to, madd(v128.load(to, 80), g, w5), 80)
    v128.store(to, madd(v128.load(to, 96), g, w6), 96)
    v128.store(to, madd(v128.load(to, 112), g, w7), 112)
    v128.store(to, madd(v128.load(to, 128), g, w8), 128)
    v128.store(to, madd(v128.load(to, 144), g, w9), 144)
    v128.store(to, madd(v128.load(to, 160), g, w10), 160)
    v128.store(to, madd(v128.load(to, 176), g, w11), 176)
  }
}

function spread16(list: usize, end: usize, offset: usize, weights: usize): void {
  const w0 = v128.load(weights), w1 = v128.load(weights, 16)
  const w2 = v128.load(weights, 32), w3 = v128.load(weights, 48)
  for (; list < end; list += 8) {
    const to = <usize>load<u32>(list) + offset
    const g = v128.load32_splat(list, 4)
    v128.store(to, madd(v128.load(to), g, w0))
    v128.store(to, madd(v128.load(to, 16), g, w1), 16)
    v128.store(to, madd(v128.load(to, 32), g, w2), 32)
    v128.store(to, madd(v128.load(to, 48), g, w3), 48)
  }
}

function spread4(list: usize, end: usize, offset: usize, weights: usize): void {
  const w = v128.load(weights)
  for (; list < end; list += 8) {
    const to = <usize>load<u32>(list) + offset
    v128.store(to, madd(v128.load(to), v128.load32_splat(list, 4), w))
  }
}

function spread1(list: usize, end: usize, offset: usize, weights: usize): void {
  const w = load<f32>(weights)
  for (; list < end; list += 8) {
    const to = <usize>load<u32>(list) + offset
    store<f32>(to, load<f32>(to) + load<f32>(list, 4) * w)
  }
}

/**
 * @param capacity - bytes from one list to the next; `counts`, entries of each
 * @param away - bytes from where an entry points to where its gradient goes
 * @param segments - of a filter; `stride`, bytes from one to the next where they go, `weightStride`, in the weights
 * @param length - floats of a segment; `unitStride`, bytes from a filter to the next
 */
export function spread(
  units: i32, lists: usize, capacity: usize, counts: usize, away: usize,
  segments: i32, stride: usize, weightStride: usize, length: i32, weights: usize, unitStride: usize,
): void {
  for (let i = 0; i < units; i++) {
    const end = lists + ((<usize>load<u32>(counts + ((<usize>i) << 2))) << 3)
    let offset = away
    let from = weights
    for (let segment = 0; segment < segments; segment++) {
      let done = 0
      while (done < length) {
        const left = length - done
        const bytes = (<usize>done) << 2
        const chunk = left >= 48 ? 48 : left >= 16 ? 16 : left >= 4 ? 4 : 1
        if (chunk == 48) spread48(lists, end, offset + bytes, from + bytes)
        else if (chunk == 16) spread16(lists, end, offset + bytes, from + bytes)
        else if (chunk == 4) spread4(lists, end, offset + bytes, from + bytes)
        else spread1(lists, end, offset + bytes, from + bytes)
        done += chunk
      }
      offset += stride
      from += weightStride
    }
    lists += capacity
    weights += unitStride
  }
}
