import { describe, expect, it } from 'vitest'
import { kernelBytes } from '../../../peer-core/learning/wasm/kernel-bytes.ts'
import { compileKernels } from '../../../scripts/build-wasm.ts'

describe('kernelBytes', () => {
  it('are what the sources compile to', { timeout: 60_000 }, async () => {
    expect(Buffer.from(await compileKernels('training')).equals(Buffer.from(kernelBytes()))).toBe(true)
  })
})
