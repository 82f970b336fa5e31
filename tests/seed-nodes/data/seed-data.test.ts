import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeExamples, exampleShape } from '../../../peer-core/learning/index.ts'
import { dataSchema } from '../../../peer-core/wire/index.ts'
import { summaryInWords, summaryOf } from '../../../seed-nodes/data/data-summary.ts'
import { kindOfData } from '../../../seed-nodes/data/kind-of-data.ts'
import { loadOwnData } from '../../../seed-nodes/data/own-data.ts'
import { loadSeedData } from '../../../seed-nodes/data/seed-data.ts'
import { publishData } from '../../../seed-nodes/published-data.ts'
import { checkTaskFile } from '../../../seed-nodes/task-file.ts'

const clinic = (offset: number) =>
  [
    'dose,ward,outcome',
    ...Array.from({ length: 20 }, (_, i) => `${offset + i},${'ab'[i % 2]},${i < 12 ? 'well' : 'ill'}`),
  ]
    .join('\n')
    .concat('\n')
const blobs = new Map<string, Uint8Array>()
const share = async (bytes: Uint8Array) => {
  const blob = blobs.size.toString(16).padStart(64, '0')
  blobs.set(blob, bytes)
  return blob as never
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-data-'))
  await writeFile(join(dir, 'clinic.csv'), clinic(0))
})
afterEach(() => rm(dir, { recursive: true }))

describe('loadSeedData', () => {
  it('infers how to read a table, and holds out a share of each class', async () => {
    const data = await loadSeedData(join(dir, 'clinic.csv'), checkTaskFile({ data: { kind: 'table' } }, 'test'))
    expect(data.rules).toMatchObject({ kind: 'table', target: { column: 'outcome' }, classes: ['ill', 'well'] })
    expect(summaryOf(data)).toEqual({
      examples: 16,
      heldOut: 4,
      classes: { ill: 6, well: 10 },
      columns: { dose: 'number', ward: 'one of a b' },
    })
    expect(summaryInWords(summaryOf(data))[1]).toBe('  classes – ill: 6, well: 10')
  })

  it('gives each table of a folder scales of its own, and knows what is whose', async () => {
    await writeFile(join(dir, 'faraway.csv'), clinic(1000))
    const file = checkTaskFile({ data: { kind: 'table', testShare: 0 } }, 'test')
    const { train, test, writers } = await loadSeedData(dir, file)
    expect(test).toBeUndefined()
    expect(writers).toEqual([...new Array(20).fill(0), ...new Array(20).fill(1)])
    expect(train.features.slice(0, 60)).toEqual(train.features.slice(60))
  })

  it('splits a text by speaker and holds out its last part', async () => {
    const said = (name: string) => `${name}:\n${'to be or not to be. '.repeat(20)}\n\n`
    await writeFile(join(dir, 'play.txt'), ['A', 'B', 'A', 'B', 'C'].map(said).join(''))
    const file = checkTaskFile({ data: { kind: 'text', context: 16, testShare: 0.2, shards: 2 } }, 'test')
    const data = await loadSeedData(join(dir, 'play.txt'), file)
    expect(new Set(Array.from(data.writers!))).toEqual(new Set([0, 1]))
    expect(data.rules).toMatchObject({ kind: 'text', context: 16, alphabet: '\n .:ABCbenort' })
    expect(data.test!.labels.length).toBeGreaterThan(300)

    const spec = dataSchema.parse(await publishData(data, file, share))
    expect(spec.train).toHaveLength(2)
    const shard = spec.train[0]!
    const read = decodeExamples(blobs.get(shard.blob)!, { ...exampleShape(spec), examples: shard.examples })
    expect(read.labels.slice(0, 15)).toEqual(read.features.slice(1, 16))
  })
})

describe('publishData', () => {
  it('publishes nothing of a table unless asked, only how to read one', async () => {
    const file = checkTaskFile({ data: { kind: 'table' } }, 'test')
    const data = await loadSeedData(join(dir, 'clinic.csv'), file)
    const before = blobs.size
    const spec = await publishData(data, file, share)
    expect([spec.train, spec.test, blobs.size]).toEqual([[], undefined, before])
    expect(dataSchema.parse(spec)).toEqual(spec)
  })
})

describe('loadOwnData', () => {
  it('reads what a contributor has by the rules of the task', async () => {
    const file = checkTaskFile({ data: { kind: 'table' } }, 'test')
    const spec = dataSchema.parse({ ...(await loadSeedData(join(dir, 'clinic.csv'), file)).rules, train: [] })
    await writeFile(join(dir, 'mine.csv'), clinic(500))
    const own = await loadOwnData(join(dir, 'mine.csv'), spec)
    expect([own.labels.length, own.shape]).toEqual([20, [3]])
    await writeFile(join(dir, 'other.csv'), clinic(500).replace('ill', 'dead'))
    await expect(loadOwnData(join(dir, 'other.csv'), spec)).rejects.toThrow('other.csv, row 14, column outcome: "dead"')
  })
})

describe('checkTaskFile', () => {
  it('gives a text a transformer and Adam, unless its file says otherwise', () => {
    const { model, training } = checkTaskFile({ data: { kind: 'text' } }, 'test')
    expect([model, training.optimiser, training.momentum]).toEqual(['gpt-nano', 'adam', 0.9])
    expect(checkTaskFile({ data: { kind: 'text' }, model: 'char-lstm' }, 'test').model).toBe('char-lstm')
    expect(checkTaskFile({}, 'test')).toMatchObject({ model: 'mlp', training: { learningRate: 0.05 } })
  })
})

describe('kindOfData', () => {
  it('tells a table and a text by their names, and takes the rest for images', async () => {
    await mkdir(join(dir, 'set'))
    await writeFile(join(dir, 'set', 'train-images-idx3-ubyte'), '')
    expect(await kindOfData(join(dir, 'clinic.csv'))).toBe('table')
    expect(await kindOfData(dir)).toBe('table')
    expect(await kindOfData(join(dir, 'set'))).toBe('images')
    expect(await kindOfData(undefined)).toBe('images')
    await expect(kindOfData(join(dir, 'none'))).rejects.toThrow('no such file or folder')
  })
})
