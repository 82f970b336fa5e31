/**
 * A transcript file back into a tally. Of each line only what the tally takes is looked at: what an earlier or a later
 * version wrote besides is no reason to refuse it.
 * @module
 */
import { z } from 'zod'
import { SimulationError } from '../errors.ts'
import type { Line } from './lines.ts'
import { createTally, type Tally } from './tally.ts'

const [number, text] = [z.number(), z.string()]
const kind = <K extends Line['kind']>(name: K) => ({ kind: z.literal(name) })
const timed = <K extends Line['kind']>(name: K) => ({ ...kind(name), t: number })
const sent = { present: number, bytes: number, messages: number }

const lineSchema = z.discriminatedUnion('kind', [
  z.looseObject({ ...kind('scenario'), seed: number, version: text, scenario: z.looseObject({ name: text }) }),
  z.looseObject({ ...timed('arrive'), peer: text, attack: text.optional() }),
  z.looseObject(timed('leave')),
  z.looseObject({ ...timed('fault'), what: text, who: z.array(text) }),
  z.looseObject({ ...timed('mended'), what: text }),
  z.looseObject({ ...timed('commit'), round: number, contributors: z.array(text), rejected: z.record(text, text) }),
  z.looseObject({
    ...timed('spread'),
    round: number,
    peers: number,
    of: number.optional(),
    p95: number.optional(),
  }),
  z.looseObject(timed('fork')),
  z.looseObject({ ...timed('evaluation'), round: number, accuracy: number }),
  z.looseObject(timed('trained')),
  z.looseObject({ ...timed('reputation'), round: number, of: z.record(text, number) }),
  z.looseObject({
    ...timed('sample'),
    ...sent,
    stored: number,
    modelled: z.looseObject({ ...sent, sessions: number }).optional(),
  }),
  z.looseObject(timed('notice')),
  z.looseObject({ ...timed('defect'), peer: text, where: text, text }),
])

/**
 * A last line that was cut off, by a full disk or the process's end, is left out.
 *
 * @throws {@link SimulationError} `BAD_TRANSCRIPT` for a text that `zen simulate --out` did not write
 */
export function readTranscript(file: string, where: string): Tally {
  const tally = createTally()
  const fail = (line: number, why: string): never => {
    throw new SimulationError({ code: 'BAD_TRANSCRIPT', where, line }, `${where}:${line}: ${why}`)
  }
  const rows = file.split('\n')
  if (lineOf(rows.at(-1)!) === undefined) rows.pop()
  rows.forEach((row, i) => {
    if (row === '') return
    const line = lineOf(row) ?? fail(i + 1, `not a line of a transcript; ${howToWriteOne}`)
    if ((line.kind === 'scenario') !== (tally.scenario === undefined))
      fail(i + 1, 'a transcript begins with its scenario, its only one')
    tally.add(line)
  })
  if (tally.scenario === undefined) fail(1, `no transcript; ${howToWriteOne}`)
  return tally
}

const howToWriteOne = 'write one with `zen simulate … --out FILE`'

function lineOf(row: string): Line | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(row)).data as Line | undefined
  } catch {
    return undefined
  }
}
