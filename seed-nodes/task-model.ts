/** The model of a task file: its own layers, or a preset for the data at hand. @module */
import { checkModel, type DataShape, presetModel } from '../peer-core/learning/index.ts'
import type { ModelSpec } from '../peer-core/wire/index.ts'
import type { TaskFile } from './task-file.ts'

/** @throws {@link ModelError} when it does not fit the data */
export function modelOf(file: TaskFile, data: DataShape): ModelSpec {
  const model = typeof file.model === 'string' ? presetModel(file.model, data) : file.model
  checkModel(model, data)
  return model
}
