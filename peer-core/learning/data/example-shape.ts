/** What one example of a task looks like to its model. @module */
import type { DataSpec } from '../../wire/index.ts'
import type { DataShape } from '../model.ts'
import { featureCount } from './table/encode-table.ts'

export function exampleShape(data: DataSpec): DataShape {
  switch (data.kind) {
    case 'images':
      return { shape: data.shape, classes: data.classes.length }
    case 'table':
      return { shape: [featureCount(data.columns)], classes: data.classes.length }
    default:
      return data satisfies never
  }
}
