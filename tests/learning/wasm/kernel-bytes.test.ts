import { describe, expect, it } from 'vitest'
import { kernelBytes } from '../../../peer-core/learning/wasm/kernel-bytes.ts'
import { kernelBytes as relaxedKernelBytes } from '../../../peer-core/learning/wasm/relaxed-kernel-bytes.ts'
import { compileKernels } from '../../../scripts/build-wasm.ts'

describe('kernelBytes', () => {
  it.each([
    ['training', kernelBytes()],
    ['relaxed-training', relaxedKernelBytes()],
  ] as const)('are what the sources compile to, of %s', { timeout: 60_000 }, async (set, bytes) => {
    expect(Buffer.from(await compileKernels(set)).equals(Buffer.from(bytes))).toBe(true)
  })
})
