/**
 * From cells to features: numbers standardised, categories one-hot, what is unknown 0. With `scale: 'own'` that is the
 * peer's own mean, and the mean and deviation are measured here, on its training rows, and go nowhere else.
 *
 * A peer's own statistics also remove what its instruments shift against those of the others: Li et al., "FedBN", ICLR
 * 2021 ({@link https://arxiv.org/abs/2102.07623 | arXiv:2102.07623}), does the same inside the network.
 * @module
 */
import type { Examples } from '../../../ports/index.ts'
import type { ColumnSpec, TableLayout } from '../../../wire/index.ts'
import { DataError } from '../../errors.ts'
import { canonical, columnIndex, missingCells, numberOf } from './cells.ts'
import type { Table } from './parse-table.ts'

/** Of one column: its feature is `(value − centre) / spread`. */
export interface Scale {
  readonly centre: number
  readonly spread: number
}

/** By the name of a column of numbers. Stays with the peer. */
export type Scales = ReadonlyMap<string, Scale>

/** Features of one example: one a number, one a value of a category. */
export function featureCount(columns: readonly ColumnSpec[]): number {
  return columns.reduce((sum, column) => sum + widthOf(column), 0)
}

/**
 * Measures the scale of every column of numbers: of `own` ones the mean and the (population) standard deviation of the known
 * values, 1 where they are all the same.
 *
 * @param table - the rows to train on: those to test on are encoded with the same scales
 * @throws {@link DataError} `MISSING_COLUMN`, `NOT_A_NUMBER`, `ALL_MISSING` unless the column is optional
 */
export function measureScales(table: Table, layout: TableLayout): Scales {
  const scales = new Map<string, Scale>()
  for (const column of layout.columns) {
    const known = knownCells(table, layout, column)
    if (known.length === 0 && !column.optional) {
      const fault = { code: 'ALL_MISSING', file: table.name, column: column.name } as const
      throw new DataError(fault, `${table.name}: column ${column.name} has no value in any row`)
    }
    if (column.kind === 'number') scales.set(column.name, scaleOf(column.scale, known.map(readNumber(table, column))))
  }
  return scales
}

/**
 * @param scales - of the rows that are trained on
 * @returns examples of shape `[featureCount]`, in the order of the rows
 * @throws {@link DataError} `MISSING_COLUMN`, and naming the row and the column `NOT_A_NUMBER`, `UNKNOWN_CATEGORY`,
 * `UNKNOWN_LABEL`
 */
export function encodeTable(table: Table, layout: TableLayout, scales: Scales): Examples {
  const width = featureCount(layout.columns)
  const features = new Float32Array(table.rows.length * width)
  let at = 0
  for (const column of layout.columns) {
    const write = cellWriter(table, column, scales)
    const index = columnIndex(table, column.name)
    const isMissing = missingCells(layout, column.missing)
    for (const [i, { cells, number }] of table.rows.entries()) {
      const cell = cells[index]!
      if (!isMissing(cell)) write(features, i * width + at, { cell, row: number })
    }
    at += widthOf(column)
  }
  return { shape: [width], classes: layout.classes.length, features, labels: tableLabels(table, layout) }
}

/** The class of each row. @throws {@link DataError} `MISSING_COLUMN`; `UNKNOWN_LABEL`, naming the row */
export function tableLabels(table: Table, layout: TableLayout): Uint8Array {
  const { target, classes } = layout
  const index = columnIndex(table, target.column)
  const named = Object.entries(target.labels).map(([cell, name]) => [canonical(cell), classes.indexOf(name)] as const)
  const classOf = new Map(named.length > 0 ? named : classes.map((name, i) => [canonical(name), i] as const))
  return Uint8Array.from(table.rows, ({ cells, number: row }) => {
    const value = cells[index]!
    const label = classOf.get(canonical(value))
    if (label !== undefined) return label
    const fault = { code: 'UNKNOWN_LABEL', file: table.name, row, column: target.column, value } as const
    throw new DataError(
      fault,
      `${placeOf(fault)}: ${JSON.stringify(value)} is none of ${[...classOf.keys()].join(', ')}`,
    )
  })
}

interface Cell {
  readonly cell: string
  readonly row: number
}

function widthOf(column: ColumnSpec): number {
  return column.kind === 'number' ? 1 : column.values.length
}

function knownCells(table: Table, layout: TableLayout, column: ColumnSpec): Cell[] {
  const index = columnIndex(table, column.name)
  const isMissing = missingCells(layout, column.missing)
  return table.rows
    .map(({ cells, number }) => ({ cell: cells[index]!, row: number }))
    .filter(({ cell }) => !isMissing(cell))
}

function scaleOf(scale: 'own' | { low: number; high: number }, values: readonly number[]): Scale {
  if (scale !== 'own') return { centre: (scale.low + scale.high) / 2, spread: (scale.high - scale.low) / 2 }
  if (values.length === 0) return { centre: 0, spread: 1 }
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length
  return { centre, spread: variance > 0 ? Math.sqrt(variance) : 1 }
}

/** Writes a known cell's features at a place that holds zeros. */
function cellWriter(table: Table, column: ColumnSpec, scales: Scales) {
  if (column.kind === 'number') {
    const { centre, spread } = scales.get(column.name)!
    const read = readNumber(table, column)
    return (features: Float32Array, at: number, cell: Cell) => {
      features[at] = (read(cell) - centre) / spread
    }
  }
  const places = new Map(column.values.map((value, i) => [canonical(value), i]))
  return (features: Float32Array, at: number, { cell, row }: Cell) => {
    const place = places.get(canonical(cell))
    if (place === undefined) {
      const fault = { code: 'UNKNOWN_CATEGORY', file: table.name, row, column: column.name, value: cell } as const
      throw new DataError(fault, `${placeOf(fault)}: ${JSON.stringify(cell)} is none of ${column.values.join(', ')}`)
    }
    features[at + place] = 1
  }
}

function readNumber(table: Table, column: ColumnSpec) {
  return ({ cell, row }: Cell): number => {
    const value = numberOf(cell)
    if (value !== undefined) return value
    const fault = { code: 'NOT_A_NUMBER', file: table.name, row, column: column.name, value: cell } as const
    throw new DataError(fault, `${placeOf(fault)}: ${JSON.stringify(cell)} is not a number`)
  }
}

function placeOf({ file, row, column }: { file: string; row: number; column: string }): string {
  return `${file}, row ${row}, column ${column}`
}
