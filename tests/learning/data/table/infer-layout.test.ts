import { describe, expect, it } from 'vitest'
import { inferLayout, parseTable } from '../../../../peer-core/learning/index.ts'
import { faultOf, file, patients } from './hospital.ts'

const table = parseTable(file(patients))

describe('inferLayout', () => {
  it('takes columns of numbers for numbers, of few words for categories, and the last one for the target', () => {
    const { target, columns, classes } = inferLayout(table)
    expect(target).toEqual({ column: 'sick', labels: {} })
    expect(columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['age', 'number'],
      ['smoker', 'category'],
      ['pain', 'number'],
      ['pressure', 'number'],
    ])
    expect(columns[1]).toMatchObject({ values: ['no', 'yes'] })
    expect(classes).toEqual(['0', '1', '3'])
  })

  it('goes by what is known already', () => {
    const labels = { '0': 'well', '1': 'ill', '3': 'ill' }
    const layout = inferLayout(table, { target: { column: 'sick', labels }, missing: ['', '-9', '?'] })
    expect(layout.classes).toEqual(['well', 'ill'])
    expect(layout.missing).toEqual(['', '-9', '?'])
    expect(inferLayout(table, { target: { column: 'smoker' } }).classes).toEqual(['no', 'yes'])
    expect(inferLayout(table, { target: { column: 'smoker' } }).columns.map(({ name }) => name)).toContain('sick')
  })

  it('orders classes that are numbers by size', () => {
    const text = `x,y\n1,10\n2,9\n3,10.0\n`
    expect(inferLayout(parseTable(file(text))).classes).toEqual(['9', '10'])
  })

  it('names the column that cannot be used', () => {
    const of = (text: string, hints = {}) => faultOf(() => inferLayout(parseTable(file(text)), hints))
    expect(of('a,b\n,0\n?,1\n')).toEqual({ code: 'ALL_MISSING', file: 'patients.csv', column: 'a' })
    expect(of('a,b\n1,0\n2,0\n')).toMatchObject({ code: 'TOO_FEW_CLASSES', classes: 1 })
    expect(of(patients, { target: { column: 'weight' } })).toMatchObject({ code: 'MISSING_COLUMN', column: 'weight' })
    const names = Array.from({ length: 80 }, (_, i) => `patient${i},${i % 2}`).join('\n')
    expect(of(`name,sick\n${names}\n`)).toMatchObject({ code: 'TOO_MANY_VALUES', column: 'name', distinct: 80 })
  })
})
