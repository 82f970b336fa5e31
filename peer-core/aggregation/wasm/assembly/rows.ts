/**
 * Rows of a strip from sources of a panel: widened, scaled, mixed (`Mixture` in sample.ts).
 *
 * The recipe of mixed rows, one row after another:
 * `i32 like` (≥ 0: a copy of that earlier row, and nothing else follows), `i32 terms`, `f64 scale`, then per term
 * `i32 offset of the source in the strip`, `i32 unused`, `f64 factor`.
 */
import { ROW, STRIP } from './layout'

let panel: usize = 0
let stride: usize = 0
let sources: i32 = 0
let prescale: usize = 0
let recipe: usize = 0
let rows: i32 = 0
let scaled: usize = 0

/**
 * What the sweeps of this module read.
 * @param prescales - `float64[n]`, or 0 when sources are taken as they are
 * @param recipes - or 0 when rows are the scaled sources
 * @param m - number of rows; n without recipes
 * @param scratch - a strip of n rows, used with recipes only
 */
export function describe(
  panelAt: usize,
  strideBytes: usize,
  n: i32,
  prescales: usize,
  recipes: usize,
  m: i32,
  scratch: usize,
): void {
  panel = panelAt
  stride = strideBytes
  sources = n
  prescale = prescales
  recipe = recipes
  rows = m
  scaled = scratch
}

// @ts-ignore: decorator
@inline
export function rowCount(): i32 {
  return rows
}

/** Writes the strip that starts at coordinate `from` of the panel. */
export function readStrip(from: i32, strip: usize): void {
  const target = recipe ? scaled : strip
  const at = panel + (<usize>from << 2)
  if (prescale) widenScaled(at, target)
  else widen(at, target)
  if (recipe) mix(strip)
}

// @ts-ignore: decorator
@inline
function pair(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from))
}

function widen(from: usize, to: usize): void {
  for (let i = 0; i < sources; i++) {
    for (let k: usize = 0; k < ROW; k += 32) {
      const x = from + (k >> 1)
      v128.store(to + k, pair(x))
      v128.store(to + k, pair(x + 8), 16)
    }
    from += stride
    to += ROW
  }
}

function widenScaled(from: usize, to: usize): void {
  for (let i = 0; i < sources; i++) {
    const factor = v128.load64_splat(prescale + (<usize>i << 3))
    for (let k: usize = 0; k < ROW; k += 32) {
      const x = from + (k >> 1)
      v128.store(to + k, f64x2.mul(factor, pair(x)))
      v128.store(to + k, f64x2.mul(factor, pair(x + 8)), 16)
    }
    from += stride
    to += ROW
  }
}

function mix(strip: usize): void {
  let step = recipe
  const end = strip + <usize>rows * ROW
  for (let to = strip; to < end; to += ROW) {
    const like = load<i32>(step)
    if (like >= 0) {
      memory.copy(to, strip + <usize>like * ROW, ROW)
      step += 4
      continue
    }
    const terms = load<i32>(step, 4)
    const scale = v128.load64_splat(step, 8)
    step += 16
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    let e = f64x2.splat(0)
    let f = f64x2.splat(0)
    let g = f64x2.splat(0)
    let h = f64x2.splat(0)
    const last = step + (<usize>terms << 4)
    for (; step < last; step += 16) {
      const x = scaled + <usize>load<u32>(step)
      if (load<f64>(step, 8) == 1) {
        a = f64x2.add(a, v128.load(x))
        b = f64x2.add(b, v128.load(x, 16))
        c = f64x2.add(c, v128.load(x, 32))
        d = f64x2.add(d, v128.load(x, 48))
        e = f64x2.add(e, v128.load(x, 64))
        f = f64x2.add(f, v128.load(x, 80))
        g = f64x2.add(g, v128.load(x, 96))
        h = f64x2.add(h, v128.load(x, 112))
      } else {
        const factor = v128.load64_splat(step, 8)
        a = f64x2.add(a, f64x2.mul(factor, v128.load(x)))
        b = f64x2.add(b, f64x2.mul(factor, v128.load(x, 16)))
        c = f64x2.add(c, f64x2.mul(factor, v128.load(x, 32)))
        d = f64x2.add(d, f64x2.mul(factor, v128.load(x, 48)))
        e = f64x2.add(e, f64x2.mul(factor, v128.load(x, 64)))
        f = f64x2.add(f, f64x2.mul(factor, v128.load(x, 80)))
        g = f64x2.add(g, f64x2.mul(factor, v128.load(x, 96)))
        h = f64x2.add(h, f64x2.mul(factor, v128.load(x, 112)))
      }
    }
    v128.store(to, f64x2.mul(scale, a))
    v128.store(to, f64x2.mul(scale, b), 16)
    v128.store(to, f64x2.mul(scale, c), 32)
    v128.store(to, f64x2.mul(scale, d), 48)
    v128.store(to, f64x2.mul(scale, e), 64)
    v128.store(to, f64x2.mul(scale, f), 80)
    v128.store(to, f64x2.mul(scale, g), 96)
    v128.store(to, f64x2.mul(scale, h), 112)
  }
}

