/** Data of a contributor's own, read as the task it joined says. It never leaves. @module */
import type { Examples } from '../../peer-core/index.ts'
import { maxTableBytes, readOwnExamples } from '../../peer-core/learning/index.ts'
import type { DataSpec } from '../../peer-core/wire/index.ts'
import { readIdxFolder } from './idx-folder.ts'
import { readFiles } from './named-files.ts'
import { tableExtensions } from './table-files.ts'
import { maxTextBytes, textExtensions } from './text-files.ts'

/** @throws {@link UsageError} when nothing is at `path`; {@link DataError} naming the file */
export async function loadOwnData(path: string, data: DataSpec): Promise<Examples> {
  switch (data.kind) {
    case 'images':
      return (await readIdxFolder(path, { classes: data.classes.length })).train
    case 'table':
      return readOwnExamples(await readFiles(path, tableExtensions, maxTableBytes), data)
    case 'text':
      return readOwnExamples(await readFiles(path, textExtensions, maxTextBytes), data)
    default:
      return data satisfies never
  }
}
