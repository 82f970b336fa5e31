/** A round pen on a canvas that keeps only coverage: what is drawn is black, and its alpha is the ink. @module */
import { type Ink, imageSide } from './prepare-image.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

/** Side of the canvas in its own pixels: sixteen to each of the model's. */
export const canvasSide = 16 * imageSide
/** About 2.2 of the model's pixels when a digit fills three quarters of the pad, as in MNIST. */
const penWidth = 38

export interface Pen {
  /** Puts the pen down, which leaves a dot. */
  down(at: Point): void
  /** Draws a smooth line on, when the pen is down. */
  move(to: Point): void
  up(): void
  readonly isDown: boolean
  clear(): void
  ink(): Ink
}

/** @param context - of a canvas of `canvasSide` squared; points are in its pixels */
export function createPen(context: CanvasRenderingContext2D): Pen {
  let last: Point | undefined
  let middle: Point | undefined
  context.lineWidth = penWidth
  context.lineCap = 'round'
  context.lineJoin = 'round'

  return {
    down(at) {
      last = at
      middle = at
      stroke(context, at, at, at)
    },
    move(to) {
      if (last === undefined || middle === undefined) return
      // Curves from middle to middle, bent by the points between, have no corners.
      const next = { x: (last.x + to.x) / 2, y: (last.y + to.y) / 2 }
      stroke(context, middle, last, next)
      last = to
      middle = next
    },
    up() {
      if (last !== undefined && middle !== undefined) stroke(context, middle, last, last)
      last = undefined
      middle = undefined
    },
    get isDown() {
      return last !== undefined
    },
    clear() {
      context.clearRect(0, 0, canvasSide, canvasSide)
    },
    ink() {
      const { data } = context.getImageData(0, 0, canvasSide, canvasSide)
      const values = Float32Array.from({ length: canvasSide * canvasSide }, (_, i) => data[4 * i + 3]! / 255)
      return { values, width: canvasSide, height: canvasSide }
    },
  }
}

function stroke(context: CanvasRenderingContext2D, from: Point, over: Point, to: Point): void {
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.quadraticCurveTo(over.x, over.y, to.x, to.y)
  context.stroke()
}
