/** Small files that are whole or absent, also after a crash. @module */
import { open, rename } from 'node:fs/promises'

/** Replaces `path` in one step; durable when it resolves, as far as the file's bytes go. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  const file = await open(draft, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
