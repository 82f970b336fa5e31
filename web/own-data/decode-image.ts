/** Pictures by the browser's own decoders. @module */
import type { Raster } from '../../peer-core/learning/data/images/raster.ts'

/** @throws when it is broken */
export async function decodeImage(bytes: Uint8Array): Promise<Raster> {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)]))
  try {
    const { width, height } = bitmap
    const context = new OffscreenCanvas(width, height).getContext('2d')!
    context.drawImage(bitmap, 0, 0)
    return { width, height, rgba: context.getImageData(0, 0, width, height).data }
  } finally {
    bitmap.close()
  }
}
