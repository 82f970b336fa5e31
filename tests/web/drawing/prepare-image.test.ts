import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxSide, type Ink, imageSide, prepareImage } from '../../../web/drawing/prepare-image.ts'

const side = 112

function inkOf(blots: readonly { x: number; y: number; radius: number }[]): Ink {
  const values = new Float32Array(side * side)
  for (const { x, y, radius } of blots) {
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        if ((column - x) ** 2 + (row - y) ** 2 <= radius ** 2) values[row * side + column] = 1
      }
    }
  }
  return { values, width: side, height: side }
}

function measure(image: Float32Array) {
  let mass = 0
  let x = 0
  let y = 0
  const rows: number[] = []
  const columns: number[] = []
  for (const [i, value] of image.entries()) {
    if (value === 0) continue
    const [row, column] = [Math.floor(i / imageSide), i % imageSide]
    mass += value
    x += value * (column + 0.5)
    y += value * (row + 0.5)
    rows.push(row)
    columns.push(column)
  }
  const extent = (of: number[]) => ({ from: Math.min(...of), to: Math.max(...of) + 1 })
  return { mass, x: x / mass, y: y / mass, rows: extent(rows), columns: extent(columns) }
}

const touches = ({ from, to }: { from: number; to: number }) => from === 0 || to === imageSide
const blot = fc.record({
  x: fc.integer({ min: 8, max: side - 8 }),
  y: fc.integer({ min: 8, max: side - 8 }),
  radius: fc.integer({ min: 3, max: 8 }),
})

describe('prepareImage', () => {
  it('scales the longer side to 20 pixels and keeps the aspect', () => {
    const bar = new Float32Array(side * side)
    for (let row = 10; row < 90; row += 1) bar.fill(1, row * side + 30, row * side + 50)
    const { rows, columns, mass } = measure(prepareImage({ values: bar, width: side, height: side })!)
    expect([rows, columns]).toEqual([
      { from: 4, to: 24 },
      { from: 11, to: 17 },
    ])
    expect(mass).toBeCloseTo(20 * 5)
  })

  it('centres every drawing by its mass, unless an edge is in the way', () => {
    fc.assert(
      fc.property(fc.array(blot, { minLength: 1, maxLength: 6 }), (blots) => {
        const { x, y, rows, columns } = measure(prepareImage(inkOf(blots))!)
        if (!touches(columns)) expect(Math.abs(x - imageSide / 2)).toBeLessThan(0.5)
        if (!touches(rows)) expect(Math.abs(y - imageSide / 2)).toBeLessThan(0.5)
      }),
      { numRuns: 60 },
    )
  })

  it('loses no ink and stays within [0, 1]', () => {
    fc.assert(
      fc.property(fc.array(blot, { minLength: 1, maxLength: 6 }), (blots) => {
        const ink = inkOf(blots)
        const drawn = measureInk(ink)
        const image = prepareImage(ink)!
        expect(measure(image).mass).toBeCloseTo(drawn.mass * (boxSide / drawn.longest) ** 2, 1)
        expect(image.every((value) => value >= 0 && value <= 1)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('does not depend on where on the pad one draws', () => {
    const there = prepareImage(inkOf([{ x: 30, y: 40, radius: 8 }]))!
    const elsewhere = prepareImage(inkOf([{ x: 80, y: 60, radius: 8 }]))!
    expect(there.every((value, i) => Math.abs(value - elsewhere[i]!) < 1e-3)).toBe(true)
  })

  it('makes nothing of an empty pad, and survives a single dot and ink that is no number', () => {
    expect(prepareImage({ values: new Float32Array(4), width: 2, height: 2 })).toBeUndefined()
    expect(prepareImage({ values: Float32Array.of(Number.NaN, 0, 0, 0), width: 2, height: 2 })).toBeUndefined()
    const dot = prepareImage({ values: Float32Array.of(0, 0.5, 0, 0), width: 2, height: 2 })!
    expect(measure(dot)).toMatchObject({ x: 14, y: 14, rows: { from: 4, to: 24 } })
  })
})

function measureInk({ values, width }: Ink): { mass: number; longest: number } {
  const inked = [...values.keys()].filter((i) => values[i]! > 0)
  const span = (of: number[]) => of.reduce((a, b) => Math.max(a, b)) - of.reduce((a, b) => Math.min(a, b)) + 1
  const longest = Math.max(span(inked.map((i) => i % width)), span(inked.map((i) => Math.floor(i / width))))
  return { mass: inked.reduce((sum, i) => sum + values[i]!, 0), longest }
}
