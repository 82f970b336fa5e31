/**
 * What a seed was given to train on, read as its task file says: examples to train on, examples held out, and the part of the
 * task that tells every peer how to read its own.
 * @module
 */
import type { Examples } from '../../peer-core/index.ts'
import { generateHandwriting } from '../../peer-core/learning/index.ts'
import type { DataRules } from '../../peer-core/wire/index.ts'
import type { TaskFile } from '../task-file.ts'
import { UsageError } from '../usage-error.ts'
import { readIdxFolder } from './idx-folder.ts'
import { existing } from './named-files.ts'
import { picturesToTrainOn, readPictures } from './picture-files.ts'
import { readTables } from './table-files.ts'
import { readTexts } from './text-files.ts'

export interface SeedData {
  readonly rules: DataRules
  readonly train: Examples
  /** absent where nothing was held out */
  readonly test?: Examples
  /** who wrote each training example, where that is known: a person, a speaker, a site */
  readonly writers?: ArrayLike<number>
}

export const digits = [...'0123456789']
/** Writers and examples of the handwriting that is generated when no data is given. */
const generated = { writers: 60, examplesPerWriter: 100 }

/** @throws {@link UsageError}; {@link DataError} naming the file */
export async function loadSeedData(path: string | undefined, task: TaskFile): Promise<SeedData> {
  const { data, seed } = task
  switch (data.kind) {
    case 'images': {
      const pictures = path === undefined ? [] : await readPictures(path)
      if (pictures.length > 0) return picturesToTrainOn(pictures, data, seed)
      const { classes = digits } = data
      if (path === undefined) return generateData(seed, classes)
      if (!(await existing(path)).isDirectory())
        throw new UsageError(
          `--data ${path}: expected a folder with the four IDX files of an image set, or pictures in folders or a zip`,
        )
      const read = await readIdxFolder(path, { classes: classes.length })
      return { ...read, rules: imageRules(read.train, classes) }
    }
    case 'table':
      return readTables(required(path, 'a CSV or TSV file, or a folder of them'), data, seed)
    case 'text':
      return readTexts(required(path, 'a text file, or a folder of them'), data)
    default:
      return data satisfies never
  }
}

function generateData(seed: number, classes: string[]): SeedData {
  const { writers, ...train } = generateHandwriting({ ...generated, seed })
  const test = generateHandwriting({ writers: 10, examplesPerWriter: 100, seed: `${seed}/test` })
  return { rules: imageRules(train, classes), train, test, writers }
}

function imageRules({ shape }: Examples, classes: string[]): DataRules {
  const [height = 1, width = 1, channels = 1] = shape
  return { kind: 'images', shape: [height, width, channels], classes }
}

function required(path: string | undefined, what: string): string {
  if (path === undefined) throw new UsageError(`this task needs --data: ${what}`)
  return path
}
