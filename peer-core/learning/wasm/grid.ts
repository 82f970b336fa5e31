/**
 * How an activation of one example lies in memory: `[height + border][width + border][channels]`, its border zero. A sequence
 * is an image of width 1, a vector a single pixel.
 *
 * A convolution with padding `same` asks whoever writes its input to leave the border free, so that no window is cut.
 * @module
 */
import type { Shape } from '../model.ts'

export interface Grid {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly top: number
  readonly left: number
  /** with the border */
  readonly outerHeight: number
  readonly outerWidth: number
}

/** Without a border. */
export function gridOf(shape: Shape): Grid {
  const channels = shape.at(-1)!
  const height = shape.length > 1 ? shape[0]! : 1
  const width = shape.length > 2 ? shape[1]! : 1
  return { height, width, channels, top: 0, left: 0, outerHeight: height, outerWidth: width }
}

export interface Window {
  readonly kernel: number
  readonly stride: number
  readonly padding: 'valid' | 'same'
}

/** With the border that padding `same` asks for: as even as can be, the odd pixel at the bottom and on the right (TensorFlow). */
export function borderedFor(grid: Grid, { kernel, stride, padding }: Window): Grid {
  if (padding === 'valid') return grid
  const along = (length: number) => Math.max((Math.ceil(length / stride) - 1) * stride + kernel - length, 0)
  const [rows, columns] = [along(grid.height), along(grid.width)]
  return {
    ...grid,
    top: Math.floor(rows / 2),
    left: Math.floor(columns / 2),
    outerHeight: grid.height + rows,
    outerWidth: grid.width + columns,
  }
}

/** With the wider border on each side: for two who read the same image. */
export function mergedGrid(a: Grid, b: Grid): Grid {
  const [top, left] = [Math.max(a.top, b.top), Math.max(a.left, b.left)]
  const bottom = (grid: Grid) => grid.outerHeight - grid.height - grid.top
  const right = (grid: Grid) => grid.outerWidth - grid.width - grid.left
  return {
    ...a,
    top,
    left,
    outerHeight: top + a.height + Math.max(bottom(a), bottom(b)),
    outerWidth: left + a.width + Math.max(right(a), right(b)),
  }
}

/** Pixels within the border. */
export function pixelsOf(grid: Grid): number {
  return grid.height * grid.width
}

/** Values of one example, border and all. */
export function gridSize(grid: Grid): number {
  return grid.outerHeight * grid.outerWidth * grid.channels
}

/** Where the pixel is, in values from the grid's first. Coordinates may lie in the border. */
export function pixelAt(grid: Grid, y: number, x: number): number {
  return ((grid.top + y) * grid.outerWidth + grid.left + x) * grid.channels
}

export function hasBorder(grid: Grid): boolean {
  return grid.outerHeight !== grid.height || grid.outerWidth !== grid.width
}
