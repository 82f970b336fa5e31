/**
 * How a table might be read: a column of numbers is a number, one of few words is a category. A proposal to look at and to
 * edit, since a code such as `3 = normal` looks like a number.
 * @module
 */
import { type ColumnSpec, columnSchema, type TableLayout, tableLayoutSchema } from '../../../wire/index.ts'
import { DataError } from '../../errors.ts'
import { distinctValues, missingCells, numberOf } from './cells.ts'
import type { Table } from './parse-table.ts'

/** A column of more different words than these is taken for a name, an id or free text. */
export const mostCategories = 64
const mostClasses = 256

/** What is known already; the rest is inferred. */
export interface LayoutHints {
  /** the last column when absent */
  readonly target?: { readonly column: string; readonly labels?: Readonly<Record<string, string>> }
  readonly columns?: readonly ColumnSpec[]
  readonly classes?: readonly string[]
  readonly missing?: readonly string[]
}

/**
 * @throws {@link DataError} `MISSING_COLUMN`, `ALL_MISSING`, `TOO_MANY_VALUES` for a column of words that are nearly all
 * different, `TOO_FEW_CLASSES` when every row has the same label
 */
export function inferLayout(table: Table, hints: LayoutHints = {}): TableLayout {
  const target = hints.target ?? { column: table.columns.at(-1)! }
  const missing = hints.missing ?? tableLayoutSchema.shape.missing.parse(undefined)
  const isMissing = missingCells({ missing: [...missing] })
  const columns =
    hints.columns ??
    table.columns.filter((name) => name !== target.column).map((name) => inferColumn(table, name, isMissing))
  return {
    target: { column: target.column, labels: { ...target.labels } },
    columns: [...columns],
    classes: [...(hints.classes ?? inferClasses(table, target, isMissing))],
    missing: [...missing],
  }
}

function inferColumn(table: Table, name: string, isMissing: (cell: string) => boolean): ColumnSpec {
  const values = distinctValues(table, name, isMissing)
  if (values.length === 0) {
    const fault = { code: 'ALL_MISSING', file: table.name, column: name } as const
    throw new DataError(fault, `${table.name}: column ${name} has no value in any row: leave it out of data.columns`)
  }
  if (values.every((value) => numberOf(value) !== undefined)) return columnSchema.parse({ kind: 'number', name })
  if (values.length > mostCategories) tooManyValues(table.name, name, values.length, mostCategories)
  return columnSchema.parse({ kind: 'category', name, values })
}

function inferClasses(
  table: Table,
  target: NonNullable<LayoutHints['target']>,
  isMissing: (cell: string) => boolean,
): string[] {
  const named = [...new Set(Object.values(target.labels ?? {}))]
  const classes = named.length > 0 ? named : distinctValues(table, target.column, isMissing)
  if (classes.length < 2) {
    const fault = { code: 'TOO_FEW_CLASSES', file: table.name, classes: classes.length } as const
    throw new DataError(fault, `${table.name}: column ${target.column} holds ${classes.length} classes; 2 are needed`)
  }
  if (classes.length > mostClasses) tooManyValues(table.name, target.column, classes.length, mostClasses)
  return classes
}

function tooManyValues(file: string, column: string, found: number, limit: number): never {
  throw new DataError(
    { code: 'TOO_MANY_VALUES', file, column, distinct: found, limit },
    `${file}: column ${column} holds ${found} different words, more than ${limit}: an id or free text? Leave it out of data.columns`,
  )
}
