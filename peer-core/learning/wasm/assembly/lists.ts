/**
 * Which gradients are not zero, and the rows they weigh: what `combine` and `spread` walk. An entry is a pointer and a float.
 *
 * Gradients come as `rows × units`. Behind a max-pool a row is a window of `positions` output pixels and `winners` tells
 * which of them had the maximum (one byte each); without one, `winners` is 0 and `positions` 1.
 */

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function append(entry: usize, row: usize, g: f32): usize {
  // Written in any case, kept when it counts: cheaper than a branch that nobody can predict.
  store<u32>(entry, <u32>row)
  store<f32>(entry, g, 4)
  return entry + ((<usize>(g != 0)) << 3)
}

@inline
function winnerOf(winners: u32, lane: i32): usize {
  return words((winners >> (lane << 3)) & 0xff)
}

/** Four units side by side. */
@inline
function unitLists4(
  rows: i32, units: i32, gradients: usize, winners: usize, positions: i32,
  source: usize, sourceRows: usize,
  lists: usize, capacity: usize, counts: usize,
  biasGradients: usize, accumulate: bool,
): void {
  let e0 = lists
  let e1 = e0 + capacity
  let e2 = e1 + capacity
  let e3 = e2 + capacity
  let sum = accumulate ? v128.load(biasGradients) : f32x4.splat(0)
  for (let r = 0; r < rows; r++) {
    const g = v128.load(gradients)
    const w = winners == 0 ? 0 : load<u32>(winners)
    sum = f32x4.add(sum, g)
    e0 = append(e0, source + <usize>load<u32>(sourceRows + winnerOf(w, 0)), f32x4.extract_lane(g, 0))
    e1 = append(e1, source + <usize>load<u32>(sourceRows + winnerOf(w, 1)), f32x4.extract_lane(g, 1))
    e2 = append(e2, source + <usize>load<u32>(sourceRows + winnerOf(w, 2)), f32x4.extract_lane(g, 2))
    e3 = append(e3, source + <usize>load<u32>(sourceRows + winnerOf(w, 3)), f32x4.extract_lane(g, 3))
    gradients += words(units)
    sourceRows += words(positions)
    winners += winners == 0 ? 0 : units
  }
  store<u32>(counts, <u32>((e0 - lists) >> 3))
  store<u32>(counts, <u32>((e1 - lists - capacity) >> 3), 4)
  store<u32>(counts, <u32>((e2 - lists - 2 * capacity) >> 3), 8)
  store<u32>(counts, <u32>((e3 - lists - 3 * capacity) >> 3), 12)
  v128.store(biasGradients, sum)
}

/**
 * A list for each unit: where the rows' inputs are. Adds each unit's gradients up as well: the bias's gradient.
 *
 * @param sourceRows - byte offset within `source` of each row's (or each window position's) input
 */
export function unitLists(
  rows: i32, units: i32, gradients: usize, winners: usize, positions: i32,
  source: usize, sourceRows: usize,
  lists: usize, capacity: usize, counts: usize,
  biasGradients: usize, accumulate: bool,
): void {
  let unit = 0
  for (; unit + 4 <= units; unit += 4) {
    unitLists4(
      rows, units, gradients + words(unit), winners == 0 ? 0 : winners + unit, positions, source, sourceRows,
      lists + (<usize>unit) * capacity, capacity, counts + words(unit), biasGradients + words(unit), accumulate,
    )
  }
  for (; unit < units; unit++) {
    const begin = lists + (<usize>unit) * capacity
    let entry = begin
    let gradient = gradients + words(unit)
    let sum: f32 = accumulate ? load<f32>(biasGradients + words(unit)) : 0
    let row = sourceRows
    let winner = winners + unit
    for (let r = 0; r < rows; r++) {
      const g = load<f32>(gradient)
      const at = winners == 0 ? row : row + words(<i32>load<u8>(winner))
      entry = append(entry, source + <usize>load<u32>(at), g)
      sum += g
      gradient += words(units)
      row += words(positions)
      winner += units
    }
    store<u32>(counts + words(unit), <u32>((entry - begin) >> 3))
    store<f32>(biasGradients + words(unit), sum)
  }
}

/** A list for each row: where the units' weights are, `stride` bytes apart. */
export function rowLists(
  rows: i32, units: i32, gradients: usize, weights: usize, stride: usize, lists: usize, capacity: usize, counts: usize,
): void {
  for (let r = 0; r < rows; r++) {
    let weight = weights
    let entry = lists
    for (let unit = 0; unit < units; unit++) {
      entry = append(entry, weight, load<f32>(gradients))
      weight += stride
      gradients += 4
    }
    store<u32>(counts + words(r), <u32>((entry - lists) >> 3))
    lists += capacity
  }
}
