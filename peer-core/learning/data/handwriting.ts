/**
 * Handwriting that the project makes itself, for who has no data at hand: digits drawn as strokes, 28 × 28, in the format
 * of MNIST.
 *
 * Each writer has a hand of its own (slant, size, proportions, thickness, steadiness, which variant of a digit, where its
 * points lie), so that peers who each own some writers differ in their features: non-IID by nature. A writer depends on
 * the seed and on its number only; whoever is to be tested on writers never seen takes other numbers.
 *
 * Curves are Catmull-Rom splines and only `+ − × ÷ √` are used, so that a seed gives the same bytes on every machine.
 * @module
 */
import { type Random, seededRandom } from '../../foundation/index.ts'
import type { Examples } from '../../ports/index.ts'
import { digitGlyphs, type Glyph, type Point, type Stroke } from './digit-strokes.ts'

export interface HandwritingOptions {
  readonly writers: number
  readonly examplesPerWriter: number
  readonly seed: number | string
  /** number of the first writer, 0 when absent */
  readonly firstWriter?: number
}

export interface WrittenExamples extends Examples {
  readonly features: Uint8Array
  /** number of the writer of each example */
  readonly writers: Uint32Array
}

/** Edge of an image, in pixels. */
export const handwritingSize = 28

/** How one person writes. */
interface Hand {
  /** x moved per unit of y, upwards to the right */
  readonly slant: number
  /** of a digit, in pixels */
  readonly height: number
  /** width over height */
  readonly proportion: number
  /** of the pen, in pixels */
  readonly thickness: number
  /** darkest value, of 255 */
  readonly ink: number
  /** how far a point strays from example to example, of the unit square */
  readonly unsteadiness: number
  /** by digit, with this person's habits in it */
  readonly glyphs: readonly Glyph[]
}

/** About 30 µs an image. Every digit is written equally often (± 1 a writer), in an order of chance. */
export function generateHandwriting(options: HandwritingOptions): WrittenExamples {
  const { writers: writerCount, examplesPerWriter, seed, firstWriter = 0 } = options
  const count = writerCount * examplesPerWriter
  const area = handwritingSize ** 2
  const features = new Uint8Array(count * area)
  const labels = new Uint8Array(count)
  const writers = new Uint32Array(count)
  let example = 0
  for (let writer = firstWriter; writer < firstWriter + writerCount; writer++) {
    const random = seededRandom(`${seed}/writer/${writer}`)
    const hand = drawHand(random)
    const first = random.integer(digitGlyphs.length)
    const digits = Array.from({ length: examplesPerWriter }, (_, i) => (first + i) % digitGlyphs.length)
    for (const digit of random.shuffle(digits)) {
      write(digit, hand, random, features.subarray(example * area, (example + 1) * area))
      labels[example] = digit
      writers[example] = writer
      example++
    }
  }
  const shape = [handwritingSize, handwritingSize, 1]
  return { shape, classes: digitGlyphs.length, features, labels, writers }
}

function drawHand(random: Random): Hand {
  const habit = 0.05
  return {
    slant: between(random, -0.15, 0.5),
    height: between(random, 16, 21),
    proportion: between(random, 0.55, 0.9),
    thickness: between(random, 1.5, 3.4),
    ink: between(random, 190, 255),
    unsteadiness: between(random, 0.01, 0.045),
    glyphs: digitGlyphs.map((variants) => stray(variants[random.integer(variants.length)]!, habit, random)),
  }
}

function write(digit: number, hand: Hand, random: Random, image: Uint8Array): void {
  const slant = hand.slant + between(random, -0.06, 0.06)
  const height = hand.height * between(random, 0.92, 1.08)
  const width = height * hand.proportion * between(random, 0.92, 1.08)
  const radius = (hand.thickness * between(random, 0.88, 1.12)) / 2
  const middleX = handwritingSize / 2 + between(random, -1.5, 1.5)
  const middleY = handwritingSize / 2 + between(random, -1.5, 1.5)
  const place = ([x, y]: Point): Point => [
    middleX + (x - 0.5) * width - (y - 0.5) * height * slant,
    middleY + (y - 0.5) * height,
  ]
  for (const stroke of stray(hand.glyphs[digit]!, hand.unsteadiness, random)) {
    const path = pathOf(stroke).map(place)
    for (let i = 1; i < path.length; i++) paint(path[i - 1]!, path[i]!, radius, hand.ink, image)
  }
}

/** Moves every point by up to `by`. Strokes that begin where another ended may part a little, as they do on paper. */
function stray(glyph: Glyph, by: number, random: Random): Glyph {
  return glyph.map(({ kind, points }) => ({
    kind,
    points: points.map(([x, y]): Point => [x + between(random, -by, by), y + between(random, -by, by)]),
  }))
}

/** Points so close that straight pieces between them look round. */
function pathOf({ kind, points }: Stroke): readonly Point[] {
  if (kind === 'line') return points
  const pieces = 5
  const path: Point[] = [points[0]!]
  for (let i = 0; i + 1 < points.length; i++) {
    const [b, c] = [points[i]!, points[i + 1]!]
    const [a, d] = [points[i - 1] ?? b, points[i + 2] ?? c]
    for (let piece = 1; piece <= pieces; piece++) {
      const t = piece / pieces
      path.push([catmullRom(a[0], b[0], c[0], d[0], t), catmullRom(a[1], b[1], c[1], d[1], t)])
    }
  }
  return path
}

/** The uniform spline of Catmull, Rom 1974, from `b` at t = 0 to `c` at t = 1. */
function catmullRom(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

/** A straight piece with round ends, its edge one pixel soft; what is darker already stays. */
function paint([x0, y0]: Point, [x1, y1]: Point, radius: number, ink: number, image: Uint8Array): void {
  const reach = radius + 0.5
  const clamp = (pixel: number) => Math.min(handwritingSize, Math.max(0, pixel))
  const [left, right] = [clamp(Math.floor(Math.min(x0, x1) - reach)), clamp(Math.ceil(Math.max(x0, x1) + reach))]
  const [top, bottom] = [clamp(Math.floor(Math.min(y0, y1) - reach)), clamp(Math.ceil(Math.max(y0, y1) + reach))]
  const [dx, dy] = [x1 - x0, y1 - y0]
  const squared = dx * dx + dy * dy
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0]
      const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squared))
      const [ex, ey] = [px - along * dx, py - along * dy]
      const cover = reach - Math.sqrt(ex * ex + ey * ey)
      if (cover <= 0) continue
      const value = Math.round(ink * Math.min(1, cover))
      const at = y * handwritingSize + x
      if (value > image[at]!) image[at] = value
    }
  }
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next()
}
