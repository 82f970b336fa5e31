/**
 * Files of a peer's own, read as its task says: the page and the command line share it. Nothing read here leaves the peer.
 * @module
 */
import type { Examples, LoadableExamples } from '../../ports/index.ts'
import type { DataSpec, ImageData, TableData, TextData } from '../../wire/index.ts'
import { DataError } from '../errors.ts'
import { sameShape, textOf } from '../shape.ts'
import { bytesOf } from './blob-bytes.ts'
import { type NamedBlob, type NamedBytes, readIdxExamples, streamIdxExamples } from './idx.ts'
import { imageExamples, isImageName, unzipImages } from './images/image-files.ts'
import type { DecodeImage } from './images/raster.ts'
import { joinExamples } from './sharding.ts'
import { encodeTable, measureScales } from './table/encode-table.ts'
import { parseTable, type Table } from './table/parse-table.ts'
import { applyReading, type TableReading } from './table/table-reading.ts'
import { windowsOf } from './text/windows.ts'
import { decodeText } from './text-bytes.ts'

/**
 * @param files - tables; texts; pictures in folders or in zips; or images and labels as IDX
 * @throws {@link DataError} that names the file, and in it the row or the column
 */
export async function readOwnExamples(
  files: readonly NamedBytes[],
  data: DataSpec,
  decode: DecodeImage,
): Promise<Examples> {
  if (files.length === 0) throw new DataError({ code: 'EMPTY', file: 'files' }, 'no file was chosen')
  switch (data.kind) {
    case 'images':
      return readImages(files, data, decode)
    case 'table':
      return readTables(files.map(parseTable), data)
    case 'text':
      return readText(files, data)
    default:
      return data satisfies never
  }
}

/**
 * The same of files that are read in parts: images that lie in an IDX file as they are stay there.
 *
 * @throws as {@link readOwnExamples}
 */
export async function readOwnFiles(
  files: readonly NamedBlob[],
  data: DataSpec,
  decode: DecodeImage,
): Promise<LoadableExamples> {
  const pair = data.kind === 'images' ? idxPair(files) : undefined
  if (pair !== undefined && data.kind === 'images') {
    const streamed = await streamIdxExamples({ ...pair, classes: data.classes.length })
    if (streamed !== undefined) return ofShape(streamed, data, pair.images.name)
  }
  return readOwnExamples(await Promise.all(files.map((file) => bytesOf(file))), data, decode)
}

/** Images and labels, by their names. */
function idxPair<F extends { readonly name: string }>(files: readonly F[]) {
  const find = (what: string) => files.find(({ name }) => name.includes(what) && !/\.(zip|png|jpe?g)$/i.test(name))
  const [images, labels] = [find('images'), find('labels')]
  return images && labels && { images, labels }
}

function ofShape<E extends LoadableExamples>(examples: E, { shape }: ImageData, file: string): E {
  if (sameShape(examples.shape, shape)) return examples
  const [expected, actual] = [textOf(shape), textOf(examples.shape)]
  const fault = { code: 'WRONG_SHAPE', file, expected, actual } as const
  throw new DataError(fault, `${file}: images are ${actual}, the task's ${expected}`)
}

async function readImages(files: readonly NamedBytes[], data: ImageData, decode: DecodeImage): Promise<Examples> {
  const zips = files.filter(({ name }) => name.toLowerCase().endsWith('.zip'))
  const pictures = [...files.filter(({ name }) => isImageName(name)), ...zips.flatMap(unzipImages)]
  if (pictures.length > 0 || zips.length > 0) return imageExamples(pictures, data, decode)
  return ofShape(readIdxPair(files, data.classes.length), data, files[0]!.name)
}

/**
 * Each table has scales of its own: it is what one site measured.
 *
 * @param reading - where they do not look quite as the task says
 * @throws {@link DataError} that names the table, and in it the row or the column
 */
export function readTables(tables: readonly Table[], data: TableData, reading?: TableReading): Examples {
  return joinExamples(
    tables.map((given) => {
      const { table, data: rules } = reading ? applyReading(given, data, reading) : { table: given, data }
      return encodeTable(table, rules, measureScales(table, rules))
    }),
  )
}

function readText(files: readonly NamedBytes[], data: TextData): Examples {
  const name = files.map((file) => file.name).join(', ')
  return windowsOf(files.map(decodeText), data, name).examples
}

function readIdxPair(files: readonly NamedBytes[], classes: number): Examples {
  const find = (what: 'images' | 'labels') => {
    const file = files.find(({ name }) => name.includes(what))
    if (file !== undefined) return file
    const names = files.map(({ name }) => name).join(', ')
    throw new DataError({ code: 'MISSING_FILE', file: what }, `no IDX file of ${what} among ${names}`)
  }
  return readIdxExamples({ images: find('images'), labels: find('labels'), classes })
}
