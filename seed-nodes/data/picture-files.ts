/** Pictures to train on: a zip, or a folder with one folder a class. @module */
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { GiB, MiB } from '../../peer-core/index.ts'
import {
  folderOf,
  holdOut,
  imageExamples,
  isImageName,
  type NamedBytes,
  takeExamples,
  unzipImages,
} from '../../peer-core/learning/index.ts'
import type { ImageFileData } from '../task-file-data.ts'
import { decodeImage } from './decode-image.ts'
import { existing, readNamed, unreadable } from './named-files.ts'
import type { SeedData } from './seed-data.ts'

const maxZipBytes = 1 * GiB
const maxPictureBytes = 64 * MiB

/** The pictures at a path, named from there; none when it has none. @throws {@link DataError} naming the file */
export async function readPictures(path: string): Promise<readonly NamedBytes[]> {
  if (!(await existing(path)).isDirectory()) {
    return path.toLowerCase().endsWith('.zip') ? unzipImages(await readNamed(path, maxZipBytes)) : []
  }
  const found = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: unknown) =>
    unreadable(path, error),
  )
  const names = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter(isImageName)
    .sort()
  return Promise.all(
    names.map(async (name) => ({ name, bytes: (await readNamed(join(path, name), maxPictureBytes)).bytes })),
  )
}

/** Classes are the folders' names where the task file tells none. */
export async function picturesToTrainOn(
  pictures: readonly NamedBytes[],
  data: ImageFileData,
  seed: number,
): Promise<SeedData> {
  const { shape, testShare } = data
  const classes = data.classes ?? [...new Set(pictures.map(({ name }) => folderOf(name)))].sort()
  const all = await imageExamples(pictures, { shape, classes }, decodeImage)
  const { train, test } = holdOut(all.labels, { share: testShare, seed })
  return {
    rules: { kind: 'images', shape, classes },
    train: takeExamples(all, train),
    ...(testShare === 0 ? {} : { test: takeExamples(all, test) }),
  }
}
