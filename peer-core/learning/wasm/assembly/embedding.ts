/**
 * Rows of a table by token ids, which are whole numbers as floats, dense `examples × positions`.
 */

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function tokenRow(tokens: usize, ids: usize, size: i32): usize {
  return tokens + words(<i32>load<f32>(ids) * size)
}

/** @param beside - a vector for each position, added; none when 0 */
export function embed(
  examples: i32, positions: i32, size: i32, ids: usize, tokens: usize, beside: usize, out: usize, outRows: usize,
): void {
  for (let e = 0; e < examples; e++) {
    for (let p = 0; p < positions; p++) {
      const row = tokenRow(tokens, ids, size)
      const to = out + <usize>load<u32>(outRows)
      memory.copy(to, row, words(size))
      if (beside != 0) add(size, beside + words(p * size), to)
      ids += 4
      outRows += 4
    }
  }
}

/** Adds gradients to the rows that they came from. */
export function embedGradients(
  examples: i32, positions: i32, size: i32, ids: usize, gradients: usize, gradientRows: usize, tokens: usize, beside: usize,
): void {
  for (let e = 0; e < examples; e++) {
    for (let p = 0; p < positions; p++) {
      const g = gradients + <usize>load<u32>(gradientRows)
      add(size, g, tokenRow(tokens, ids, size))
      if (beside != 0) add(size, g, beside + words(p * size))
      ids += 4
      gradientRows += 4
    }
  }
}

@inline
function add(size: i32, from: usize, to: usize): void {
  let c = 0
  for (; c + 4 <= size; c += 4) {
    const at = words(c)
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)))
  }
  for (; c < size; c++) store<f32>(to + words(c), load<f32>(to + words(c)) + load<f32>(from + words(c)))
}