/** 1 when every float32 of the panel is finite. */
export function finite(length: i32): i32 {
  const largest = f32x4.splat(3.4028234663852886e38)
  for (let i = 0; i < sources; i++) {
    let at = panel + <usize>i * stride
    const end = at + (<usize>length << 2)
    let good = i32x4.splat(-1)
    for (; at < end; at += 32) {
      good = v128.and(good, f32x4.le(f32x4.abs(v128.load(at)), largest))
      good = v128.and(good, f32x4.le(f32x4.abs(v128.load(at, 16)), largest))
    }
    if (!i32x4.all_true(good)) return 0
  }
  return 1
}

/**
 * `out[k] = Σⱼ factors[j] · source j [k]`, straight from the panel.
 * @param out - `float64[length]`
 */
export function combine(length: i32, factors: usize, out: usize): void {
  for (let from = 0; from < length; from += STRIP) {
    let x = panel + (<usize>from << 2)
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    let e = f64x2.splat(0)
    let f = f64x2.splat(0)
    let g = f64x2.splat(0)
    let h = f64x2.splat(0)
    for (let i = 0; i < sources; i++) {
      const factor = v128.load64_splat(factors + (<usize>i << 3))
      a = f64x2.add(a, f64x2.mul(factor, pair(x)))
      b = f64x2.add(b, f64x2.mul(factor, pair(x + 8)))
      c = f64x2.add(c, f64x2.mul(factor, pair(x + 16)))
      d = f64x2.add(d, f64x2.mul(factor, pair(x + 24)))
      e = f64x2.add(e, f64x2.mul(factor, pair(x + 32)))
      f = f64x2.add(f, f64x2.mul(factor, pair(x + 40)))
      g = f64x2.add(g, f64x2.mul(factor, pair(x + 48)))
      h = f64x2.add(h, f64x2.mul(factor, pair(x + 56)))
      x += stride
    }
    const to = out + (<usize>from << 3)
    v128.store(to, a)
    v128.store(to, b, 16)
    v128.store(to, c, 32)
    v128.store(to, d, 48)
    v128.store(to, e, 64)
    v128.store(to, f, 80)
    v128.store(to, g, 96)
    v128.store(to, h, 112)
  }
}

/**
 * `float32(from[k] / divisor)`, brought into the range of float32, and −0 made 0 (`rounded` in pipeline.ts).
 * @param length - a multiple of 16
 */
export function round(from: usize, length: i32, divisor: f64, to: usize): void {
  const by = f64x2.splat(divisor)
  const zero = f64x2.splat(0)
  const least = f64x2.splat(-3.4028234663852886e38)
  const most = f64x2.splat(3.4028234663852886e38)
  const end = from + (<usize>length << 3)
  for (; from < end; from += 16) {
    const bounded = f64x2.pmin(f64x2.pmax(f64x2.div(v128.load(from), by), least), most)
    const value = f64x2.add(bounded, zero)
    v128.store64_lane(to, f32x4.demote_f64x2_zero(value), 0)
    to += 8
  }
}
