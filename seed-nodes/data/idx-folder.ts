/**
 * A folder of the four IDX files of an image set, under the names that MNIST and its relatives are found by:
 * `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`, also with a dot
 * before `idx`, each plain or with `.gz`.
 * @module
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Examples } from '../../peer-core/index.ts'
import { DataError, maxIdxBytes, readIdxExamples } from '../../peer-core/learning/index.ts'
import { readNamed, unreadable } from './named-files.ts'

const files = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const

type Role = keyof typeof files

/**
 * @param options.classes - labels lie below; one more than the greatest label of the training examples when absent
 * @throws {@link DataError} `MISSING_FILE` with all that are missing, `UNREADABLE`, and what {@link readIdxExamples} throws
 */
export async function readIdxFolder(
  folder: string,
  options: { readonly classes?: number } = {},
): Promise<{ train: Examples; test: Examples }> {
  const present = new Set(await readdir(folder).catch((error: unknown) => unreadable(folder, error)))
  const found = Object.fromEntries(
    Object.entries(files).map(([role, name]) => [role, spellings(name).find((spelling) => present.has(spelling))]),
  ) as Record<Role, string | undefined>
  const missing = (Object.keys(files) as Role[]).filter((role) => found[role] === undefined)
  if (missing.length > 0) {
    const names = missing.map((role) => files[role]).join(', ')
    throw new DataError({ code: 'MISSING_FILE', file: names }, `${folder}: no ${names} (plain or .gz)`)
  }
  const read = (role: Role) => readNamed(join(folder, found[role]!), maxIdxBytes)
  const train = readIdxExamples({ images: await read('trainImages'), labels: await read('trainLabels'), ...options })
  const classes = train.classes
  const test = readIdxExamples({ images: await read('testImages'), labels: await read('testLabels'), classes })
  if (train.shape.join() !== test.shape.join()) {
    const [expected, actual] = [train.shape.join('×'), test.shape.join('×')]
    const file = join(folder, found.testImages!)
    throw new DataError(
      { code: 'WRONG_SHAPE', file, expected, actual },
      `${file}: images are ${actual}, not ${expected}`,
    )
  }
  return { train, test }
}

function spellings(name: string): readonly string[] {
  const dotted = name.replace('-idx', '.idx')
  return [name, `${name}.gz`, dotted, `${dotted}.gz`]
}
