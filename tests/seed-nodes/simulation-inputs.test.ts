import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkPlaces, loadScenario, type Places, scenariosOfSizes } from '../../seed-nodes/simulation/inputs.ts'
import { UsageError } from '../../seed-nodes/usage-error.ts'
import { presetScenario, scenarioSchema } from '../../simulator/index.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-simulate-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

describe('loadScenario', () => {
  it('takes a file by its name, with the ending and without', async () => {
    const [plain, json] = [join(dir, 'plain'), join(dir, 'mine.json')]
    await writeFile(plain, '{ "name": "plain" }')
    await writeFile(json, '{ "name": "mine" }')
    expect(await loadScenario(plain)).toMatchObject({ scenario: { name: 'plain' }, file: plain })
    expect(await loadScenario(json)).toMatchObject({ scenario: { name: 'mine' }, file: json })
    expect(await loadScenario(join(dir, 'mine'))).toMatchObject({ scenario: { name: 'mine' }, file: json })
  })

  it('takes a name for the preset, and says of another how a file is named', async () => {
    expect(await loadScenario('home')).toEqual({ scenario: presetScenario('home') })
    await expect(loadScenario('nowhere')).rejects.toThrow(
      /no scenario "nowhere"; .*home, .*a file such as \.\/mine\.json/,
    )
    await expect(loadScenario('./nowhere.json')).rejects.toThrow('./nowhere.json: no such file')
  })

  it('refuses a folder, and takes the file beside it', async () => {
    const folder = join(dir, 'school')
    await mkdir(folder)
    await expect(loadScenario(folder)).rejects.toThrow(/school: a folder; expected a scenario file/)
    await writeFile(`${folder}.json`, '{}')
    expect((await loadScenario(folder)).file).toBe(`${folder}.json`)
  })
})

describe('scenariosOfSizes', () => {
  it('refuses what would be modelled, for it shows nothing of how costs grow', () => {
    expect(() => scenariosOfSizes(presetScenario('million'), [30, 100])).toThrow(/^--sizes: "million" .*fullPeers: 72/)
    const home = scenarioSchema.parse({ fullPeers: 50 })
    expect(() => scenariosOfSizes(home, [30, 100])).toThrow(/^--sizes: 100 devices .*fullPeers: 50/)
    expect(scenariosOfSizes(home, [20, 50]).map(({ population }) => population[0]!.count)).toEqual([20, 50])
    expect(scenariosOfSizes(presetScenario('million'), [])).toEqual([])
  })

  it('says in one line what a size makes of a field that it cannot be', () => {
    const crowd = { name: 'visitors', count: 10, arrive: { kind: 'poisson' as const, perMinute: 600_000 } }
    const busy = scenarioSchema.parse({ population: [crowd] })
    const refused = () => scenariosOfSizes(busy, [200])
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(
      /^--sizes: 200 devices: population\[0\]\.arrive\.perMinute: 12000000; expected a number above 0 to 1000000$/,
    )
    expect(() => scenariosOfSizes(presetScenario('home'), [3])).toThrow(/^--sizes: 3 devices: attacks\[0\]\.share: /)
  })
})

describe('checkPlaces', () => {
  const check = (places: Partial<Places>) =>
    checkPlaces({ scenario: undefined, compare: undefined, out: undefined, html: undefined, ...places })
  const at = (name: string) => join(dir, name)

  beforeEach(async () => {
    await writeFile(at('mine.json'), '{}')
    await writeFile(at('run.jsonl'), '')
  })

  it.each<[string, () => Partial<Places>, RegExp]>([
    ['a folder for the transcript', () => ({ out: dir }), /^--out .*: a folder/],
    ['a folder for the report', () => ({ html: dir }), /^--html .*: a folder/],
    ['a folder that is to be', () => ({ html: at('new/') }), /^--html .*: a folder/],
    ['no name', () => ({ out: '' }), /^--out .*: a folder; expected a file/],
    ['a folder that is not there', () => ({ out: at('new/run.jsonl') }), /^--out .*: its folder is not there/],
    ['a file for a folder', () => ({ html: at('mine.json/report.html') }), /^--html .*: its folder is not there/],
    [
      'a place where nobody makes a file',
      () => ({ html: '/sys/report.html' }),
      /^--html .*: cannot be written: not allowed/,
    ],
    ['a name that is too long', () => ({ out: at('x'.repeat(300)) }), /^--out .*: cannot be written: ENAMETOOLONG/],
    [
      'the scenario for the transcript',
      () => ({ scenario: at('mine.json'), out: at('mine.json') }),
      /^--out .*: the same file as the scenario/,
    ],
    [
      'the scenario for the report, by another way',
      () => ({ scenario: at('mine.json'), html: join(dir, '..', dir.split('/').at(-1)!, 'mine.json') }),
      /^--html .*: the same file as the scenario/,
    ],
    [
      'what is compared for the transcript',
      () => ({ compare: at('run.jsonl'), out: at('run.jsonl') }),
      /^--out .*: the same file as --compare/,
    ],
    ['one new file for both', () => ({ out: at('new'), html: at('./new') }), /^--html .*: the same file as --out/],
  ])('refuses %s', async (_, places, why) => {
    const refused = check(places())
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toThrow(why)
  })

  it('sees through links', async () => {
    await symlink(at('mine.json'), at('soft'))
    await link(at('mine.json'), at('hard'))
    for (const out of [at('soft'), at('hard')]) {
      await expect(check({ scenario: at('mine.json'), out })).rejects.toThrow('the same file as the scenario')
    }
  })

  it('allows new files, earlier ones, and what may be written twice', async () => {
    await check({ scenario: at('mine.json'), compare: at('run.jsonl'), out: at('a'), html: at('b') })
    await writeFile(at('a'), 'of an earlier run')
    await check({ out: at('a') })
    // Nothing is made by looking.
    expect(await readdir(dir)).toEqual(['a', 'mine.json', 'run.jsonl'])
    expect(await readFile(at('a'), 'utf8')).toBe('of an earlier run')
    await check({ out: '/dev/null', html: '/dev/null' })
  })
})
