/**
 * A drawing, made to look like the images that the model was trained on.
 *
 * LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 1998, III.A: the
 * digits "were size normalized to fit in a 20×20 pixel box while preserving their aspect ratio", grey from
 * anti-aliasing, and "centered in a 28×28 image by computing the center of mass of the pixels".
 *
 * Departure: where centring by mass would push ink over the edge, the image is shifted only as far as it fits.
 * @module
 */
export interface Ink {
  /** `height × width`, row-major, in [0, 1]; 0 is empty */
  readonly values: Float32Array
  readonly width: number
  readonly height: number
}

/** Side of the image, and of the box that the ink is scaled to. */
export const imageSide = 28
export const boxSide = 20

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** centre of mass, in pixels from the upper left corner of the drawing */
  readonly centreX: number
  readonly centreY: number
}

/** @returns float32[28 · 28] in [0, 1], or `undefined` when nothing is drawn. O(width · height). */
export function prepareImage(ink: Ink): Float32Array | undefined {
  const box = boundsOf(ink)
  if (box === undefined) return undefined
  const scale = boxSide / Math.max(box.right - box.left, box.bottom - box.top)
  const offsetX = centred(box.left, box.right, box.centreX, scale)
  const offsetY = centred(box.top, box.bottom, box.centreY, scale)
  const image = new Float32Array(imageSide * imageSide)
  for (let y = box.top; y < box.bottom; y += 1) {
    for (let x = box.left; x < box.right; x += 1) {
      const value = ink.values[y * ink.width + x]!
      if (value > 0) spread(image, value, x * scale + offsetX, y * scale + offsetY, scale)
    }
  }
  return image.map((value) => Math.min(1, value))
}

function boundsOf({ values, width, height }: Ink): Box | undefined {
  let left = width
  let top = height
  let right = 0
  let bottom = 0
  let mass = 0
  let massX = 0
  let massY = 0
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = values[y * width + x]!
      if (!(value > 0)) continue
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
      mass += value
      massX += value * (x + 0.5)
      massY += value * (y + 0.5)
    }
  }
  return mass > 0 ? { left, top, right, bottom, centreX: massX / mass, centreY: massY / mass } : undefined
}

/** Offset that brings the centre of mass to the middle, as far as `[from, to]` stays inside the image. */
function centred(from: number, to: number, centre: number, scale: number): number {
  const wanted = imageSide / 2 - centre * scale
  return Math.min(imageSide - to * scale, Math.max(-from * scale, wanted))
}

/** Adds a square of side `size` with its upper left corner at (x, y): each pixel gets the share of it that it covers. */
function spread(image: Float32Array, value: number, x: number, y: number, size: number): void {
  const lastRow = Math.min(imageSide - 1, Math.floor(y + size))
  const lastColumn = Math.min(imageSide - 1, Math.floor(x + size))
  for (let row = Math.max(0, Math.floor(y)); row <= lastRow; row += 1) {
    const high = Math.min(y + size, row + 1) - Math.max(y, row)
    for (let column = Math.max(0, Math.floor(x)); column <= lastColumn; column += 1) {
      const wide = Math.min(x + size, column + 1) - Math.max(x, column)
      if (high > 0 && wide > 0) image[row * imageSide + column]! += value * high * wide
    }
  }
}
