import { describe, expect, it } from 'vitest'
import {
  classCounts,
  labelsFound,
  parseTable,
  proposeReading,
  readTables,
  summariseColumns,
} from '../../../../peer-core/learning/index.ts'
import { dataSchema } from '../../../../peer-core/wire/index.ts'
import { faultOf, file, patients } from './hospital.ts'

const data = dataSchema.parse({
  kind: 'table',
  target: { column: 'sick', labels: { 0: 'well', 1: 'ill', 3: 'ill' } },
  classes: ['well', 'ill'],
  train: [],
  columns: [
    { kind: 'number', name: 'age', scale: { low: 40, high: 80 } },
    { kind: 'category', name: 'smoker', values: ['no', 'yes'] },
  ],
})
if (data.kind !== 'table') throw new Error('a table')
const none = { columns: {}, missing: [], labels: {} }

describe('proposeReading', () => {
  it('finds columns by their names, or by the letters of them', () => {
    const table = parseTable(file(patients.replace('age,smoker', 'Age ,SMOKER?')))
    expect(proposeReading(table, data).columns).toEqual({ age: 'Age', smoker: 'SMOKER?', sick: 'sick' })
  })

  it('leaves out what is not there, and what might be either of two', () => {
    const table = parseTable(file(patients.replace('age,smoker', 'A-ge,A.ge')))
    expect(proposeReading(table, data).columns).toEqual({ sick: 'sick' })
  })
})

describe('summariseColumns', () => {
  it('tells numbers from words, and counts what is unknown', () => {
    const columns = summariseColumns(parseTable(file(patients)), data, { missing: ['-9'] })
    expect(columns.slice(0, 4)).toEqual([
      { name: 'age', missing: 0, kind: 'numbers', low: 40, high: 70 },
      { name: 'smoker', missing: 1, kind: 'words', words: ['no', 'yes'], distinct: 2 },
      { name: 'pain', missing: 0, kind: 'numbers', low: 1, high: 2 },
      { name: 'pressure', missing: 2, kind: 'numbers', low: 120, high: 140 },
    ])
    const empty = summariseColumns(parseTable(file('a,b\n?,1\n,2\n')), data, none)
    expect(empty[0]).toEqual({ name: 'a', missing: 2, kind: 'empty' })
  })
})

describe('labelsFound', () => {
  it('tells the class of each value, as the task has it and as a person says', () => {
    const table = parseTable(file(patients.replace('140,3', '140,2')))
    const reading = { ...none, columns: { sick: 'sick' } }
    const read = { ...reading, labels: { 2: 'ill', 1: 'well' } }
    expect(labelsFound(table, data, reading).map((label) => label.class)).toEqual(['well', 'ill', undefined])
    expect(labelsFound(table, data, read).map((label) => label.class)).toEqual(['well', 'well', 'ill'])
  })
})

describe('readTables', () => {
  const other = parseTable(file('sick,years,tobacco,age\nno,60,yes,a\nyes,-9,no,b\n'))
  const reading = {
    columns: { age: 'years', smoker: 'tobacco', sick: 'sick' },
    missing: ['-9'],
    labels: { no: 'well', yes: 'ill' },
  }

  it('reads columns, unknown values and labels as it is told', () => {
    const examples = readTables([other], data, reading)
    expect([...examples.features]).toEqual([0, 0, 1, 0, 1, 0])
    expect(classCounts(examples)).toEqual([1, 1])
  })

  it('keeps to the task where nothing is told, and names what is not there', () => {
    const [table] = [parseTable(file(patients))]
    expect(readTables([table], data, none)).toEqual(readTables([table], data))
    expect(faultOf(() => readTables([other], data, { ...reading, columns: { age: 'years' } }))).toEqual({
      code: 'MISSING_COLUMN',
      file: 'patients.csv',
      column: 'smoker',
    })
  })
})
