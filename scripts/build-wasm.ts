/**
 * Compiles the kernels (AssemblyScript → WebAssembly SIMD) into modules of bytes beside their sources.
 *
 * The bytes are committed, so that neither a browser build nor a seed node needs the compiler; tests rebuild them.
 * Run: `node scripts/with-node.mjs scripts/build-wasm.ts`
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

/**
 * `-O2`, not `-O3`, which moves loads to where their values are used and so draws the unrolled loop of a product apart: each sum
 * waits for itself, and what does not fit in registers goes through memory (22 GFLOP/s in the place of 38).
 */
const training = {
  folder: 'peer-core/learning/wasm',
  options: ['-O2', '--importMemory', '--initialMemory', '1'],
} as const

const kernels = {
  training: { ...training, file: 'kernel-bytes.ts' },
  'relaxed-training': {
    ...training,
    options: [...training.options, '--enable', 'relaxed-simd'],
    file: 'relaxed-kernel-bytes.ts',
  },
  aggregation: { folder: 'peer-core/aggregation/wasm', options: ['-O3'], file: 'kernel-bytes.ts' },
} as const
export type KernelSet = keyof typeof kernels

function folderOf(set: KernelSet): URL {
  return new URL(`../${kernels[set].folder}/`, import.meta.url)
}

/** @throws {Error} with the compiler's messages */
export async function compileKernels(set: KernelSet): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', fileURLToPath(folderOf(set)), '--outFile', 'kernels.wasm'],
      // 112: v128 values between modules, which are one binary in the end
      ...['--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'],
      ...kernels[set].options,
    ],
    {
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm' && typeof contents !== 'string') bytes = contents
      },
    },
  )
  if (error !== null || bytes === undefined) throw new Error(`the kernels do not compile:\n${stderr.toString()}`)
  return bytes
}

/** The module that holds them. */
export function moduleOf(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,116}/g)!
  return `/** Made by scripts/build-wasm.ts from assembly/: ${bytes.length} bytes. Do not edit. @module */
const encoded = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('')

export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
}
`
}

if (import.meta.main) {
  for (const set of Object.keys(kernels) as KernelSet[]) {
    const bytes = await compileKernels(set)
    await writeFile(new URL(kernels[set].file, folderOf(set)), moduleOf(bytes))
    process.stdout.write(`${kernels[set].folder}/${kernels[set].file}: ${bytes.length} bytes\n`)
  }
}
