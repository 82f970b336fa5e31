/**
 * Heart disease in four hospitals (UCI: Janosi, Steinbrunn, Pfisterer, Detrano, 1988): who has the disease, from thirteen
 * figures. Each hospital is a site; what one never measured another knows, so several columns are optional.
 */
import {
  encodeTable,
  exampleShape,
  holdOut,
  joinExamples,
  measureScales,
  type NamedBytes,
  parseTable,
  tableLabels,
  takeRows,
} from '../../peer-core/learning/index.ts'
import type { Examples } from '../../peer-core/ports/index.ts'
import { dataSchema, type TableData } from '../../peer-core/wire/index.ts'
import type { Subject } from './federation.ts'

export const hospitals = ['cleveland', 'hungarian', 'switzerland', 'va'] as const

const number = (name: string, more: object = {}) => ({ kind: 'number', name, ...more })
const category = (name: string, values: string, more: object = {}) => ({
  kind: 'category',
  name,
  values: values.split(' '),
  ...more,
})

export const heartData = dataSchema.parse({
  kind: 'table',
  target: { column: 'num', labels: { 0: 'healthy', 1: 'disease', 2: 'disease', 3: 'disease', 4: 'disease' } },
  classes: ['healthy', 'disease'],
  missing: ['', '?', '-9'],
  columns: [
    number('age'),
    category('sex', '0 1'),
    category('cp', '1 2 3 4'),
    number('trestbps', { missing: ['0'] }),
    number('chol', { missing: ['0'], optional: true }),
    category('fbs', '0 1', { optional: true }),
    category('restecg', '0 1 2'),
    number('thalach'),
    category('exang', '0 1'),
    number('oldpeak'),
    category('slope', '1 2 3', { optional: true }),
    number('ca', { missing: ['9'], optional: true }),
    category('thal', '3 6 7', { missing: ['0'], optional: true }),
  ],
  train: [],
}) as TableData

export const heartTask: Subject = {
  data: heartData,
  model: {
    input: [...exampleShape(heartData).shape],
    layers: [
      { kind: 'dense', units: 16, activation: 'tanh' },
      { kind: 'dense', units: 2, activation: 'linear' },
    ],
  },
  training: { localSteps: 20, batchSize: 32, learningRate: 0.02, momentum: 0.9 },
}

export interface Site {
  readonly train: Examples
  readonly test: Examples
}

/** Holds three tenths of each hospital's patients out; both parts are read with the scales of the rest. */
export function siteOf(file: NamedBytes, seed: number): Site {
  const table = parseTable(file)
  const { train, test } = holdOut(tableLabels(table, heartData), { share: 0.3, seed: `${seed}/${file.name}` })
  const rows = takeRows(table, train)
  const scales = measureScales(rows, heartData)
  return { train: encodeTable(rows, heartData, scales), test: encodeTable(takeRows(table, test), heartData, scales) }
}

/** All sites in one place: what the federation is to do without. */
export function pooled(sites: readonly Site[]): Site {
  return { train: joinExamples(sites.map(({ train }) => train)), test: joinExamples(sites.map(({ test }) => test)) }
}
