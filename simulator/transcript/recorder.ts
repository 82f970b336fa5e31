/** Writes lines down, and hashes them all together, so that two runs are compared by one value. @module */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '../../peer-core/index.ts'
import type { Line } from './lines.ts'

export interface Recorder {
  write(line: Line): void
  /** sha-256 of all lines so far, each with its newline, 64 hex digits */
  hash(): string
}

/** @param sink - gets each line as an object and as its text, without newline */
export function createRecorder(sink: (line: Line, text: string) => void): Recorder {
  const digest = sha256.create()
  return {
    write(line) {
      const text = JSON.stringify(line)
      digest.update(utf8ToBytes(`${text}\n`))
      sink(line, text)
    },
    hash: () => bytesToHex(digest.clone().digest()),
  }
}
