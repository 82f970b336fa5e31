/** Which kind of data a path holds, told by the names of its files, for who gives no task file. @module */
import { readdir } from 'node:fs/promises'
import { extname } from 'node:path'
import type { TaskFile } from '../task-file.ts'
import { existing } from './named-files.ts'
import { tableExtensions } from './table-files.ts'
import { textExtensions } from './text-files.ts'

type Kind = TaskFile['data']['kind']

const kinds: ReadonlyMap<string, Kind> = new Map([
  ...tableExtensions.map((extension) => [extension, 'table'] as const),
  ...textExtensions.map((extension) => [extension, 'text'] as const),
])

/** @returns `images` for what is neither a table nor a text. @throws {@link UsageError} when nothing is there */
export async function kindOfData(path: string | undefined): Promise<Kind> {
  if (path === undefined) return 'images'
  const names = (await existing(path)).isDirectory() ? await readdir(path) : [path]
  const found = names.map((name) => kinds.get(extname(name).toLowerCase()))
  // A folder of tables may hold a README.
  return found.includes('table') ? 'table' : found.includes('text') && !found.includes(undefined) ? 'text' : 'images'
}
