import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOutputs } from '../../seed-nodes/simulation/outputs.ts'
import { UsageError } from '../../seed-nodes/usage-error.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-outputs-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function open(init: { out?: string; json?: boolean; stdout?: Writable }) {
  const seen = { failures: 0 }
  const { out, json = false, stdout = new PassThrough() } = init
  const outputs = await openOutputs({ out, json, stdout, onFailure: () => void seen.failures++ })
  return { outputs, seen }
}

function withoutReader(): Writable {
  const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  return new Writable({ autoDestroy: false, write: (_, __, done) => done(error) })
}

describe('openOutputs', () => {
  it('writes lines to the file, and to standard output where programs read it', async () => {
    const stdout = new PassThrough()
    const out = join(dir, 'run.jsonl')
    const { outputs } = await open({ out, json: true, stdout })
    outputs.line('one')
    outputs.line('two')
    await outputs.endLines()
    expect(await readFile(out, 'utf8')).toBe('one\ntwo\n')
    expect(stdout.read().toString()).toBe('one\ntwo\n')
    expect(outputs.failure).toBeUndefined()
  })

  it('ends the run once, and says in one line where the disk was full', async () => {
    const { outputs, seen } = await open({ out: '/dev/full' })
    outputs.line('one')
    outputs.line('two')
    await outputs.endLines()
    expect(seen.failures).toBe(1)
    expect(outputs.failure!.message).toBe('/dev/full: the disk is full; what was written before is kept')
    expect(await outputs.writeReport('/dev/full', 'page')).toBe(false)
    expect(seen.failures).toBe(1)
  })

  it('keeps the transcript when nobody reads standard output any more', async () => {
    const out = join(dir, 'run.jsonl')
    const { outputs, seen } = await open({ out, json: true, stdout: withoutReader() })
    outputs.line('one')
    await outputs.say('figures\n')
    expect(outputs.failure!.message).toMatch(/^standard output: nobody reads it any more/)
    expect(seen.failures).toBe(1)
    await outputs.endLines()
    expect(await readFile(out, 'utf8')).toBe('one\n')
  })

  it('says which report could not be written', async () => {
    const { outputs, seen } = await open({})
    const page = join(dir, 'report.html')
    expect(await outputs.writeReport(page, 'page')).toBe(true)
    expect(await readFile(page, 'utf8')).toBe('page')
    expect(await outputs.writeReport(dir, 'page')).toBe(false)
    expect(outputs.failure!.message).toBe(`${dir}: a folder, not a file; what was written before is kept`)
    expect(seen.failures).toBe(1)
  })

  it('refuses a transcript that cannot be opened', async () => {
    await expect(open({ out: join(dir, 'nowhere', 'run.jsonl') })).rejects.toThrow(UsageError)
  })
})
