import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode as encodePng } from 'fast-png'
import { zipSync } from 'fflate'
import jpeg from 'jpeg-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataSchema } from '../../../peer-core/wire/index.ts'
import { decodeImage } from '../../../seed-nodes/data/decode-image.ts'
import { loadOwnData } from '../../../seed-nodes/data/own-data.ts'
import { loadSeedData } from '../../../seed-nodes/data/seed-data.ts'
import { checkTaskFile } from '../../../seed-nodes/task-file.ts'

const grey = (value: number) => encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(4).fill(value) })
const task = checkTaskFile({ data: { shape: [2, 2, 1], testShare: 0.5 } }, 'test')

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-pictures-'))
})
afterEach(() => rm(dir, { recursive: true }))

describe('decodeImage', () => {
  it('reads PNG of any depth, and JPEG', async () => {
    const deep = encodePng({ width: 1, height: 1, channels: 3, depth: 16, data: Uint16Array.of(65_535, 0, 257) })
    expect([...(await decodeImage(deep)).rgba.slice(0, 3)]).toEqual([255, 0, 1])
    expect([...(await decodeImage(grey(77))).rgba.slice(0, 3)]).toEqual([77, 77, 77])
    const { data } = jpeg.encode({ width: 8, height: 8, data: Buffer.alloc(256, 128) }, 95)
    const { width, rgba } = await decodeImage(new Uint8Array(data))
    expect(width).toBe(8)
    expect(Math.abs(rgba[0]! - 128)).toBeLessThan(4)
  })

  it('rejects what is broken', async () => {
    await expect(decodeImage(grey(1).slice(0, 40))).rejects.toThrow()
    await expect(decodeImage(Uint8Array.of(1, 2, 3))).rejects.toThrow()
  })
})

describe('loadSeedData of pictures', () => {
  it('takes the classes from the folders, and holds some of each out', async () => {
    for (const [name, value] of [
      ['dark', 10],
      ['light', 200],
    ] as const) {
      await mkdir(join(dir, name))
      for (const i of [1, 2]) await writeFile(join(dir, name, `${i}.png`), grey(value))
    }
    const { rules, train, test } = await loadSeedData(dir, task)
    expect(rules).toEqual({ kind: 'images', shape: [2, 2, 1], classes: ['dark', 'light'] })
    expect([[...train.labels], [...test!.labels]]).toEqual([
      [0, 1],
      [0, 1],
    ])
    expect([...train.features]).toEqual([10, 10, 10, 10, 200, 200, 200, 200])

    const own = await loadOwnData(dir, dataSchema.parse({ ...rules, train: [] }))
    expect([...own.labels]).toEqual([0, 0, 1, 1])
  })

  it('names the broken picture of a zip', async () => {
    const zip = zipSync({ 'a/1.png': grey(1), 'b/2.png': grey(2).slice(0, 30) })
    await writeFile(join(dir, 'set.zip'), zip)
    await expect(loadSeedData(join(dir, 'set.zip'), task)).rejects.toThrow('b/2.png: cannot be read as a picture')
  })
})
