/**
 * The seed over HTTP: the page, the API, metrics and health. Everything is a small `GET`; whatever is larger, slower or
 * something else is turned away.
 *
 * ```ts
 * const http = await createHttpServer({ port: 0, host: '127.0.0.1', webRoot: 'dist/web', version, snapshot, rounds, weights, health })
 * http.port // the port that the system chose
 * await http.close()
 * ```
 * @module
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { kiB, messageOf, second } from '../../peer-core/index.ts'
import { createMetrics } from '../metrics.ts'
import { type ApiInit, createApi, refuse } from './api.ts'
import { HttpError } from './errors.ts'
import { pageHeaders, servePage } from './page.ts'

export interface HttpServerInit extends Omit<ApiInit, 'metrics'> {
  /** 0: the system chooses */
  readonly port: number
  readonly host: string
  /** folder of the built page */
  readonly webRoot: string
  /** Told what went wrong in answering; the visitor only learns that something did. */
  readonly onError?: (error: unknown) => void
  /** how long answers under way may take when it closes; default 1 s */
  readonly graceMs?: number
}

export interface HttpServer {
  readonly port: number
  /** Takes no more requests, lets those under way end within `graceMs`, and ends every connection. */
  close(): Promise<void>
}

const serverLimits = {
  maxHeaderSize: 16 * kiB,
  headersTimeout: 10 * second,
  requestTimeout: 30 * second,
  keepAliveTimeout: 5 * second,
  connectionsCheckingInterval: 5 * second,
} as const
const maxConnections = 1_000

/** @throws {@link HttpError} `PORT_IN_USE`, `CANNOT_LISTEN` */
export async function createHttpServer(init: HttpServerInit): Promise<HttpServer> {
  const { port, host, webRoot, version, snapshot, rounds, weights, health, onError, graceMs = 1 * second } = init
  const metrics = createMetrics({ snapshot, version, healthy: () => health().ok })
  const app = new Hono()
  app.use('*', pageHeaders())
  app.use('*', async (context, next) => {
    const { method } = context.req
    if (method !== 'GET' && method !== 'HEAD') {
      context.header('Allow', 'GET, HEAD')
      context.header('Connection', 'close')
      return refuse(context, 405, 'METHOD', `${method} is not for here`)
    }
    return await next()
  })
  app.route('/', createApi({ version, snapshot, rounds, weights, health, metrics }))
  servePage(app, resolve(webRoot))
  app.onError((error, context) => {
    onError?.(error)
    return refuse(context, 500, 'INTERNAL', 'something went wrong here')
  })

  const server = createServer(serverLimits, getRequestListener(app.fetch))
  server.maxConnections = maxConnections
  try {
    await listen(server, port, host)
  } catch (error) {
    metrics.close()
    throw listenFault(error, host, port)
  }
  let closing: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      closing ??= end(server, graceMs).finally(() => metrics.close())
      return closing
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function listenFault(error: unknown, host: string, port: number): HttpError {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
  if (inUse) {
    const message = `port ${port} of ${host} is in use: stop what uses it, or choose another (0 takes any)`
    return new HttpError({ code: 'PORT_IN_USE', host, port }, message, { cause: error })
  }
  const reason = messageOf(error)
  return new HttpError({ code: 'CANNOT_LISTEN', host, port, reason }, `cannot listen on ${host}:${port}: ${reason}`, {
    cause: error,
  })
}

function end(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    // Also closes the connections on which nothing is under way.
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
  })
}
