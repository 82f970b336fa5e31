/** Pictures in Node: PNG by fast-png, JPEG by jpeg-js, told by their first bytes. @module */
import { decode as decodePng } from 'fast-png'
import jpeg from 'jpeg-js'
import { maxPixels, type Raster } from '../../peer-core/learning/index.ts'

const pngSignature = [0x89, 0x50, 0x4e, 0x47]

/** @throws when it is broken */
export async function decodeImage(bytes: Uint8Array): Promise<Raster> {
  if (pngSignature.every((byte, i) => bytes[i] === byte)) return fromPng(bytes)
  const limits = { maxResolutionInMP: maxPixels / 1e6, maxMemoryUsageInMB: 1_024 }
  const { width, height, data } = jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, ...limits })
  return { width, height, rgba: data }
}

/** Any depth, grey or colour, with or without a palette. */
function fromPng(bytes: Uint8Array): Raster {
  const { width, height, data, depth, channels, palette } = decodePng(bytes)
  const pixels = width * height
  const rgba = new Uint8Array(4 * pixels)
  const scale = depth === 16 ? 1 / 257 : 255 / (2 ** depth - 1)
  for (let i = 0; i < pixels; i++) {
    const colour = palette?.[data[i]!]
    for (let c = 0; c < 3; c++) {
      // One or two channels are grey, with or without alpha.
      const value = data[i * channels + (channels < 3 ? 0 : c)]!
      rgba[4 * i + c] = colour === undefined ? Math.round(value * scale) : colour[c]!
    }
  }
  return { width, height, rgba }
}
