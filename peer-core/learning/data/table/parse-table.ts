/**
 * A table from text: comma, tab, semicolon or bar between cells, told from the text itself; quotes as in RFC 4180.
 *
 * Papa Parse reads the cells. What it forgives, this does not: a row that is shorter or longer than the header would shift
 * a patient's values by one column.
 * @module
 */
import papa from 'papaparse'
import { MiB } from '../../../foundation/index.ts'
import { DataError } from '../../errors.ts'
import type { NamedBytes } from '../idx.ts'
import { decodeText } from '../text-bytes.ts'

export interface Table {
  /** what to call it in errors */
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export interface Row {
  /** counts from 1, and the header is one: as a spreadsheet numbers it */
  readonly number: number
  /** one of each column, without surrounding blanks */
  readonly cells: readonly string[]
}

/** What one file may weigh: it is held in memory as text. */
export const maxTableBytes = 256 * MiB

/**
 * Rows without any cell are skipped.
 *
 * @throws {@link DataError} `TOO_LARGE`, `NOT_TEXT`, `EMPTY`, `BAD_QUOTES`, `RAGGED_ROW` naming the row,
 * `DUPLICATE_COLUMN` (also for two without a name)
 */
export function parseTable(source: NamedBytes): Table {
  const { name } = source
  const bytes = source.bytes.length
  if (bytes > maxTableBytes) {
    const fault = { code: 'TOO_LARGE', file: name, bytes, limit: maxTableBytes } as const
    throw new DataError(fault, `${name}: ${bytes} bytes are more than a table may have, ${maxTableBytes}`)
  }
  const { data, errors } = papa.parse<string[]>(decodeText(source), { skipEmptyLines: false })
  const broken = errors.find(({ type }) => type === 'Quotes')
  if (broken !== undefined) {
    const [row, why] = [(broken.row ?? 0) + 1, broken.message]
    throw new DataError({ code: 'BAD_QUOTES', file: name, row, why }, `${name}, row ${row}: ${why}`)
  }
  const rows = data
    .map((cells, i) => ({ number: i + 1, cells: cells.map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '')
  const [header, ...rest] = rows
  if (header === undefined || rest.length === 0) {
    throw new DataError({ code: 'EMPTY', file: name }, `${name}: holds no rows below a header`)
  }
  const columns = header.cells
  const twice = columns.find((column, i) => columns.indexOf(column) !== i)
  if (twice !== undefined) {
    const fault = { code: 'DUPLICATE_COLUMN', file: name, column: twice } as const
    throw new DataError(fault, `${name}: two columns are named ${JSON.stringify(twice)}`)
  }
  const expected = columns.length
  for (const { number: row, cells } of rest) {
    if (cells.length === expected) continue
    throw new DataError(
      { code: 'RAGGED_ROW', file: name, row, expected, actual: cells.length },
      `${name}, row ${row}: has ${cells.length} cells where the header has ${expected}`,
    )
  }
  return { name, columns, rows: rest }
}

/** The table of some of its rows, in that order. */
export function takeRows(table: Table, indices: ArrayLike<number>): Table {
  return { ...table, rows: Array.from(indices, (index) => table.rows[index]!) }
}
