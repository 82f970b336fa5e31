/**
 * Compiles the training kernels (AssemblyScript → WebAssembly SIMD) into `peer-core/learning/wasm/kernel-bytes.ts`.
 *
 * The bytes are committed, so that neither a browser build nor a seed node needs the compiler; a test rebuilds them.
 * Run: `node scripts/with-node.mjs scripts/build-wasm.ts`
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const folder = new URL('../peer-core/learning/wasm/', import.meta.url)

/** @throws {Error} with the compiler's messages */
export async function compileTrainingKernels(): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--baseDir', fileURLToPath(folder), '--outFile', 'kernels.wasm'],
      // 112: v128 values between modules, which are one binary in the end
      ...['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'],
      ...['--importMemory', '--initialMemory', '1'],
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
  const bytes = await compileTrainingKernels()
  await writeFile(new URL('kernel-bytes.ts', folder), moduleOf(bytes))
  process.stdout.write(`${bytes.length} bytes\n`)
}
