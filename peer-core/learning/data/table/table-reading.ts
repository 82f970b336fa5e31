/**
 * How one's own table is read where it does not quite look as the task says: a column of another name, a code of one's own for
 * what is unknown, other words for the classes. Proposed from the table, to be looked at and edited.
 *
 * What a column is to the model stays the task's: its features have to mean the same on every peer.
 * @module
 */
import type { TableData, TableLayout } from '../../../wire/index.ts'
import { canonical, columnIndex, distinctValues, missingCells, numberOf } from './cells.ts'
import type { Table } from './parse-table.ts'

export interface TableReading {
  /** From a column of the task, its target too, to the column of the table that holds it; one that is absent is not there. */
  readonly columns: Readonly<Record<string, string>>
  /** Cells that stand for an unknown value, besides the task's. */
  readonly missing: readonly string[]
  /** From a cell of the target to its class, besides the task's. */
  readonly labels: Readonly<Record<string, string>>
}

/** What is in a column. `words` are in order, the first few of `distinct`. */
export type ColumnSummary = { readonly name: string; readonly missing: number } & (
  | { readonly kind: 'empty' }
  | { readonly kind: 'numbers'; readonly low: number; readonly high: number }
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly distinct: number }
)

const wordsShown = 6

/** The columns that a task reads, its target last. */
export function columnsRead({ columns, target }: TableLayout): readonly string[] {
  return [...columns.map(({ name }) => name), target.column]
}

/** Columns by their names; where there is none, by the only one whose name has the same letters and digits. */
export function proposeReading(table: Table, layout: TableLayout): TableReading {
  const bare = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
  const found = columnsRead(layout).flatMap((name) => {
    if (table.columns.includes(name)) return [[name, name]]
    const alike = table.columns.filter((column) => bare(column) === bare(name))
    return alike.length === 1 ? [[name, alike[0]!]] : []
  })
  return { columns: Object.fromEntries(found), missing: [], labels: {} }
}

/** What type each column of a table seems to have. */
export function summariseColumns(
  table: Table,
  layout: Pick<TableLayout, 'missing'>,
  reading: Pick<TableReading, 'missing'>,
): readonly ColumnSummary[] {
  const isMissing = missingCells(layout, reading.missing)
  return table.columns.map((name, index) => {
    const missing = table.rows.reduce((count, { cells }) => count + (isMissing(cells[index]!) ? 1 : 0), 0)
    const values = distinctValues(table, name, isMissing)
    if (values.length === 0) return { name, missing, kind: 'empty' }
    const numbers = values.map(numberOf)
    if (numbers.every((number) => number !== undefined)) {
      return { name, missing, kind: 'numbers', low: numbers[0]!, high: numbers.at(-1)! }
    }
    return { name, missing, kind: 'words', words: values.slice(0, wordsShown), distinct: values.length }
  })
}

/** Each value of the target, and the class that it is read as; none where the task does not know it. */
export function labelsFound(
  table: Table,
  layout: TableLayout,
  reading: TableReading,
): readonly { readonly value: string; readonly class: string | undefined }[] {
  const column = reading.columns[layout.target.column]
  if (column === undefined) return []
  const known = new Map(Object.entries(labelsOf(layout, reading)).map(([cell, name]) => [canonical(cell), name]))
  return distinctValues(table, column, () => false).map((value) => ({ value, class: known.get(value) }))
}

/**
 * A table and a task's rules so that the one can be read by the other. Columns that nobody reads are left out.
 *
 * @throws {@link DataError} `MISSING_COLUMN`
 */
export function applyReading(table: Table, data: TableData, reading: TableReading): { table: Table; data: TableData } {
  const names = columnsRead(data)
  const places = names.map((name) => columnIndex(table, reading.columns[name] ?? name))
  const rows = table.rows.map(({ number, cells }) => ({ number, cells: places.map((place) => cells[place]!) }))
  return {
    table: { name: table.name, columns: names, rows },
    data: {
      ...data,
      target: { ...data.target, labels: labelsOf(data, reading) },
      missing: [...data.missing, ...reading.missing],
    },
  }
}

function labelsOf({ target, classes }: TableLayout, { labels }: TableReading): Record<string, string> {
  const stated = Object.keys(target.labels).length > 0
  return { ...(stated ? target.labels : Object.fromEntries(classes.map((name) => [name, name]))), ...labels }
}
