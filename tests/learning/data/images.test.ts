import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { DataError, fitRaster, imageExamples, type Raster, unzipImages } from '../../../peer-core/learning/index.ts'
import { faultOf } from './table/hospital.ts'

/** A picture of one colour. */
const plain = (width: number, height: number, colour: readonly number[]): Raster => ({
  width,
  height,
  rgba: Uint8Array.from({ length: 4 * width * height }, (_, i) => colour[i % 4] ?? 255),
})
const decode = async (bytes: Uint8Array) => {
  if (bytes.length === 0) throw new Error('unexpected end')
  return plain(2, 2, [bytes[0]!, bytes[0]!, bytes[0]!])
}
const rules = { shape: [1, 1, 1], classes: ['cats', 'dogs'] } as const
const picture = (name: string, ...bytes: number[]) => ({ name, bytes: Uint8Array.from(bytes) })

describe('fitRaster', () => {
  it('gives each pixel the mean of the area that it covers', () => {
    const rgba = Uint8Array.from([0, 100, 200, 52].flatMap((grey) => [grey, grey, grey, 255]))
    expect([...fitRaster({ width: 4, height: 1, rgba }, [1, 2, 1])]).toEqual([50, 126])
    expect([...fitRaster({ width: 4, height: 1, rgba }, [1, 3, 1])]).toEqual([25, 150, 89])
    expect([...fitRaster({ width: 2, height: 2, rgba }, [1, 1, 1])]).toEqual([88])
  })

  it('keeps colours of three channels, and weighs them for one', () => {
    const red = plain(3, 3, [200, 10, 40])
    expect([...fitRaster(red, [1, 1, 3])]).toEqual([200, 10, 40])
    expect([...fitRaster(red, [1, 1, 1])]).toEqual([Math.round(0.299 * 200 + 0.587 * 10 + 0.114 * 40)])
  })

  it('leaves a plain picture plain, whatever its size and the task’s', () => {
    const side = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), (width, height, rows, columns, grey) => {
        const out = fitRaster(plain(width, height, [grey, grey, grey]), [rows, columns, 1])
        expect(new Set(out)).toEqual(new Set([grey]))
      }),
    )
  })
})

describe('imageExamples', () => {
  it('takes the class from the folder', async () => {
    const files = [picture('set/dogs/rex.png', 7), picture('cats/tom.JPG', 9)]
    const { features, labels } = await imageExamples(files, rules, decode)
    expect([[...features], [...labels]]).toEqual([
      [7, 9],
      [1, 0],
    ])
  })

  it('names the picture that is broken, or of no class', async () => {
    const of = (name: string, ...bytes: number[]) => imageExamples([picture(name, ...bytes)], rules, decode)
    await expect(of('cats/tom.png')).rejects.toThrow('cats/tom.png: cannot be read as a picture: unexpected end')
    await expect(of('birds/a.png', 1)).rejects.toMatchObject({ fault: { code: 'UNKNOWN_CLASS', value: 'birds' } })
    await expect(of('tom.png', 1)).rejects.toMatchObject({ fault: { code: 'NO_CLASS', file: 'tom.png' } })
    // Headers of a PNG and, behind another segment, of a JPEG that would unpack to gigabytes.
    const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 1, 0, 0, 0, 1, 0, 0]
    const jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xc2, 0, 17, 8, 0x7f, 0xff, 0x80, 0, 3]
    await expect(of('cats/bomb.png', ...png)).rejects.toThrow(
      'cats/bomb.png: cannot be read as a picture: 65536 × 65536',
    )
    await expect(of('cats/bomb.jpg', ...jpeg)).rejects.toThrow(': 32768 × 32767 pixels')
    await expect(imageExamples([], rules, decode)).rejects.toMatchObject({ fault: { code: 'EMPTY' } })
    const bomb = async () => ({ width: 100_000, height: 100_000, rgba: new Uint8Array(0) })
    await expect(imageExamples([picture('cats/x.png', 1)], rules, bomb)).rejects.toThrow('cats/x.png')
  })
})

describe('unzipImages', () => {
  const zip = zipSync({
    'cats/tom.png': Uint8Array.of(1),
    'cats/notes.txt': Uint8Array.of(2),
    '__MACOSX/cats/tom.png': Uint8Array.of(3),
  })

  it('takes the pictures, and nothing else', () => {
    expect(unzipImages({ name: 'a.zip', bytes: zip })).toEqual([picture('cats/tom.png', 1)])
  })

  it('names a zip that is cut off or none, and unpacks none that is too large', () => {
    const fault = (bytes: Uint8Array) => faultOf(() => unzipImages({ name: 'a.zip', bytes }))
    expect(fault(zip.slice(0, 40))).toMatchObject({ code: 'UNREADABLE', file: 'a.zip' })
    expect(fault(Uint8Array.of(1, 2, 3))).toMatchObject({ code: 'UNREADABLE' })
    const lying = zip.slice()
    const view = new DataView(lying.buffer)
    // Its central directory says that the first file has 4 GB.
    const directory = view.getUint32(zip.length - 6, true)
    view.setUint32(directory + 24, 0xfffffffe, true)
    expect(fault(lying)).toMatchObject({ code: 'TOO_LARGE' })
  })

  it('answers any bytes with pictures or an error of its own', () => {
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = zip.slice()
        changed[at]! ^= by
        try {
          unzipImages({ name: 'a.zip', bytes: changed })
        } catch (error) {
          expect(error).toBeInstanceOf(DataError)
        }
      }),
    )
  })
})
