/**
 * Where a run's lines, its report and its figures go. The first place that takes no more ends the run; what was written
 * before stays, and the other places still get what there is.
 * @module
 */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { fileFault } from '../file-fault.ts'
import { UsageError } from '../usage-error.ts'

export interface Outputs {
  /** A line of the transcript, without newline. */
  line(text: string): void
  /** To standard output; resolves when it is known whether it could be written. */
  say(text: string): Promise<void>
  /** @returns whether it could be written */
  writeReport(path: string, page: string): Promise<boolean>
  /** No more lines; resolves when all of them are written, or cannot be. */
  endLines(): Promise<void>
  /** What could not be written first, where and why. */
  readonly failure: Error | undefined
}

export interface OutputsInit {
  /** the transcript's file */
  readonly out: string | undefined
  /** Lines go to standard output too. */
  readonly json: boolean
  readonly stdout?: Writable
  /** Called once. */
  onFailure(): void
}

/** @throws {@link UsageError} when the transcript's file cannot be opened */
export async function openOutputs({ out, json, stdout = process.stdout, onFailure }: OutputsInit): Promise<Outputs> {
  let failure: Error | undefined
  const failed = (where: string, error: unknown) => {
    if (failure !== undefined) return
    failure = new Error(`${where}: ${fileFault(error)}; what was written before is kept`)
    onFailure()
  }
  // Stays for as long as the process: writes that follow fail the same way.
  stdout.on('error', (error) => failed('standard output', error))
  const file = out === undefined ? undefined : createWriteStream(out)
  if (file !== undefined)
    await once(file, 'open').catch((error) => {
      throw new UsageError(`${out}: cannot be written: ${fileFault(error)}`)
    })
  const closed = file && finished(file).catch((error) => failed(out!, error))
  return {
    line(text) {
      file?.write(`${text}\n`)
      if (json) stdout.write(`${text}\n`)
    },
    say: (text) =>
      new Promise((resolve) => {
        stdout.write(text, (error) => {
          if (error) failed('standard output', error)
          resolve()
        })
      }),
    async writeReport(path, page) {
      return writeFile(path, page).then(
        () => true,
        (error) => {
          failed(path, error)
          return false
        },
      )
    },
    async endLines() {
      file?.end()
      await closed
    },
    get failure() {
      return failure
    },
  }
}
