/**
 * From a decoded picture to what a task's model takes: stretched to its size, each pixel the mean of the area that it covers,
 * in colour or in grey.
 * @module
 */

/** A decoded picture. */
export interface Raster {
  readonly width: number
  readonly height: number
  /** `height × width × 4`: red, green, blue, and alpha, which is not heeded */
  readonly rgba: Uint8Array | Uint8ClampedArray
}

/** Decodes a PNG or JPEG; rejects when it is broken. */
export type DecodeImage = (bytes: Uint8Array) => Promise<Raster>

/** What a picture may hold. */
export const maxPixels = 64 * 1024 * 1024

/** of ITU-R BT.601, for red, green and blue */
const luma = [0.299, 0.587, 0.114] as const

/**
 * @param shape - `[height, width, channels]`: of one channel grey, of three colour
 * @returns bytes, row-major; O(pixels of the picture)
 */
export function fitRaster({ width, height, rgba }: Raster, shape: readonly [number, number, number]): Uint8Array {
  const [rows, columns, channels] = shape
  const across = spans(width, columns)
  const down = spans(height, rows)
  const out = new Uint8Array(rows * columns * channels)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sums = [0, 0, 0]
      let area = 0
      for (const [y, high] of down[row]!) {
        for (const [x, wide] of across[column]!) {
          const at = 4 * (y * width + x)
          for (let i = 0; i < 3; i++) sums[i]! += rgba[at + i]! * high * wide
          area += high * wide
        }
      }
      const colour = sums.map((sum) => sum / area)
      const values = channels === 1 ? [luma.reduce((sum, share, i) => sum + share * colour[i]!, 0)] : colour
      for (let i = 0; i < channels; i++) out[(row * columns + column) * channels + i] = Math.round(values[i]!)
    }
  }
  return out
}

/** For each of `count` equal parts of `length` pixels: which pixels it covers, and how much of each. */
function spans(length: number, count: number): readonly (readonly (readonly [pixel: number, share: number])[])[] {
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [(part * length) / count, ((part + 1) * length) / count]
    const covered: [number, number][] = []
    for (let pixel = Math.floor(from); pixel < to && pixel < length; pixel++) {
      covered.push([pixel, Math.min(to, pixel + 1) - Math.max(from, pixel)])
    }
    return covered
  })
}
