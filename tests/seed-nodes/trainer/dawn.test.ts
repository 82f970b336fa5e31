import { afterEach, describe, expect, it } from 'vitest'
import { provideDawn } from '../../../seed-nodes/trainer/dawn.ts'

/** A package whose adapter is called this, or is none. */
const dawnWith = (description: string | null) => async () => ({
  globals: { GPUDawnOfTheTest: class {} },
  create: () => ({ requestAdapter: async () => (description === null ? null : { info: { description } }) }),
})

describe('provideDawn', () => {
  afterEach(() => {
    Reflect.deleteProperty(globalThis.navigator, 'gpu')
    Reflect.deleteProperty(globalThis, 'GPUDawnOfTheTest')
  })

  it('gives the thread the GPU that Dawn found', async () => {
    await provideDawn(dawnWith('NVIDIA H200'))
    const adapter = await globalThis.navigator.gpu.requestAdapter()
    expect(adapter?.info.description).toBe('NVIDIA H200')
    expect(globalThis).toHaveProperty('GPUDawnOfTheTest')
  })

  it('says in a line that the package is not there', async () => {
    await expect(provideDawn(() => Promise.reject(new Error('ERR_MODULE_NOT_FOUND')))).rejects.toThrow(
      /^the package webgpu is not installed$/,
    )
    expect(globalThis.navigator.gpu).toBeUndefined()
  })

  it('takes no processor for a GPU', async () => {
    await expect(provideDawn(dawnWith(null))).rejects.toThrow('Dawn found no GPU')
    const played = provideDawn(dawnWith('SwiftShader Device (LLVM 16.0.0)'))
    await expect(played).rejects.toThrow('SwiftShader Device (LLVM 16.0.0), which is a processor')
    expect(globalThis.navigator.gpu).toBeUndefined()
  })

  it('leaves a GPU that the thread has as it is', async () => {
    await provideDawn(dawnWith('first'))
    const { gpu } = globalThis.navigator
    await provideDawn(dawnWith('second'))
    expect(globalThis.navigator.gpu).toBe(gpu)
  })
})
