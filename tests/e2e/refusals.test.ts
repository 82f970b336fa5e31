/** Wrong input on the command line: each is refused with one line that says what and where, and changes nothing. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endProcesses, zen } from './seed-process.ts'

let all: string
beforeAll(async () => {
  all = await mkdtemp(join(tmpdir(), 'zen-refusals-'))
})
afterAll(async () => {
  await endProcesses()
  await rm(all, { recursive: true, force: true })
})

/** Its files' text, by path. */
async function contentsOf(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  const texts = paths.map((path) => readFile(path, 'latin1').catch(() => 'a folder'))
  return Object.fromEntries((await Promise.all(texts)).map((text, i) => [paths[i]!, text]))
}

/** A directory that a seed would make. */
const seedIn = (dir: string) => ['--dir', join(dir, 'seed')]

/** A four-file IDX folder of two images each, and what a test changes in it. */
async function idxFolder(dir: string, change: Record<string, Buffer | undefined> = {}): Promise<string> {
  const folder = join(dir, 'idx')
  await mkdir(folder)
  const images = (count: number) =>
    Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28]), Buffer.alloc(784 * count, 9)])
  const labels = (values: number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values])
  const files: Record<string, Buffer | undefined> = {
    'train-images-idx3-ubyte': images(2),
    'train-labels-idx1-ubyte': labels([0, 1]),
    't10k-images-idx3-ubyte': images(2),
    't10k-labels-idx1-ubyte': labels([0, 1]),
    ...change,
  }
  for (const [name, bytes] of Object.entries(files)) if (bytes !== undefined) await writeFile(join(folder, name), bytes)
  return folder
}

describe('zen', { timeout: 120_000 }, () => {
  it.concurrent.each<[string, (dir: string) => Promise<string[]> | string[], RegExp]>([
    ['an unknown option', () => ['up', '--bogus'], /unknown option '--bogus'/],
    ['a port that is none', () => ['up', '--port', '70000'], /port from 0 to 65535/],
    ['an invalid multiaddr', () => ['join', '/ip4/nowhere'], /not a multiaddr/],
    ['a URL where no seed is', () => ['join', 'http://127.0.0.1:1'], /no seed node answers/],
    ['a folder that is not there', (dir) => ['up', ...seedIn(dir), '--data', '/nowhere'], /\/nowhere: no such file/],
    [
      'a missing IDX file',
      async (dir) => ['up', ...seedIn(dir), '--data', await idxFolder(dir, { 't10k-labels-idx1-ubyte': undefined })],
      /no t10k-labels-idx1-ubyte/,
    ],
    [
      'a truncated IDX file',
      async (dir) => [
        'up',
        ...seedIn(dir),
        '--data',
        await idxFolder(dir, {
          'train-images-idx3-ubyte': Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2]),
        }),
      ],
      /train-images-idx3-ubyte: .*(truncated|ends|bytes)/,
    ],
    [
      'labels that do not match the images',
      async (dir) => [
        'up',
        ...seedIn(dir),
        '--data',
        await idxFolder(dir, { 'train-labels-idx1-ubyte': Buffer.from([0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 1]) }),
      ],
      /2 images but .* 3 labels/,
    ],
    [
      'a table with a ragged row',
      async (dir) => {
        const file = join(dir, 'patients.csv')
        await writeFile(file, 'age,sick\n60,1\n50\n')
        return ['up', ...seedIn(dir), '--data', file]
      },
      /patients\.csv, row 3: has 1 cells where the header has 2/,
    ],
    [
      'a text of three characters',
      async (dir) => {
        const file = join(dir, 'note.txt')
        await writeFile(file, 'abc')
        return ['up', ...seedIn(dir), '--data', file]
      },
      /note\.txt: has 3 tokens; one example takes 65/,
    ],
    [
      'a task file with a wrong field',
      async (dir) => {
        const file = join(dir, 'task.json')
        await writeFile(file, JSON.stringify({ training: { localSteps: 'many' } }))
        return ['up', ...seedIn(dir), '--task', file]
      },
      /task\.json: training\.localSteps: /,
    ],
    [
      'a scenario with an attack that there is not',
      async (dir) => {
        const file = join(dir, 'school.json')
        await writeFile(file, '{\n  "name": "school",\n  "attacks": [{ "attack": "alei", "share": 0.1 }]\n}\n')
        return ['simulate', file, '--out', join(dir, 'seed'), '--html', join(dir, 'seed')]
      },
      /school\.json:3: attacks\[0\]\.attack: .*"alie"/,
    ],
    [
      'a report that could not be written',
      async (dir) => ['simulate', 'home', '--html', join(dir, 'seed', 'report.html')],
      /report\.html: its folder is not there/,
    ],
    [
      'a report that would be a folder',
      (dir) => ['simulate', 'home', '--html', dir],
      /--html .*: a folder; expected a file/,
    ],
    [
      'a comparison that nobody would see',
      () => ['simulate', 'home', '--compare', 'run.jsonl'],
      /--compare is shown in the report: give --html FILE/,
    ],
    [
      'a comparison with what is no transcript',
      async (dir) => {
        const file = join(dir, 'school.json')
        await writeFile(file, '{ "name": "school" }')
        return ['simulate', 'home', '--out', join(dir, 'seed'), '--html', join(dir, 'report.html'), '--compare', file]
      },
      /school\.json:1: no transcript; write one with/,
    ],
    [
      'a scenario that the transcript would be written over',
      async (dir) => {
        const file = join(dir, 'school.json')
        await writeFile(file, '{ "name": "school" }')
        return ['simulate', file, '--out', file]
      },
      /--out .*school\.json: the same file as the scenario/,
    ],
  ])('refuses %s with one line and exit code 2, and changes nothing', async (_, args, line) => {
    const dir = await mkdtemp(join(all, 'one-'))
    const given = await args(dir)
    const before = await contentsOf(dir)
    const process = zen(...given, '--json')
    expect(await process.exit(60_000)).toBe(2)
    expect(process.errors().trim().split('\n')).toHaveLength(1)
    expect(process.errors()).toMatch(line)
    expect(await contentsOf(dir)).toEqual(before)
  })
})
