import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeTable,
  featureCount,
  inferLayout,
  measureScales,
  parseTable,
  takeRows,
} from '../../../../peer-core/learning/index.ts'
import { type TableLayout, tableLayoutSchema } from '../../../../peer-core/wire/index.ts'
import { faultOf, file, patients } from './hospital.ts'

const layout: TableLayout = tableLayoutSchema.parse({
  target: { column: 'sick', labels: { 0: 'well', 1: 'ill', 3: 'ill' } },
  classes: ['well', 'ill'],
  missing: ['', '?', '-9'],
  columns: [
    { kind: 'number', name: 'age', scale: { low: 40, high: 80 } },
    { kind: 'category', name: 'pain', values: ['1', '2'] },
    { kind: 'number', name: 'pressure' },
    { kind: 'category', name: 'smoker', values: ['no', 'yes'] },
  ],
})

function encode(text: string, use: TableLayout = layout) {
  const table = parseTable(file(text))
  return encodeTable(table, use, measureScales(table, use))
}

describe('encodeTable', () => {
  it('scales numbers, spreads categories, and leaves what is unknown at 0', () => {
    const { shape, classes, features, labels } = encode(patients)
    expect([shape, classes, [...labels]]).toEqual([[6], 2, [0, 1, 1, 0]])
    expect([...features]).toEqual([
      ...[0, 1, 0, -1, 0, 1],
      ...[-1, 0, 1, 0, 1, 0],
      ...[-0.5, 0, 1, 1, 0, 1],
      ...[0.5, 1, 0, 0, 0, 0],
    ])
  })

  it('standardises by the mean and the deviation of the rows that are trained on', () => {
    const table = parseTable(file('x,y\n1,a\n3,b\n100,a\n'))
    const use = inferLayout(table)
    const scales = measureScales(takeRows(table, [0, 1]), use)
    expect([...encodeTable(table, use, scales).features]).toEqual([-1, 1, 98])
  })

  it('gives every known column of numbers mean 0 and deviation 1', () => {
    const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 })
    fc.assert(
      fc.property(numbers, (values) => {
        fc.pre(new Set(values).size > 1)
        const features = Array.from(
          encodeAll(`x,y\n${values.map((value, i) => `${value},${i % 2}`).join('\n')}\n`).features,
        )
        const mean = features.reduce((sum, value) => sum + value, 0) / values.length
        const variance = features.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
        expect(mean).toBeCloseTo(0, 4)
        expect(variance).toBeCloseTo(1, 4)
      }),
    )
  })

  it('gives a column that never varies zeros, not infinities', () => {
    expect([...encodeAll('x,y\n7,0\n7,1\n').features]).toEqual([0, 0])
  })

  it('names the row and the column of what it cannot read', () => {
    const change = (from: string, to: string) => faultOf(() => encode(patients.replace(from, to)))
    expect(change('50,yes', 'fifty,yes')).toEqual({
      code: 'NOT_A_NUMBER',
      file: 'patients.csv',
      row: 4,
      column: 'age',
      value: 'fifty',
    })
    expect(change('40,no', '40,rarely')).toMatchObject({ code: 'UNKNOWN_CATEGORY', row: 3, column: 'smoker' })
    expect(change('140,3', '140,4')).toMatchObject({ code: 'UNKNOWN_LABEL', row: 4, column: 'sick', value: '4' })
    expect(change('140,3', '140,')).toMatchObject({ code: 'UNKNOWN_LABEL', row: 4, value: '' })
    expect(change('pressure', 'druck')).toMatchObject({ code: 'MISSING_COLUMN', column: 'pressure' })
  })
})

describe('measureScales', () => {
  it('refuses a column without any value, unless the task says that a peer may lack it', () => {
    const lacking = patients.replace('120', '?').replace('140', '')
    expect(faultOf(() => encode(lacking))).toEqual({ code: 'ALL_MISSING', file: 'patients.csv', column: 'pressure' })
    const columns = layout.columns.map((column) => ({ ...column, optional: true }))
    const { features } = encode(lacking, { ...layout, columns })
    expect([3, 9, 15, 21].map((at) => features[at])).toEqual([0, 0, 0, 0])
  })

  it('heeds what stands for unknown in one column only', () => {
    const columns = layout.columns.map((column) => (column.name === 'age' ? { ...column, missing: ['60.0'] } : column))
    expect(encode(patients, { ...layout, columns }).features[0]).toBe(0)
  })
})

describe('featureCount', () => {
  it('counts one for a number and one for each value of a category', () => {
    expect(featureCount(layout.columns)).toBe(6)
  })
})

function encodeAll(text: string) {
  return encode(text, inferLayout(parseTable(file(text))))
}
