import fc from 'fast-check'
import papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { DataError, parseTable } from '../../../../peer-core/learning/index.ts'
import { faultOf, file, patients } from './hospital.ts'

const read = (text: string) => parseTable(file(text))

describe('parseTable', () => {
  it('reads a header and rows, numbered as a spreadsheet numbers them', () => {
    const { columns, rows } = read(patients)
    expect(columns).toEqual(['age', 'smoker', 'pain', 'pressure', 'sick'])
    expect(rows[1]).toEqual({ number: 3, cells: ['40', 'no', '2.0', '?', '1'] })
    expect(rows).toHaveLength(4)
  })

  it.each([',', '\t', ';', '|'])('tells the delimiter %j from the text', (delimiter) => {
    const text = patients.replaceAll(',', delimiter)
    expect(read(text).rows[0]!.cells).toEqual(['60', 'yes', '1', '120', '0'])
  })

  it('reads quotes, a byte order mark, blanks and Windows line ends, and skips empty rows', () => {
    const { columns, rows } = read('\ufeffa,b\r\n"1, ""2""\n3" , x\r\n\r\n4,5\r\n')
    expect(columns).toEqual(['a', 'b'])
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['1, "2"\n3', 'x'],
      ['4', '5'],
    ])
    expect(rows[1]!.number).toBe(4)
  })

  it('gives back any cells that were written', () => {
    const cell = fc.string({ maxLength: 8 }).map((text) => text.trim())
    const tables = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }),
      )
    fc.assert(
      fc.property(tables, (cells) => {
        const header = cells[0]!.map((_, i) => `column ${i}`)
        const text = papa.unparse({ fields: header, data: cells }, { quotes: true })
        expect(read(text).rows.map((row) => row.cells)).toEqual(cells)
      }),
    )
  })

  it('names the row that is ragged, and the file', () => {
    expect(faultOf(() => read('a,b\n1,2\n3\n'))).toEqual({
      code: 'RAGGED_ROW',
      file: 'patients.csv',
      row: 3,
      expected: 2,
      actual: 1,
    })
    expect(() => read('a,b\n1,2\n1,2,3\n')).toThrow('patients.csv, row 3: has 3 cells where the header has 2')
  })

  it('refuses what is no table', () => {
    expect(faultOf(() => read(''))).toMatchObject({ code: 'EMPTY' })
    expect(faultOf(() => read('a,b\n'))).toMatchObject({ code: 'EMPTY' })
    expect(faultOf(() => read('a,a\n1,2\n'))).toMatchObject({ code: 'DUPLICATE_COLUMN', column: 'a' })
    expect(faultOf(() => read('a,b\n"1,2\n3,4\n'))).toMatchObject({ code: 'BAD_QUOTES', row: 2 })
    const latin1 = { name: 'latin1.csv', bytes: Uint8Array.of(0x61, 0xe4, 0x0a, 0x31) }
    expect(faultOf(() => parseTable(latin1))).toEqual({ code: 'NOT_TEXT', file: 'latin1.csv' })
  })

  it('answers any bytes with a table or an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(parseTable({ name: 'any', bytes }).rows.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
    )
  })
})
