/**
 * Which gradients are not zero, and the rows they weigh: what `combine` walks. An entry is a pointer and a float.
 *
 * Gradients come as `rows × units`. Behind a max-pool a row is a window of `positions` output pixels and `winners` tells
 * which of them had the maximum (one byte each); without one, `winners` is 0 and `positions` 1.
 */

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
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
  for (let unit = 0; unit < units; unit++) {
    const begin = lists + (<usize>unit) * capacity
    let entry = begin
    let gradient = gradients + words(unit)
    let sum: f32 = accumulate ? load<f32>(biasGradients + words(unit)) : 0
    let row = sourceRows
    let winner = winners + unit
    for (let r = 0; r < rows; r++) {
      const g = load<f32>(gradient)
      const at = winners == 0 ? row : row + words(<i32>load<u8>(winner))
      store<u32>(entry, <u32>(source + <usize>load<u32>(at)))
      store<f32>(entry, g, 4)
      entry += (<usize>(g != 0)) << 3
      sum += g
      gradient += words(units)
      row += words(positions)
      winner += units
    }
    store<u32>(counts + words(unit), <u32>((entry - begin) >> 3))
    store<f32>(biasGradients + words(unit), sum)
  }
}

/** A list for each row, or for each position of each window: where the units' weights are, `stride` bytes apart. */
export function rowLists(
  rows: i32, units: i32, gradients: usize, winners: usize, positions: i32,
  weights: usize, stride: usize,
  lists: usize, capacity: usize, counts: usize,
): void {
  memory.fill(counts, 0, words(rows * positions))
  for (let r = 0; r < rows; r++) {
    let weight = weights
    for (let unit = 0; unit < units; unit++) {
      const g = load<f32>(gradients)
      const position = winners == 0 ? 0 : <i32>load<u8>(winners + unit)
      const counter = counts + words(position)
      const held = load<u32>(counter)
      const entry = lists + (<usize>position) * capacity + ((<usize>held) << 3)
      store<u32>(entry, <u32>weight)
      store<f32>(entry, g, 4)
      store<u32>(counter, held + u32(g != 0))
      weight += stride
      gradients += 4
    }
    counts += words(positions)
    lists += (<usize>positions) * capacity
    if (winners != 0) winners += units
  }
}
