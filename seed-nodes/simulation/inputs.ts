/** What `zen simulate` is given, read and checked before anything is played or written. @module */
import { constants } from 'node:fs'
import { access, open, readFile, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  presetNames,
  presetScenario,
  readScenario,
  readTranscript,
  resized,
  type Scenario,
  SimulationError,
  shareInFull,
  type Tally,
} from '../../simulator/index.ts'
import { fileFault } from '../file-fault.ts'
import { UsageError } from '../usage-error.ts'

export interface GivenScenario {
  readonly scenario: Scenario
  /** absent: a preset */
  readonly file?: string
}

/** A preset's name is the preset; anything else is a file, with its ending or without. */
export async function loadScenario(name: string): Promise<GivenScenario> {
  if (presetNames.some((one) => one === name)) return { scenario: presetScenario(name) }
  const kinds = await Promise.all([name, `${name}.json`].map(async (file) => ({ file, kind: await kindOf(file) })))
  const file = kinds.find(({ kind }) => kind === 'file')?.file
  if (file !== undefined) return { scenario: readScenario(await readText(file), file), file }
  if (kinds[0]!.kind === 'folder') throw new UsageError(`${name}: a folder; expected a scenario file`)
  if (/[./]/.test(name)) throw new UsageError(`${name}: no such file`)
  return { scenario: presetScenario(name) }
}

export async function loadTranscript(path: string): Promise<Tally> {
  return readTranscript(await readText(path), path)
}

/** The scenario at each size. What is modelled costs what it is taken to cost, and says nothing of growth. */
export function scenariosOfSizes(scenario: Scenario, counts: readonly number[]): Scenario[] {
  const why = `(fullPeers: ${scenario.fullPeers}); what is modelled does not show how costs grow`
  if (counts.length > 0 && shareInFull(scenario) < 1) {
    throw new UsageError(`--sizes: "${scenario.name}" has more devices than run the code in full ${why}`)
  }
  return counts.map((devices) => {
    const sized = sizedTo(scenario, devices)
    if (shareInFull(sized) === 1) return sized
    throw new UsageError(`--sizes: ${devices} devices are more than run the code in full ${why}`)
  })
}

function sizedTo(scenario: Scenario, devices: number): Scenario {
  try {
    return resized(scenario, devices)
  } catch (error) {
    throw error instanceof SimulationError ? new UsageError(`--sizes: ${error.message}`) : error
  }
}

export interface Places {
  readonly scenario: string | undefined
  readonly compare: string | undefined
  readonly out: string | undefined
  readonly html: string | undefined
}

/** A long run is not to end with a file that cannot be written, and none of what it read is to be written over. */
export async function checkPlaces({ scenario, compare, out, html }: Places): Promise<void> {
  const written = Object.entries({ '--out': out, '--html': html })
  for (const [option, file] of written) if (file !== undefined) await checkWritable(option, file)
  const taken = new Map<string, string>()
  for (const [what, file] of [...Object.entries({ 'the scenario': scenario, '--compare': compare }), ...written]) {
    const id = file === undefined ? undefined : await identityOf(file)
    if (id === undefined) continue
    const other = taken.get(id)
    // What is only read may be read twice.
    if (other !== undefined && what.startsWith('--') && what !== '--compare') {
      throw new UsageError(`${what} ${file}: the same file as ${other}; it would be written over`)
    }
    taken.set(id, what)
  }
}

async function checkWritable(option: string, file: string): Promise<void> {
  const fail = (why: string): never => {
    throw new UsageError(`${option} ${file}: ${why}`)
  }
  const kind = await kindOf(file)
  if (kind === 'folder' || file === '' || file.endsWith('/')) fail('a folder; expected a file')
  if (kind === undefined && (await kindOf(dirname(file))) !== 'folder') fail('its folder is not there')
  const tried = kind === undefined ? tryNew(file) : access(file, constants.W_OK)
  await tried.catch((error) => fail(`cannot be written: ${fileFault(error)}`))
}

/** Rights alone do not tell: names may be too long, and there are places where nobody makes a file. */
async function tryNew(file: string): Promise<void> {
  const made = await open(file, 'wx')
  await made.close()
  await rm(file)
}

/** Of anything else, such as a terminal or a pipe: `file`. */
async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
}

/** The same for two names of one file; `undefined` for what may be written twice, such as `/dev/null`. */
async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  if (found !== undefined) return found.isFile() ? `${found.dev}:${found.ino}` : undefined
  return join(await realpath(dirname(path)), basename(path))
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error) => {
    throw new UsageError(`${path}: ${fileFault(error)}`)
  })
}
