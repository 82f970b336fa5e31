/**
 * The built page: its files, how long a browser may keep them, and what they may do.
 *
 * The page is cross-origin isolated (COOP and COEP), so that WebAssembly may use threads and timers are precise. It runs
 * only what the seed serves; WebSockets may go anywhere, since relays and other seeds are addresses that peers learn.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { secureHeaders } from 'hono/secure-headers'

/** Vite's output: names in `assets/` hold a hash of the content. */
const immutable = 'public, max-age=31536000, immutable'
const revalidated = 'no-cache'

export function pageHeaders() {
  return secureHeaders({
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginEmbedderPolicy: 'require-corp',
    crossOriginResourcePolicy: 'same-origin',
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      // Compiling WebAssembly, not `eval`.
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      workerSrc: ["'self'"],
      connectSrc: ["'self'", 'ws:', 'wss:'],
      imgSrc: ["'self'", 'data:', 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: 'no-referrer',
    permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    // A seed speaks plain HTTP; whoever puts TLS before it decides for the whole host.
    strictTransportSecurity: false,
  })
}

/** @param webRoot - folder of the built page; a missing one is told to the visitor, for the rest of the seed works */
export function servePage(app: Hono, webRoot: string): void {
  if (!existsSync(join(webRoot, 'index.html'))) {
    app.notFound((context) => context.text('the page is not built: run `npm run build`', 503))
    return
  }
  app.use('*', compress())
  app.use('*', etag())
  app.use(
    '*',
    serveStatic({
      root: webRoot,
      onFound(path, context) {
        const isHashed = path.startsWith(join(webRoot, 'assets'))
        context.header('Cache-Control', isHashed ? immutable : revalidated)
      },
    }),
  )
  app.notFound((context) => context.text('not found', 404))
}
