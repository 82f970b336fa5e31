/**
 * WebGPU in Node: Dawn, by the npm package `webgpu`, which is 100 MB of native code and therefore the operator's to install
 * (`npm install webgpu`). Nothing else depends on it.
 *
 * Dawn also runs on a processor that plays a GPU (SwiftShader); that is slower than our own kernels, and refused.
 * @module
 */
import { messageOf } from '../../peer-core/index.ts'

/** What is used of the package. */
interface DawnModule {
  readonly globals: Readonly<Record<string, unknown>>
  create(flags: readonly string[]): GPU
}

/** Not a literal, lest a compiler or a bundler look for what need not be there. */
const packageName: string = 'webgpu'
const software = /swiftshader|llvmpipe|lavapipe|software/i

/**
 * Gives this thread a `navigator.gpu`. Dawn's instance lives as long as that; the end of the thread releases it.
 *
 * @param load - imports the package
 * @throws {Error} saying in a line what is missing
 */
export async function provideDawn(load: () => Promise<unknown> = () => import(packageName)): Promise<void> {
  if (globalThis.navigator.gpu !== undefined) return
  const dawn = await load().catch((cause: unknown) => {
    throw new Error('the package webgpu is not installed', { cause })
  })
  const { create, globals } = dawn as DawnModule
  const gpu = create([])
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((cause: unknown) => {
    throw new Error(`Dawn found no GPU: ${messageOf(cause)}`, { cause })
  })
  if (adapter === null) throw new Error('Dawn found no GPU')
  const { description, vendor, architecture, device } = adapter.info
  const name = [description, vendor, architecture, device].filter(Boolean).join(' ')
  if (software.test(name)) throw new Error(`Dawn found no GPU but ${name}, which is a processor`)
  Object.assign(globalThis, globals)
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true })
}
