import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kernelBytes } from '../../../peer-core/aggregation/wasm/kernel-bytes.ts'
import { compileKernels, moduleOf } from '../../../scripts/build-wasm.ts'

describe('kernel-bytes', () => {
  it('is what the sources compile to', async () => {
    const committed = readFileSync(
      new URL('../../../peer-core/aggregation/wasm/kernel-bytes.ts', import.meta.url),
      'utf8',
    )
    expect(moduleOf(await compileKernels('aggregation'))).toBe(committed)
  }, 60_000)

  it('imports nothing', () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(kernelBytes()))).toEqual([])
  })
})
