/** What one example of a task looks like to its model. @module */
import type { DataRules } from '../../wire/index.ts'
import type { DataShape } from '../model.ts'
import { featureCount } from './table/encode-table.ts'
import { tokenizerOf } from './text/tokenizer.ts'

export function exampleShape(data: DataRules): DataShape {
  switch (data.kind) {
    case 'images':
      return { shape: data.shape, classes: data.classes.length }
    case 'table':
      return { shape: [featureCount(data.columns)], classes: data.classes.length }
    case 'text':
      return { shape: [data.context], classes: tokenizerOf(data).size, positions: data.context }
    default:
      return data satisfies never
  }
}
