/** Files that a person chose, read as the task says. They go no further than this tab. @module */
import type { ColumnSummary, Table, TableReading } from '../../peer-core/learning/index.ts'
import type { LoadableExamples, TaskSpec } from '../peer.ts'
import { decodeImage } from './decode-image.ts'

export type { ColumnSummary, TableReading } from '../../peer-core/learning/index.ts'

export interface ChosenData {
  readonly examples: LoadableExamples
  /** `131 healthy`, by class; of a text none are counted */
  readonly classes: readonly { readonly name: string; readonly count: number }[]
  /** how many examples there are */
  readonly count: number
}

type TableRules = Extract<TaskSpec['data'], { kind: 'table' }>

/** Tables that were parsed, to be read in one way or another. */
export interface OpenTables {
  readonly data: TableRules
  /** Each as good as the task's names go. */
  readonly proposed: TableReading
  read(reading: TableReading): ChosenData
  /** What is in the first table's columns, and how its labels are read. */
  look(reading: TableReading): TableLook
}

export interface TableLook {
  readonly columns: readonly ColumnSummary[]
  readonly labels: readonly { readonly value: string; readonly class: string | undefined }[]
}

/** Parsers and unpackers are loaded when somebody has files. */
const learning = () => import('../../peer-core/learning/index.ts')

/** @throws {@link DataError} that names the file */
export async function readFiles(
  files: readonly File[],
  data: Exclude<TaskSpec['data'], { kind: 'table' }>,
): Promise<ChosenData> {
  const { classCounts, readOwnFiles } = await learning()
  const named = files.map((file) => ({ name: nameOf(file), blob: file }))
  return counted(await readOwnFiles(named, data, decodeImage), data, classCounts)
}

/** @throws {@link DataError} that names the file, and in it the row */
export async function openTables(files: readonly File[], data: TableRules): Promise<OpenTables> {
  const { bytesOf, classCounts, labelsFound, maxTableBytes, parseTable, proposeReading, readTables, summariseColumns } =
    await learning()
  const tables: Table[] = []
  for (const file of files) tables.push(parseTable(await bytesOf({ name: nameOf(file), blob: file }, maxTableBytes)))
  const first = tables[0]!
  return {
    data,
    proposed: proposeReading(first, data),
    read: (reading) => counted(readTables(tables, data, reading), data, classCounts),
    look: (reading) => ({
      columns: summariseColumns(first, data, reading),
      labels: labelsFound(first, data, reading),
    }),
  }
}

function nameOf(file: File): string {
  return file.webkitRelativePath || file.name
}

function counted(
  examples: LoadableExamples,
  data: TaskSpec['data'],
  classCounts: (examples: LoadableExamples) => ArrayLike<number>,
): ChosenData {
  const counts = classCounts(examples)
  const names = data.kind === 'text' ? [] : data.classes
  const classes = names.map((name, i) => ({ name, count: counts[i]! }))
  const positions = data.kind === 'text' ? data.context : 1
  return { examples, classes, count: examples.labels.length / positions }
}
