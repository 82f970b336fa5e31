/** A transcript file back into a tally. @module */
import { SimulationError } from '../errors.ts'
import type { Line } from './lines.ts'
import { createTally, type Tally } from './tally.ts'

/** @throws {@link SimulationError} `BAD_TRANSCRIPT` for a text that `zen simulate --out` did not write */
export function readTranscript(text: string, where: string): Tally {
  const tally = createTally()
  const fail = (line: number, why: string): never => {
    throw new SimulationError({ code: 'BAD_TRANSCRIPT', where, line }, `${where}:${line}: ${why}`)
  }
  const rows = text.split('\n').filter((row) => row !== '')
  rows.forEach((row, i) => {
    try {
      tally.add(JSON.parse(row) as Line)
    } catch {
      fail(i + 1, 'not a line of a transcript; write one with `zen simulate … --out FILE`')
    }
  })
  if (tally.scenario === undefined) fail(1, 'a transcript begins with its scenario')
  return tally
}
