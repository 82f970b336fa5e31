/**
 * How coordinates lie in memory.
 *
 * A *panel* is a run of coordinates of all sources as they came: float32, source after source, `stride` bytes apart (a little more than a
 * power of two, or all rows would share the same sets of the first-level cache). A *strip* is STRIP coordinates of all rows as
 * float64, row after row without a gap: 32 rows are 4 KiB, so everything done to a strip stays in the first-level cache.
 */

/** coordinates of a strip: eight registers of two lanes */
export const STRIP: i32 = 16
/** bytes of one row of a strip */
export const ROW: usize = 128
/** coordinates of a block, over which two lanes are summed before their sum goes into a total (ORDER.md, rule 2) */
export const BLOCK: i32 = 512
/** bytes between rows of the Gram matrix's scratch: a block and one cache line */
export const BLOCK_STRIDE: usize = 4160
