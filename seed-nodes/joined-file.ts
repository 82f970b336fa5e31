/**
 * What a seed of a consortium joined, in `<dir>/joined.json`: after a restart it goes on with the same task, whether or not the
 * seed it had it from is up.
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isHash, type TaskId } from '../peer-core/index.ts'
import { UsageError } from './usage-error.ts'

const schema = z.strictObject({
  /** as it was given */
  target: z.string(),
  task: z.string().refine(isHash),
  addresses: z.array(z.string()).min(1),
})

export interface Joined {
  readonly target: string
  readonly task: TaskId
  readonly addresses: readonly string[]
}

/** @returns `undefined` when the seed joined nothing yet, or something else. @throws {@link UsageError} when the file is not ours */
export async function readJoined(dir: string, target: string): Promise<Joined | undefined> {
  const path = join(dir, 'joined.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const joined = schema.parse(JSON.parse(text))
    return joined.target === target ? { ...joined, task: joined.task as TaskId } : undefined
  } catch {
    throw new UsageError(`${path} names no task: remove it to join anew`)
  }
}

export async function writeJoined(dir: string, joined: Joined): Promise<void> {
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'joined.json'), `${JSON.stringify(joined)}\n`)
}
