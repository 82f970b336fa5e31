/** What a seed found in its data, in words: looked at before anything is trained. @module */
import { classCounts, exampleCount } from '../../peer-core/learning/index.ts'
import type { DataRules } from '../../peer-core/wire/index.ts'
import type { SeedData } from './seed-data.ts'

export interface DataSummary {
  readonly examples: number
  readonly heldOut: number
  /** training examples of each class; of a text none are counted */
  readonly classes?: Readonly<Record<string, number>>
  /** of a table: how each column is read */
  readonly columns?: Readonly<Record<string, string>>
}

export function summaryOf({ rules, train, test }: SeedData): DataSummary {
  const counts = classCounts(train)
  return {
    examples: exampleCount(train),
    heldOut: test === undefined ? 0 : exampleCount(test),
    ...(rules.kind === 'text'
      ? {}
      : { classes: Object.fromEntries(rules.classes.map((name, i) => [name, counts[i]!])) }),
    ...(rules.kind === 'table' ? { columns: columnsInWords(rules) } : {}),
  }
}

/** Lines for a person. */
export function summaryInWords({ examples, heldOut, classes, columns }: DataSummary): string[] {
  const pairs = (of: Readonly<Record<string, string | number>>) =>
    Object.entries(of)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', ')
  return [
    `Data: ${examples} examples to train on, ${heldOut} held out`,
    ...(classes === undefined ? [] : [`  classes – ${pairs(classes)}`]),
    ...(columns === undefined ? [] : [`  columns – ${pairs(columns)}`]),
  ]
}

function columnsInWords({ columns }: Extract<DataRules, { kind: 'table' }>): Record<string, string> {
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      column.kind === 'category' ? `one of ${column.values.join(' ')}` : numberInWords(column.scale),
    ]),
  )
}

function numberInWords(scale: 'own' | { low: number; high: number }): string {
  return scale === 'own' ? 'number' : `number from ${scale.low} to ${scale.high}`
}
