/** Files as the learning room wants them: bytes with a name for errors. @module */
import { open, readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { messageOf } from '../../peer-core/index.ts'
import { DataError, type NamedBytes } from '../../peer-core/learning/index.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The file at `path`, or the files of the folder there with one of the extensions, by name.
 *
 * @param extensions - lower case, with their dot
 * @throws {@link UsageError} when nothing is there; {@link DataError} `MISSING_FILE` when the folder has none of them, `UNREADABLE`, `TOO_LARGE`
 */
export async function readFiles(
  path: string,
  extensions: readonly string[],
  maxBytes: number,
): Promise<readonly NamedBytes[]> {
  if (!(await existing(path)).isDirectory()) return [await readNamed(path, maxBytes)]
  const names = await readdir(path).catch((error: unknown) => unreadable(path, error))
  const wanted = names.filter((name) => extensions.includes(extname(name).toLowerCase())).sort()
  if (wanted.length === 0) {
    const file = extensions.join(' or ')
    throw new DataError({ code: 'MISSING_FILE', file }, `${path}: no file of type ${file}`)
  }
  return Promise.all(wanted.map((name) => readNamed(join(path, name), maxBytes)))
}

/** @throws {@link UsageError} when there is none */
export async function existing(path: string) {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new UsageError(`--data ${path}: no such file or folder`)
  return found
}

/** @throws {@link DataError} `UNREADABLE`, `TOO_LARGE` before anything is read */
export async function readNamed(name: string, maxBytes: number): Promise<NamedBytes> {
  const file = await open(name).catch((error: unknown) => unreadable(name, error))
  try {
    const { size } = await file.stat()
    if (size > maxBytes) {
      const fault = { code: 'TOO_LARGE', file: name, bytes: size, limit: maxBytes } as const
      throw new DataError(fault, `${name}: ${size} bytes, more than ${maxBytes}`)
    }
    return { name, bytes: await file.readFile() }
  } catch (error) {
    return error instanceof DataError ? Promise.reject(error) : unreadable(name, error)
  } finally {
    await file.close()
  }
}

export function unreadable(file: string, error: unknown): never {
  const why = messageOf(error)
  throw new DataError({ code: 'UNREADABLE', file, why }, `${file}: cannot be read: ${why}`)
}
