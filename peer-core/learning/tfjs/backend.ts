/**
 * TF.js backends: opened by name, loaded only then, closed when nobody uses them any more.
 *
 * TF.js keeps one current backend for the whole thread; whoever runs operations calls {@link Backend.engage} first, and does
 * not wait for anything in between.
 * @module
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { gpuFaults } from './gpu-faults.ts'
import { registerWasmKernels } from './wasm-kernels.ts'

export type BackendName = 'webgpu' | 'wasm' | 'cpu'

export interface BackendOptions {
  /** Where TF.js's `.wasm` files are, those without threads, by file name. Absent in Node: beside TF.js's code. */
  readonly wasmPaths?: Readonly<Record<string, string>>
}

export interface Backend {
  /** For a person: library, version, adapter. */
  readonly detail: string
  /** Makes it the current one of this thread. */
  engage(): void
  /** @throws when its device has failed: nothing that it answers is to be trusted any more */
  check(): void
  close(): void
}

const users = new Map<BackendName, number>()

/** @throws whatever TF.js throws, or `Error`, when this machine has no such backend */
export async function openBackend(name: BackendName, options: BackendOptions): Promise<Backend> {
  tf.enableProdMode()
  const detail = await loaders[name](options)
  if (!(await tf.setBackend(name))) throw new Error(`TF.js cannot start its ${name} backend here`)
  users.set(name, (users.get(name) ?? 0) + 1)
  const check = name === 'webgpu' ? gpuFaults((tf.backend() as WebGPUBackend).device) : () => {}
  let closed = false
  return {
    detail: `TensorFlow.js ${tf.version_core}, ${detail}`,
    engage() {
      // Nothing is awaited: a backend that has started is switched to synchronously.
      if (tf.getBackend() !== name) void tf.setBackend(name)
    },
    check,
    close() {
      if (closed) return
      closed = true
      const left = (users.get(name) ?? 1) - 1
      users.set(name, left)
      if (left === 0) freeBackend(name)
    },
  }
}

const loaders: Record<BackendName, (options: BackendOptions) => Promise<string>> = {
  async webgpu() {
    const gpu: GPU | undefined = globalThis.navigator?.gpu
    const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) throw new Error('no WebGPU adapter')
    await import('@tensorflow/tfjs-backend-webgpu')
    const { vendor, architecture, description } = adapter.info
    return `WebGPU on ${description || [vendor, architecture].filter(Boolean).join(' ') || 'an adapter without a name'}`
  },

  async wasm({ wasmPaths }) {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
    // The threaded build asks for a worker script of its own, which no bundle serves, and was slower for small models.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
    // It insists on a path for that build too.
    if (wasmPaths !== undefined) setWasmPaths({ 'tfjs-backend-wasm-threaded-simd.wasm': '', ...wasmPaths })
    registerWasmKernels()
    return (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'WebAssembly with SIMD' : 'WebAssembly'
  },

  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu')
    return 'plain JavaScript'
  },
}

/** Ends a backend so that it can be opened again: TF.js would forget how. */
function freeBackend(name: BackendName): void {
  const factory = tf.findBackendFactory(name)
  tf.removeBackend(name)
  tf.registerBackend(name, factory)
}
