/** A CSV or TSV file, or a folder with one a site: each has scales and held-out rows of its own. @module */
import {
  encodeTable,
  holdOut,
  inferLayout,
  joinExamples,
  maxTableBytes,
  measureScales,
  parseTable,
  type Table,
  tableLabels,
  takeRows,
} from '../../peer-core/learning/index.ts'
import type { TableFileData } from '../task-file-data.ts'
import { readFiles } from './named-files.ts'
import type { SeedData } from './seed-data.ts'

export const tableExtensions = ['.csv', '.tsv'] as const

/** @throws {@link DataError} that names the file, and in it the row or the column */
export async function readTables(path: string, data: TableFileData, seed: number): Promise<SeedData> {
  const tables = (await readFiles(path, tableExtensions, maxTableBytes)).map(parseTable)
  const { target, columns, classes, missing, testShare } = data
  const layout = inferLayout(together(tables), { target, columns, classes, missing })
  const sites = tables.map((table, site) => {
    const { train, test } = holdOut(tableLabels(table, layout), { share: testShare, seed: `${seed}/${site}` })
    const rows = takeRows(table, train)
    const scales = measureScales(rows, layout)
    return { train: encodeTable(rows, layout, scales), test: encodeTable(takeRows(table, test), layout, scales) }
  })
  return {
    rules: { kind: 'table', ...layout },
    train: joinExamples(sites.map(({ train }) => train)),
    ...(testShare === 0 ? {} : { test: joinExamples(sites.map(({ test }) => test)) }),
    writers: sites.flatMap(({ train }, site) => new Array<number>(train.labels.length).fill(site)),
  }
}

/** To infer from: all rows under the first table's columns. */
function together(tables: readonly Table[]): Table {
  const [first] = tables as [Table]
  if (tables.length === 1) return first
  const sameColumns = tables.filter(({ columns }) => columns.join() === first.columns.join())
  return { ...first, rows: sameColumns.flatMap(({ rows }) => rows) }
}
