/**
 * One position of an LSTM or of a GRU, all examples: what is left when the products are made. Gates of an example lie side by
 * side, `units` each, in Keras' order; states are dense, `rows × units`.
 */
import { sigmoid4, tanh4 } from './exponential'

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

/** Four values, or one where fewer than four are left. */
@inline
function get(at: usize, four: bool): v128 {
  return four ? v128.load(at) : v128.load32_splat(at)
}

@inline
function put(at: usize, value: v128, four: bool): void {
  if (four) v128.store(at, value)
  else store<f32>(at, f32x4.extract_lane(value, 0))
}

/** `y (1 − y)` */
@inline
function slopeOfSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y))
}

/** `1 − y²` */
@inline
function slopeOfTanh(y: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y))
}

/**
 * @param gates - sums for input, forget, cell, output; become their activations
 * @param cellsBefore - `cells` and `outputs` are written, this is read
 */
export function lstmCell(rows: i32, units: i32, gates: usize, cellsBefore: usize, cells: usize, outputs: usize): void {
  const wide = words(units)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < units;) {
      const four = c + 4 <= units
      const at = words(c)
      const gate = gates + at
      const input = sigmoid4(get(gate, four))
      const forget = sigmoid4(get(gate + wide, four))
      const candidate = tanh4(get(gate + 2 * wide, four))
      const output = sigmoid4(get(gate + 3 * wide, four))
      const cell = f32x4.add(f32x4.mul(forget, get(cellsBefore + at, four)), f32x4.mul(input, candidate))
      put(gate, input, four)
      put(gate + wide, forget, four)
      put(gate + 2 * wide, candidate, four)
      put(gate + 3 * wide, output, four)
      put(cells + at, cell, four)
      put(outputs + at, f32x4.mul(output, tanh4(cell)), four)
      c += four ? 4 : 1
    }
    gates += 4 * wide
    cellsBefore += wide
    cells += wide
    outputs += wide
  }
}

/**
 * @param gates - activations; become gradients by the sums
 * @param dOutputs - read, and set to zero: what the position before gets through the gates is the caller's to add
 * @param dCells - by this position's cells; become those by the position before's
 */
export function lstmCellGradients(
  rows: i32, units: i32, gates: usize, cellsBefore: usize, cells: usize, dOutputs: usize, dCells: usize,
): void {
  const wide = words(units)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < units;) {
      const four = c + 4 <= units
      const at = words(c)
      const gate = gates + at
      const input = get(gate, four)
      const forget = get(gate + wide, four)
      const candidate = get(gate + 2 * wide, four)
      const output = get(gate + 3 * wide, four)
      const squashed = tanh4(get(cells + at, four))
      const g = get(dOutputs + at, four)
      const inner = f32x4.mul(g, f32x4.mul(output, slopeOfTanh(squashed)))
      const cell = f32x4.add(get(dCells + at, four), inner)
      put(gate, f32x4.mul(f32x4.mul(cell, candidate), slopeOfSigmoid(input)), four)
      put(gate + wide, f32x4.mul(f32x4.mul(cell, get(cellsBefore + at, four)), slopeOfSigmoid(forget)), four)
      put(gate + 2 * wide, f32x4.mul(f32x4.mul(cell, input), slopeOfTanh(candidate)), four)
      put(gate + 3 * wide, f32x4.mul(f32x4.mul(g, squashed), slopeOfSigmoid(output)), four)
      put(dCells + at, f32x4.mul(cell, forget), four)
      put(dOutputs + at, f32x4.splat(0), four)
      c += four ? 4 : 1
    }
    gates += 4 * wide
    cellsBefore += wide
    cells += wide
    dOutputs += wide
    dCells += wide
  }
}

/**
 * @param gates - the input's sums for update, reset, candidate; become the activations
 * @param fromState - the state's sums for the same
 */
export function gruCell(rows: i32, units: i32, gates: usize, fromState: usize, before: usize, outputs: usize): void {
  const wide = words(units)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < units;) {
      const four = c + 4 <= units
      const at = words(c)
      const x = gates + at
      const h = fromState + at
      const update = sigmoid4(f32x4.add(get(x, four), get(h, four)))
      const reset = sigmoid4(f32x4.add(get(x + wide, four), get(h + wide, four)))
      const inner = f32x4.add(get(x + 2 * wide, four), f32x4.mul(reset, get(h + 2 * wide, four)))
      const candidate = tanh4(inner)
      put(x, update, four)
      put(x + wide, reset, four)
      put(x + 2 * wide, candidate, four)
      const fresh = f32x4.mul(f32x4.sub(f32x4.splat(1), update), candidate)
      put(outputs + at, f32x4.add(f32x4.mul(update, get(before + at, four)), fresh), four)
      c += four ? 4 : 1
    }
    gates += 3 * wide
    fromState += 3 * wide
    before += wide
    outputs += wide
  }
}

/**
 * @param gates - activations; become gradients by the input's sums
 * @param fromState - the state's sums; become gradients by them
 * @param dOutputs - becomes what the position before gets beside the gates
 */
export function gruCellGradients(
  rows: i32, units: i32, gates: usize, fromState: usize, before: usize, dOutputs: usize,
): void {
  const wide = words(units)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < units;) {
      const four = c + 4 <= units
      const at = words(c)
      const x = gates + at
      const h = fromState + at
      const update = get(x, four)
      const reset = get(x + wide, four)
      const candidate = get(x + 2 * wide, four)
      const g = get(dOutputs + at, four)
      const difference = f32x4.sub(get(before + at, four), candidate)
      const dUpdate = f32x4.mul(f32x4.mul(g, difference), slopeOfSigmoid(update))
      const fresh = f32x4.mul(g, f32x4.sub(f32x4.splat(1), update))
      const dCandidate = f32x4.mul(fresh, slopeOfTanh(candidate))
      const dReset = f32x4.mul(f32x4.mul(dCandidate, get(h + 2 * wide, four)), slopeOfSigmoid(reset))
      put(x, dUpdate, four)
      put(x + wide, dReset, four)
      put(x + 2 * wide, dCandidate, four)
      put(h, dUpdate, four)
      put(h + wide, dReset, four)
      put(h + 2 * wide, f32x4.mul(dCandidate, reset), four)
      put(dOutputs + at, f32x4.mul(g, update), four)
      c += four ? 4 : 1
    }
    gates += 3 * wide
    fromState += 3 * wide
    before += wide
    dOutputs += wide
  }
}
