/** How one's own table is read: what is in its columns, and which of them the task's are. To be looked at and edited. @module */
import { formatQuantity } from '../format.ts'
import type { ColumnSummary, OpenTables, TableReading as Reading } from '../own-data/read-files.ts'

interface TableReadingProps {
  readonly tables: OpenTables
  readonly reading: Reading
  onChange(reading: Reading): void
}

/** Values of the target that are asked about at once. */
const labelsShown = 12

export function TableReading({ tables, reading, onChange }: TableReadingProps) {
  const { data } = tables
  const { columns, labels } = tables.look(reading)
  // Of many values those that no class is known of, and what was answered.
  const unknown = labels.filter((one) => one.class === undefined)
  const asked = new Set([...new Set([...unknown, ...labels])].slice(0, labelsShown))
  const shown = labels.filter((one) => asked.has(one) || Object.hasOwn(reading.labels, one.value))
  const wanted = [
    ...data.columns.map((column) => ({ name: column.name, as: column.kind === 'number' ? 'a number' : 'a category' })),
    { name: data.target.column, as: 'what is learned' },
  ]
  const choose = (name: string, column: string) => {
    const { [name]: _, ...others } = reading.columns
    onChange({ ...reading, columns: column === '' ? others : { ...others, [name]: column } })
  }
  const mean = (value: string, name: string) => {
    const { [value]: _, ...others } = reading.labels
    onChange({ ...reading, labels: name === '' ? others : { ...others, [value]: name } })
  }
  return (
    <div class="table-reading">
      <p>How your table is read. Change what is not right:</p>
      <ul>
        {wanted.map(({ name, as }) => {
          const from = reading.columns[name]
          const found = columns.find((column) => column.name === from)
          return (
            <li key={name}>
              <label>
                <span>
                  <b>{name}</b> {as}
                </span>
                <select
                  aria-label={`${name} is read from`}
                  value={from ?? ''}
                  onChange={(event) => choose(name, event.currentTarget.value)}
                >
                  {from === undefined && <option value="">not in the file</option>}
                  {columns.map((column) => (
                    <option key={column.name} value={column.name}>
                      {column.name}
                    </option>
                  ))}
                </select>
              </label>
              {found !== undefined && <p>{inWords(found)}</p>}
            </li>
          )
        })}
        {shown.map(({ value, class: read }) => (
          <li key={`= ${value}`}>
            <label>
              <span>
                {data.target.column} <b>{value === '' ? 'left empty' : value}</b> means
              </span>
              <select
                aria-label={`${data.target.column} ${value} means`}
                value={read ?? ''}
                onChange={(event) => mean(value, event.currentTarget.value)}
              >
                {read === undefined && <option value="">choose a class</option>}
                {data.classes.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </li>
        ))}
        {labels.length > shown.length && <li>and {formatQuantity(labels.length - shown.length, 'more value')}</li>}
        <li>
          <label>
            <span>
              Also means <b>unknown</b>
            </span>
            <input
              type="text"
              aria-label="Also means unknown"
              placeholder="such as -9, none"
              value={reading.missing.join(', ')}
              onChange={(event) => onChange({ ...reading, missing: cellsOf(event.currentTarget.value) })}
            />
          </label>
        </li>
      </ul>
    </div>
  )
}

function cellsOf(text: string): string[] {
  return text
    .split(',')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
}

function inWords(column: ColumnSummary): string {
  const unknown = column.missing === 0 ? '' : `, ${column.missing} unknown`
  switch (column.kind) {
    case 'empty':
      return 'holds no value in any row'
    case 'numbers':
      return `numbers from ${column.low} to ${column.high}${unknown}`
    case 'words': {
      const more = column.distinct - column.words.length
      return `${formatQuantity(column.distinct, 'word')}: ${column.words.join(', ')}${more > 0 ? ' …' : ''}${unknown}`
    }
    default:
      return column satisfies never
  }
}
