/** What a cell says: a number, a word, or that nothing is known. @module */
import type { TableLayout } from '../../../wire/index.ts'
import { DataError } from '../../errors.ts'
import type { Table } from './parse-table.ts'

/** The number that a cell holds, `undefined` when it holds none. */
export function numberOf(cell: string): number | undefined {
  if (cell === '') return undefined
  const value = Number(cell)
  return Number.isFinite(value) ? value : undefined
}

/** One spelling for each value: `1`, `1.0` and `01` are the same, and so are `-9` and `-9.0`. */
export function canonical(cell: string): string {
  const value = numberOf(cell)
  return value === undefined ? cell : String(value)
}

/** Tells whether a cell of a column stands for an unknown value. */
export function missingCells(layout: Pick<TableLayout, 'missing'>, more: readonly string[] = []) {
  const known = new Set([...layout.missing, ...more].map(canonical))
  return (cell: string) => known.has(canonical(cell))
}

/** @throws {@link DataError} `MISSING_COLUMN`, which tells what columns there are */
export function columnIndex(table: Table, column: string): number {
  const index = table.columns.indexOf(column)
  if (index !== -1) return index
  const fault = { code: 'MISSING_COLUMN', file: table.name, column } as const
  throw new DataError(fault, `${table.name}: no column ${column}; there are ${table.columns.join(', ')}`)
}

/** Values of a column that are known, each once, in order: numbers by size, words by code unit. */
export function distinctValues(table: Table, name: string, isMissing: (cell: string) => boolean): string[] {
  const index = columnIndex(table, name)
  const values = new Set<string>()
  for (const { cells } of table.rows) if (!isMissing(cells[index]!)) values.add(canonical(cells[index]!))
  const ordered = [...values]
  const numeric = ordered.every((value) => numberOf(value) !== undefined)
  return numeric ? ordered.sort((a, b) => Number(a) - Number(b)) : ordered.sort()
}
