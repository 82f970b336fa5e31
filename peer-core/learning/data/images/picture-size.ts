/**
 * How many pixels a PNG or JPEG says that it has, from its header: a small file may unpack to gigabytes.
 *
 * PNG, third edition, section 11.2.1 (IHDR); ITU-T T.81, annex B (markers, frame headers).
 * @module
 */

export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** @returns nothing where the header is none that is known: whoever decodes it will say so */
export function pictureSize(bytes: Uint8Array): PictureSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47) {
    return { width: view.getUint32(16), height: view.getUint32(20) }
  }
  return bytes.length >= 4 && view.getUint16(0) === 0xffd8 ? frameSize(view) : undefined
}

/** Of a JPEG: its first frame header, behind segments of known lengths. */
function frameSize(view: DataView): PictureSize | undefined {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    // Fill bytes before a marker.
    if (marker === 0xff) at++
    else if (isFrame(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

/** SOF0 to SOF15; between them lie DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
