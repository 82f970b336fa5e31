/**
 * NaN in a window. `pmax(best, value)` keeps a `best` that is NaN and loses such a value: a model that has diverged would pass for
 * one that has not.
 */
@inline
export function isNaN4(x: v128): v128 {
  return f32x4.ne(x, x)
}

/** Of the values of a 2 × 2 window that are not its first. All ones, which is a NaN, where there is one. */
@inline
export function hasNaN(second: v128, third: v128, fourth: v128): v128 {
  return v128.or(v128.or(isNaN4(second), isNaN4(third)), isNaN4(fourth))
}
