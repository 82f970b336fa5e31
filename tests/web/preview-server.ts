/**
 * Serves the preview by Vite, for a person (`node tests/web/preview-server.ts`) and for the tests.
 * @module
 */
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { jsx } from '../../vite.config.ts'

const root = fileURLToPath(new URL('.', import.meta.url))

export interface PreviewServer {
  /** e.g. `http://127.0.0.1:40123` */
  readonly origin: string
  close(): Promise<void>
}

export async function servePreview(): Promise<PreviewServer> {
  const server = await createServer({
    configFile: false,
    root,
    cacheDir: fileURLToPath(new URL('../../node_modules/.vite-preview', import.meta.url)),
    logLevel: 'error',
    oxc: jsx,
    server: {
      host: '127.0.0.1',
      port: 0,
      hmr: false,
      ws: false,
      watch: null,
      fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] },
    },
    optimizeDeps: {
      include: ['preact', 'preact/hooks', 'preact/jsx-runtime', 'preact/jsx-dev-runtime', 'uplot', 'zod'],
    },
  })
  await server.listen()
  const address = server.httpServer?.address()
  if (address === null || typeof address !== 'object') throw new Error('the preview has no port')
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { origin } = await servePreview()
  process.stdout.write(`${origin}/preview.html\n`)
}
