/** Files of one's own to train on: chosen here, read here, and counted before anything starts. @module */
import { useRef, useState } from 'preact/hooks'
import { messageOf } from '../../peer-core/index.ts'
import { formatCount, formatQuantity } from '../format.ts'
import {
  type ChosenData,
  type OpenTables,
  openTables,
  type TableReading as Reading,
  readFiles,
} from '../own-data/read-files.ts'
import type { LoadableExamples, TaskSpec } from '../peer.ts'
import { TableReading } from './table-reading.tsx'

interface OwnDataProps {
  readonly data: TaskSpec['data']
  /** The task has no examples of its own. */
  readonly required: boolean
  onChoose(examples: LoadableExamples | undefined): void
}

type Chosen =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly files: string; readonly found: ChosenData; readonly table?: EditableTable }
  | { readonly kind: 'failed'; readonly why: string; readonly table?: EditableTable }

/** A table and how it is read for now. */
interface EditableTable {
  readonly files: string
  readonly tables: OpenTables
  readonly reading: Reading
}

/** More classes than these are summed up. */
const classesShown = 10

export function OwnData({ data, required, onChoose }: OwnDataProps) {
  const [chosen, setChosen] = useState<Chosen>({ kind: 'none' })
  /** Grows with every choice: what an earlier one comes to is of no more use. */
  const choices = useRef(0)

  async function choose(input: HTMLInputElement): Promise<void> {
    const files = [...(input.files ?? [])]
    // The same file may be chosen again, once it was mended.
    input.value = ''
    if (files.length === 0) return
    const choice = ++choices.current
    onChoose(undefined)
    setChosen({ kind: 'reading' })
    const names = files.map(({ name }) => name).join(', ')
    try {
      if (data.kind === 'table') {
        const tables = await openTables(files, data)
        if (choice !== choices.current) return
        return readTable({ files: names, tables, reading: tables.proposed })
      }
      const found = await readFiles(files, data)
      if (choice !== choices.current) return
      setChosen({ kind: 'read', files: names, found })
      onChoose(found.examples)
    } catch (error) {
      if (choice === choices.current) setChosen({ kind: 'failed', why: messageOf(error) })
    }
  }

  function readTable(table: EditableTable): void {
    try {
      const found = table.tables.read(table.reading)
      setChosen({ kind: 'read', files: table.files, found, table })
      onChoose(found.examples)
    } catch (error) {
      setChosen({ kind: 'failed', why: messageOf(error), table })
      onChoose(undefined)
    }
  }

  function forget(): void {
    choices.current++
    setChosen({ kind: 'none' })
    onChoose(undefined)
  }

  return (
    <div class="own-data" data-state={chosen.kind}>
      <div class="own-data-head">
        <div>
          <strong>{required ? 'Bring your own data' : 'Train on your own data instead'}</strong>
          <p>{wantedInWords(data)}</p>
        </div>
        <label class="button small">
          Choose files
          <input
            class="sr-only"
            type="file"
            multiple
            accept={acceptedOf(data)}
            onChange={(event) => void choose(event.currentTarget)}
          />
        </label>
      </div>
      <div role="status">
        {chosen.kind === 'reading' && <p>Reading …</p>}
        {chosen.kind === 'failed' && <p class="own-data-fault">{chosen.why}</p>}
        {chosen.kind === 'read' && (
          <>
            <p>
              <b>{formatQuantity(chosen.found.count, 'example')}</b> in {chosen.files}{' '}
              <button type="button" class="button quiet small" onClick={forget}>
                Remove
              </button>
            </p>
            <ClassCounts classes={chosen.found.classes} />
          </>
        )}
      </div>
      {(chosen.kind === 'read' || chosen.kind === 'failed') && chosen.table !== undefined && (
        <TableReading
          tables={chosen.table.tables}
          reading={chosen.table.reading}
          onChange={(reading) => chosen.table && readTable({ ...chosen.table, reading })}
        />
      )}
    </div>
  )
}

function ClassCounts({ classes }: Pick<ChosenData, 'classes'>) {
  if (classes.length === 0) return null
  const rest = classes.length - classesShown
  return (
    <ul class="class-counts" aria-label="Examples of each class">
      {classes.slice(0, classesShown).map(({ name, count }) => (
        <li key={name} data-none={count === 0}>
          {name} <b>{formatCount(count)}</b>
        </li>
      ))}
      {rest > 0 && <li>and {formatQuantity(rest, 'more class', 'more classes')}</li>}
    </ul>
  )
}

function wantedInWords(data: TaskSpec['data']): string {
  switch (data.kind) {
    case 'images':
      return 'A zip of pictures with one folder for each class, or IDX files of images and labels.'
    case 'table': {
      const [shown, names] = [4, [data.target.column, ...data.columns.map(({ name }) => name)]]
      const more = names.length > shown ? ` and ${names.length - shown} more` : ''
      return `A CSV or TSV file with the columns ${names.slice(0, shown).join(', ')}${more}.`
    }
    case 'text':
      return 'Plain text files.'
    default:
      return data satisfies never
  }
}

/** Of images any: IDX files have no ending. */
function acceptedOf({ kind }: TaskSpec['data']): string | undefined {
  return { images: undefined, table: '.csv,.tsv', text: '.txt,.text,.md' }[kind]
}
