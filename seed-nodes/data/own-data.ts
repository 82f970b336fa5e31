/** Data of a contributor's own, read as the task it joined says. It never leaves. @module */
import type { Examples } from '../../peer-core/index.ts'
import { maxTableBytes, readOwnExamples } from '../../peer-core/learning/index.ts'
import type { DataSpec, ImageData } from '../../peer-core/wire/index.ts'
import { decodeImage } from './decode-image.ts'
import { readIdxFolder } from './idx-folder.ts'
import { readFiles } from './named-files.ts'
import { readPictures } from './picture-files.ts'
import { tableExtensions } from './table-files.ts'
import { maxTextBytes, textExtensions } from './text-files.ts'

/** @throws {@link UsageError} when nothing is at `path`; {@link DataError} naming the file */
export async function loadOwnData(path: string, data: DataSpec): Promise<Examples> {
  switch (data.kind) {
    case 'images':
      return ownImages(path, data)
    case 'table':
      return readOwnExamples(await readFiles(path, tableExtensions, maxTableBytes), data, decodeImage)
    case 'text':
      return readOwnExamples(await readFiles(path, textExtensions, maxTextBytes), data, decodeImage)
    default:
      return data satisfies never
  }
}

/** Pictures; or of a folder of IDX files those to train on. */
async function ownImages(path: string, data: ImageData): Promise<Examples> {
  const pictures = await readPictures(path)
  if (pictures.length > 0) return readOwnExamples(pictures, data, decodeImage)
  return (await readIdxFolder(path, { classes: data.classes.length })).train
}
