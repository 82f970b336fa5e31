/**
 * A square to draw on, by finger, mouse, pen, or keyboard: arrow keys move the pen, Space puts it down or lifts it,
 * Delete clears.
 * @module
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { canvasSide, createPen, type Pen, type Point } from '../drawing/pen.ts'
import type { Ink } from '../drawing/prepare-image.ts'

interface DrawingPadProps {
  /** While drawing, a few times a second, and after each stroke. */
  onDraw(ink: Ink): void
  onClear(): void
}

const reportEveryMs = 120
const keyStep = canvasSide / 28
const arrows: Readonly<Record<string, Point | undefined>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

export function DrawingPad({ onDraw, onClear }: DrawingPadProps) {
  const paper = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const pen = useRef<Pen>(undefined)
  const reported = useRef(0)
  const [empty, setEmpty] = useState(true)
  const [cursor, setCursor] = useState<Point>({ x: canvasSide / 2, y: canvasSide / 4 })

  useEffect(() => {
    pen.current = createPen(canvas.current!.getContext('2d', { willReadFrequently: true })!)
  }, [])

  function report(now: boolean): void {
    if (!now && performance.now() - reported.current < reportEveryMs) return
    reported.current = performance.now()
    onDraw(pen.current!.ink())
  }

  function down(at: Point): void {
    pen.current!.down(at)
    setEmpty(false)
    report(true)
  }

  function up(): void {
    if (!pen.current!.isDown) return
    pen.current!.up()
    report(true)
  }

  function clear(): void {
    pen.current!.up()
    pen.current!.clear()
    setEmpty(true)
    onClear()
  }

  function onPointerMove(event: PointerEvent): void {
    if (!pen.current!.isDown) return
    const points = event.getCoalescedEvents?.() ?? []
    for (const point of points.length > 0 ? points : [event]) pen.current!.move(pointOf(point, paper.current!))
    report(false)
  }

  function onKeyDown(event: KeyboardEvent): void {
    const direction = arrows[event.key]
    if (direction !== undefined) {
      const next = { x: bounded(cursor.x + direction.x * keyStep), y: bounded(cursor.y + direction.y * keyStep) }
      setCursor(next)
      pen.current!.move(next)
      report(false)
    } else if (event.key === ' ') {
      if (pen.current!.isDown) up()
      else down(cursor)
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      clear()
    } else {
      return
    }
    event.preventDefault()
  }

  return (
    <div class="pad">
      <div
        ref={paper}
        class="pad-paper"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys, and no element is for drawing
        tabIndex={0}
        role="application"
        aria-label="Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete clears."
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          down(pointOf(event, event.currentTarget))
        }}
        onPointerMove={onPointerMove}
        onPointerUp={up}
        onPointerCancel={up}
        onKeyDown={onKeyDown}
      >
        {empty && <span class="pad-hint">Draw here</span>}
        <canvas ref={canvas} width={canvasSide} height={canvasSide} />
        <span
          class="pad-cursor"
          style={{ left: `${(100 * cursor.x) / canvasSide}%`, top: `${(100 * cursor.y) / canvasSide}%` }}
        />
      </div>
      <button type="button" class="button quiet small" disabled={empty} onClick={clear}>
        Clear
      </button>
    </div>
  )
}

function pointOf(event: PointerEvent, paper: HTMLElement): Point {
  const box = paper.getBoundingClientRect()
  return {
    x: ((event.clientX - box.left) / box.width) * canvasSide,
    y: ((event.clientY - box.top) / box.height) * canvasSide,
  }
}

function bounded(value: number): number {
  return Math.min(canvasSide, Math.max(0, value))
}
