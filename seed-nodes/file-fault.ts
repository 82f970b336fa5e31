/** What the system says of a file, in a person's words. @module */
import { messageOf } from '../peer-core/index.ts'

const reasons: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder, not a file',
  EACCES: 'not allowed',
  EPERM: 'not allowed',
  EROFS: 'on a disk that can only be read',
  ENOSPC: 'the disk is full',
  EDQUOT: 'no more may be stored here',
  EPIPE: 'nobody reads it any more',
}

export function fileFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? messageOf(error)
}
