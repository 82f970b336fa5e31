/** `GET` only, JSON only: what the seed knows, for people, pages and monitors. @module */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { isHash, type RoundView, type Snapshot, type TaskId } from '../../peer-core/index.ts'
import { encodeSafetensors, tensorsOf } from '../../peer-core/learning/index.ts'
import type { Metrics } from '../metrics.ts'
import { statusView, taskStatus } from './status-view.ts'

export interface Health {
  readonly ok: boolean
  /** what is wrong, for a person */
  readonly reasons: readonly string[]
}

export interface ApiInit {
  readonly version: string
  /** `undefined` while the peer starts */
  readonly snapshot: () => Snapshot | undefined
  /** Rounds `from`, `from + 1`, … up to `limit` of them. */
  readonly rounds: (task: TaskId, from: number, limit: number) => readonly RoundView[] | Promise<readonly RoundView[]>
  /** Of the last committed model. */
  readonly weights: (task: TaskId) => Promise<Float32Array | undefined>
  readonly health: () => Health
  readonly metrics: Metrics
}

const maxRounds = 500
const roundsQuery = z.strictObject({
  from: z.coerce.number().int().min(1).max(0x7fffffff).default(1),
  limit: z.coerce.number().int().min(1).max(maxRounds).default(100),
})

export function createApi({ version, snapshot, rounds, weights, health, metrics }: ApiInit): Hono {
  const app = new Hono()
  const tasks = () => snapshot()?.tasks ?? []
  const taskOf = (context: Context) => {
    const id = context.req.param('id') ?? ''
    return isHash(id) ? tasks().find((task) => task.id === id) : undefined
  }

  for (const path of ['/api/*', '/metrics', '/healthz']) {
    app.use(path, async (context, next) => {
      await next()
      context.header('Cache-Control', 'no-store')
    })
  }
  app.get('/api/status', (context) => {
    const now = snapshot()
    if (now === undefined) return refuse(context, 503, 'STARTING', 'this seed is starting: ask again in a moment')
    return context.json(statusView(now, version))
  })
  app.get('/api/tasks', (context) => context.json({ tasks: tasks().map(taskStatus) }))
  app.get('/api/tasks/:id', (context) => {
    const task = taskOf(context)
    return task === undefined ? noSuchTask(context) : context.json(taskStatus(task))
  })
  app.get('/api/tasks/:id/rounds', async (context) => {
    const task = taskOf(context)
    if (task === undefined) return noSuchTask(context)
    const query = roundsQuery.safeParse(context.req.query())
    if (!query.success) return refuse(context, 400, 'INVALID', z.prettifyError(query.error))
    const { from, limit } = query.data
    return context.json({ task: task.id, from, rounds: await rounds(task.id, from, limit) })
  })
  app.get('/api/tasks/:id/model', async (context) => {
    const task = taskOf(context)
    if (task === undefined) return noSuchTask(context)
    const values = await weights(task.id)
    if (values === undefined) return refuse(context, 503, 'NO_MODEL', 'this seed does not hold the model at present')
    const file = encodeSafetensors(tensorsOf(task.spec.model, values), { task: task.id, name: task.spec.name })
    return context.body(file, 200, { 'Content-Type': 'application/octet-stream' })
  })
  app.get('/metrics', async (context) => {
    const body = await metrics.render()
    return context.body(body, 200, { 'Content-Type': metrics.contentType })
  })
  app.get('/healthz', (context) => {
    const { ok, reasons } = health()
    return context.json({ ok, reasons }, ok ? 200 : 503)
  })
  app.all('/api/*', (context) => refuse(context, 404, 'NOT_FOUND', `there is no ${context.req.path}`))
  return app
}

/** `error` is one line for a person, `code` is stable. */
export function refuse(context: Context, status: 400 | 404 | 405 | 500 | 503, code: string, message: string): Response {
  return context.json({ code, error: message }, status)
}

function noSuchTask(context: Context): Response {
  return refuse(context, 404, 'NOT_FOUND', 'this seed has no task of that id')
}
