/**
 * Pictures in folders, one folder a class, plain or in a zip: `cats/tom.png`. Each is decoded by what the platform has, and
 * brought to the task's size. One that is broken is named.
 * @module
 */
import { unzipSync } from 'fflate'
import { GiB, messageOf } from '../../../foundation/index.ts'
import type { Examples } from '../../../ports/index.ts'
import { DataError } from '../../errors.ts'
import { sizeOf } from '../../shape.ts'
import type { NamedBytes } from '../idx.ts'
import { type PictureSize, pictureSize } from './picture-size.ts'
import { type DecodeImage, fitRaster, maxPixels } from './raster.ts'

export const imageExtensions = ['.png', '.jpg', '.jpeg'] as const
/** What a zip may hold, unpacked. */
const maxUnzippedBytes = 1 * GiB

export interface ImageRules {
  /** `[height, width, channels]` */
  readonly shape: readonly [number, number, number]
  readonly classes: readonly string[]
}

export function isImageName(name: string): boolean {
  return imageExtensions.some((extension) => name.toLowerCase().endsWith(extension)) && !isHidden(name)
}

/**
 * The pictures of a zip; other files in it are skipped.
 *
 * @throws {@link DataError} `UNREADABLE`, `TOO_LARGE` before anything is unpacked
 */
export function unzipImages({ name, bytes }: NamedBytes): readonly NamedBytes[] {
  let unpacked = 0
  try {
    const files = unzipSync(bytes, {
      filter(file) {
        if (!isImageName(file.name)) return false
        unpacked += file.originalSize
        if (unpacked <= maxUnzippedBytes) return true
        throw new DataError(
          { code: 'TOO_LARGE', file: name, bytes: unpacked, limit: maxUnzippedBytes },
          `${name}: holds more than ${maxUnzippedBytes} bytes`,
        )
      },
    })
    return Object.entries(files).map(([path, data]) => ({ name: path, bytes: data }))
  } catch (error) {
    if (error instanceof DataError) throw error
    const why = messageOf(error)
    throw new DataError({ code: 'UNREADABLE', file: name, why }, `${name}: not a zip that can be read: ${why}`)
  }
}

/** The folder that a picture lies in: its class. @throws {@link DataError} `NO_CLASS` when it lies in none */
export function folderOf(name: string): string {
  const folder = name.split(/[/\\]/).at(-2)
  if (folder !== undefined && folder !== '') return folder
  throw new DataError({ code: 'NO_CLASS', file: name }, `${name}: lies in no folder that names its class`)
}

/**
 * One picture at a time is held in full.
 *
 * @throws {@link DataError} `EMPTY`; naming the file `NO_CLASS`, `UNKNOWN_CLASS`, `BROKEN_IMAGE`
 */
export async function imageExamples(
  files: readonly NamedBytes[],
  { shape, classes }: ImageRules,
  decode: DecodeImage,
): Promise<Examples> {
  if (files.length === 0) throw new DataError({ code: 'EMPTY', file: 'images' }, 'no PNG or JPEG among the files')
  const size = sizeOf(shape)
  const features = new Uint8Array(files.length * size)
  const labels = files.map(({ name }) => labelOf(name, classes))
  for (const [i, file] of files.entries()) features.set(fitRaster(await decoded(file, decode), shape), i * size)
  return { shape: [...shape], classes: classes.length, features, labels: Uint8Array.from(labels) }
}

function labelOf(name: string, classes: readonly string[]): number {
  const value = folderOf(name)
  const label = classes.indexOf(value)
  if (label !== -1) return label
  const fault = { code: 'UNKNOWN_CLASS', file: name, value } as const
  throw new DataError(fault, `${name}: ${value} is none of the task's classes: ${classes.join(', ')}`)
}

async function decoded({ name, bytes }: NamedBytes, decode: DecodeImage) {
  const check = ({ width, height }: PictureSize) => {
    if (width < 1 || height < 1 || width * height > maxPixels) throw new Error(`${width} × ${height} pixels`)
  }
  try {
    const told = pictureSize(bytes)
    if (told !== undefined) check(told)
    const raster = await decode(bytes)
    check(raster)
    return raster
  } catch (error) {
    const why = messageOf(error)
    throw new DataError({ code: 'BROKEN_IMAGE', file: name, why }, `${name}: cannot be read as a picture: ${why}`)
  }
}

/** Of the system: `.DS_Store`, `__MACOSX/…`. */
function isHidden(name: string): boolean {
  return name.split(/[/\\]/).some((part) => part.startsWith('.') || part === '__MACOSX')
}
