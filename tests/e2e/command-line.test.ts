/** What a person meets on the command line: directories and ports in use, restarts, joining from another process. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTranscript } from '../../simulator/index.ts'
import { endProcesses, isCommit, isReady, type ZenEvent, zen } from './seed-process.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-cli-'))
})
afterEach(async () => {
  await endProcesses()
  await rm(dir, { recursive: true, force: true })
})

describe('zen', { timeout: 120_000 }, () => {
  it('refuses a port in use, and makes no directory', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const seed = join(dir, 'seed')
    const process = zen('up', '--port', String(port), '--dir', seed)
    expect(await process.exit(30_000)).toBe(2)
    expect(process.errors()).toMatch(new RegExp(`^zen: .*${port}.*\n$`))
    expect(existsSync(seed)).toBe(false)
    server.close()
  })

  it('refuses a directory that another seed holds, which goes on', async () => {
    const seed = join(dir, 'seed')
    const first = zen('up', '--port', '0', '--dir', seed, '--json')
    await first.until(isCommit(1), 60_000)
    const before = await readdir(seed)
    const second = zen('up', '--port', '0', '--dir', seed)
    expect(await second.exit(30_000)).toBe(2)
    expect(second.errors()).toMatch(/is held by process \d+/)
    expect(await readdir(seed)).toEqual(before)
    const { round } = first.events.findLast((event) => event.event === 'commit')!
    await first.until(isCommit(Number(round) + 1), 30_000)
  })
})

describe('zen up', { timeout: 240_000 }, () => {
  it('goes on from its last commit after kill -9, with the same model', async () => {
    const args = ['up', '--port', '0', '--dir', join(dir, 'seed'), '--json']
    let last = { round: 0, model: '' }
    for (let life = 0; life < 3; life++) {
      const seed = zen(...args)
      const { http, task } = await seed.until(isReady, 60_000)
      if (last.round > 0) {
        // Before this life commits anything of its own, or after: the chain holds what was acknowledged.
        const answer = await fetch(`${http}/api/tasks/${task}/rounds?from=${last.round}&limit=1`)
        const { rounds } = (await answer.json()) as { rounds: { round: number; model: string }[] }
        expect(rounds[0]).toMatchObject(last)
      }
      const commit = await seed.until(isCommit(last.round + 2), 60_000)
      await seed.kill('SIGKILL')
      const told = seed.events.findLast((event) => event.event === 'commit') ?? commit
      expect(Number(seed.events.find((event) => event.event === 'commit')!.round)).toBeGreaterThan(last.round)
      last = { round: Number(told.round), model: String(told.model) }
    }
  })

  it('ends with 0 after the rounds it was asked for', async () => {
    const seed = zen('up', '--port', '0', '--dir', join(dir, 'seed'), '--rounds', '2', '--json')
    expect(await seed.exit(90_000)).toBe(0)
    const commits = seed.events.filter((event) => event.event === 'commit')
    expect(commits.map((event) => event.round)).toEqual([1, 2])
    for (const commit of commits) expect(Number(commit.accuracy)).toBeGreaterThan(0.3)
  })

  it('stops on SIGTERM with 0 and leaves a directory that starts again', async () => {
    const args = ['up', '--port', '0', '--dir', join(dir, 'seed'), '--json']
    const first = zen(...args)
    await first.until(isCommit(1), 60_000)
    first.process.kill('SIGTERM')
    expect(await first.exit(30_000)).toBe(0)
    expect(first.errors()).toBe('')
    await zen(...args).until(isReady, 60_000)
  })
})

describe('zen join', { timeout: 240_000 }, () => {
  it.each(['URL', 'multiaddr'])('takes part from a process that knows only a %s', async (kind) => {
    const seed = zen('up', '--no-train', '--port', '0', '--dir', join(dir, 'seed'), '--json')
    const ready = await seed.until(isReady, 60_000)
    const target = kind === 'URL' ? String(ready.http) : (ready.multiaddrs as string[])[0]!
    const joined = zen('join', target, '--rounds', '2', '--json')
    const me = await joined.until(isReady, 60_000)
    await seed.until((event) => event.event === 'commit' && event.contributors === 1, 60_000)
    const status = (await (await fetch(`${ready.http}/api/status`)).json()) as { peers: { peer: string }[] }
    expect(status.peers.map((one) => one.peer)).toContain(me.peerId)
    expect(await joined.exit(60_000)).toBe(0)
  })
})

describe('zen simulate', { timeout: 120_000 }, () => {
  /** Four devices for a year, looked at once. */
  async function endless(): Promise<string> {
    const file = join(dir, 'endless.json')
    const year = 31_536_000
    await writeFile(
      file,
      JSON.stringify({ untilSeconds: year, sampleSeconds: year, population: [{ name: 'devices', count: 4 }] }),
    )
    return file
  }

  const isTold = (kind: string) => (event: ZenEvent) => event.kind === kind

  it('ends on SIGINT at once, with what there is', async () => {
    const [transcript, report] = [join(dir, 'run.jsonl'), join(dir, 'report.html')]
    const run = zen('simulate', await endless(), '--out', transcript, '--html', report, '--json')
    await run.until(isTold('commit'), 60_000)
    run.process.kill('SIGINT')
    expect(await run.exit(30_000)).toBe(0)
    expect(run.events.find(isTold('outcome'))).toMatchObject({ cancelled: true, judged: 'safety', broken: [] })
    expect(readTranscript(await readFile(transcript, 'utf8'), transcript).rounds.length).toBeGreaterThan(0)
    expect(await readFile(report, 'utf8')).toContain('Cut short at')
  })

  it('ends with one line when nobody reads it any more, and keeps the transcript', async () => {
    const transcript = join(dir, 'run.jsonl')
    const run = zen('simulate', await endless(), '--out', transcript, '--json')
    await run.until(isTold('commit'), 60_000)
    run.process.stdout!.destroy()
    expect(await run.exit(30_000)).toBe(1)
    expect(run.errors()).toBe('zen: standard output: nobody reads it any more; what was written before is kept\n')
    expect(readTranscript(await readFile(transcript, 'utf8'), transcript).rounds.length).toBeGreaterThan(0)
  })

  it('ends with one line where a disk is full, and tells what there is', async () => {
    const run = zen('simulate', await endless(), '--out', '/dev/full', '--json')
    expect(await run.exit(60_000)).toBe(1)
    expect(run.errors()).toBe('zen: /dev/full: the disk is full; what was written before is kept\n')
    expect(run.events.find(isTold('outcome'))).toMatchObject({ cancelled: true })
  })
})
