import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readIdxFolder } from '../../../seed-nodes/data/idx-folder.ts'

const images = (count: number, height = 2) =>
  Uint8Array.from([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, height, 0, 0, 0, 2, ...new Array(count * height * 2).fill(7)])
const labels = (...values: number[]) => Uint8Array.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values])

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zen-idx-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes)
const writeSet = async (more: Record<string, Uint8Array> = {}) => {
  const set: Record<string, Uint8Array> = {
    'train-images-idx3-ubyte': images(3),
    'train-labels-idx1-ubyte': labels(0, 1, 2),
    't10k-images-idx3-ubyte': images(1),
    't10k-labels-idx1-ubyte': labels(1),
    ...more,
  }
  for (const [name, bytes] of Object.entries(set)) await write(name, bytes)
}

describe('readIdxFolder', () => {
  it('reads the four files, and takes the classes of the training examples for the test', async () => {
    await writeSet()
    const { train, test } = await readIdxFolder(folder)
    expect([train.labels.length, train.classes, test.labels.length, test.classes]).toEqual([3, 3, 1, 3])
  })

  it('knows the other spelling, gzipped or not', async () => {
    await write('train-images.idx3-ubyte.gz', gzipSync(images(2)))
    await write('train-labels.idx1-ubyte', labels(0, 1))
    await write('t10k-images.idx3-ubyte', images(1))
    await write('t10k-labels-idx1-ubyte.gz', gzipSync(labels(0)))
    expect((await readIdxFolder(folder, { classes: 10 })).test.classes).toBe(10)
  })

  it('names every missing file, in one line', async () => {
    await write('train-images-idx3-ubyte', images(1))
    await expect(readIdxFolder(folder)).rejects.toMatchObject({
      fault: { code: 'MISSING_FILE', file: 'train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte' },
    })
    await expect(readIdxFolder(join(folder, 'none'))).rejects.toMatchObject({ fault: { code: 'UNREADABLE' } })
  })

  it('names the file that is not what it should be', async () => {
    await writeSet({ 'train-labels-idx1-ubyte': labels(0, 1) })
    await expect(readIdxFolder(folder)).rejects.toMatchObject({ fault: { code: 'COUNT_MISMATCH' } })
    await writeSet({ 't10k-images-idx3-ubyte': images(1, 3) })
    await expect(readIdxFolder(folder)).rejects.toMatchObject({ fault: { code: 'WRONG_SHAPE', expected: '2×2×1' } })
    await writeSet({ 't10k-labels-idx1-ubyte': labels(3) })
    await expect(readIdxFolder(folder)).rejects.toMatchObject({ fault: { code: 'LABEL_OUT_OF_RANGE', label: 3 } })
    await rm(join(folder, 't10k-labels-idx1-ubyte'))
    await mkdir(join(folder, 't10k-labels-idx1-ubyte'))
    await expect(readIdxFolder(folder)).rejects.toMatchObject({ fault: { code: 'UNREADABLE' } })
  })
})
