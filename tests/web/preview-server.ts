/**
 * Builds the preview and serves it, for a person (`node tests/web/preview-server.ts`) and for the tests.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { jsx } from '../../vite.config.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

export interface PreviewServer {
  /** e.g. `http://127.0.0.1:40123` */
  readonly origin: string
  close(): Promise<void>
}

export async function servePreview(): Promise<PreviewServer> {
  const outDir = await mkdtemp(join(tmpdir(), 'zen-preview-'))
  const shared = { configFile: false, root: here, logLevel: 'error' } as const
  const clean = () => rm(outDir, { recursive: true })
  try {
    await build({
      ...shared,
      oxc: jsx,
      publicDir: false,
      build: {
        outDir,
        emptyOutDir: true,
        target: 'es2023',
        minify: false,
        rolldownOptions: { input: join(here, 'preview.html') },
      },
    })
    const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
    const address = server.httpServer.address()
    if (address === null || typeof address !== 'object') throw new Error('the preview has no port')
    return {
      origin: `http://127.0.0.1:${address.port}`,
      async close() {
        await server.close()
        await clean()
      },
    }
  } catch (error) {
    await clean()
    throw error
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { origin, close } = await servePreview()
  process.stdout.write(`${origin}/preview.html\n`)
  process.once('SIGINT', () => void close())
}
