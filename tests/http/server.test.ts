import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../peer-core/index.ts'
import { decodeSafetensors, initialWeights, weightsOf } from '../../peer-core/learning/index.ts'
import {
  createHttpServer,
  type HttpServer,
  type HttpServerInit,
  statusViewSchema,
} from '../../seed-nodes/http/index.ts'
import { named, peer, round, self, snapshot, taskId } from './snapshot.ts'

let webRoot: string
let http: HttpServer
let now: Snapshot | undefined = snapshot()
let health = { ok: true, reasons: [] as string[] }
const asked: unknown[] = []
let committed: Float32Array | undefined
const errors: unknown[] = []
const script = `console.log(${JSON.stringify('x'.repeat(5_000))})`

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'zen-http-'))
  await mkdir(join(webRoot, 'page', 'assets'), { recursive: true })
  await writeFile(join(webRoot, 'secret.txt'), 'outside')
  const files = {
    'index.html': '<!doctype html><script type="module" src="/assets/index-Ab12.js"></script>',
    'sw.js': 'self.addEventListener("install", () => {})',
    'manifest.webmanifest': '{}',
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'assets/index-Ab12.js': script,
    'assets/kernels-Cd34.wasm': '\0asm',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(webRoot, 'page', name), text)
  http = await createHttpServer(init())
})
afterAll(async () => {
  await http.close()
  await rm(webRoot, { recursive: true, force: true })
})

function init(facts: Partial<HttpServerInit> = {}): HttpServerInit {
  return {
    port: 0,
    host: '127.0.0.1',
    webRoot: join(webRoot, 'page'),
    version: '0.1.0',
    snapshot: () => now,
    rounds: async (...question) => {
      asked.push(question)
      return [round(1)]
    },
    weights: async () => committed,
    health: () => health,
    onError: (error) => errors.push(error),
    ...facts,
  }
}

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Not `fetch`, which tidies paths up and hides headers. */
async function get(path: string, options: RequestOptions = {}, port = http.port): Promise<Answer> {
  const asking = request({ host: '127.0.0.1', port, path, agent: false, ...options })
  asking.end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString('latin1') }
}

async function json(path: string): Promise<{ status: number | undefined; body: unknown }> {
  const { status, headers, text } = await get(path)
  expect(headers['content-type']).toMatch(/^application\/json/)
  expect(headers['cache-control']).toBe('no-store')
  return { status, body: JSON.parse(text) }
}

describe('GET /api/status', () => {
  it('tells who the seed is, its tasks, its peers and its traffic, as the schema promises', async () => {
    const { status, body } = await json('/api/status')
    expect(status).toBe(200)
    const view = statusViewSchema.parse(body)
    expect(view).toMatchObject({
      version: '0.1.0',
      peerId: self,
      multiaddrs: [`/ip4/127.0.0.1/tcp/4001/ws/p2p/${self}`],
      traffic: { webrtc: { sent: 100, received: 7 } },
    })
    expect(view.tasks).toMatchObject([
      {
        id: taskId,
        name: 'handwriting',
        round: 3,
        model: named('model 3'),
        contributors: 2,
        rejected: 1,
        loss: 0.5,
        accuracy: 0.8,
        peers: 4,
        quorum: true,
        activity: { kind: 'training', round: 3 },
      },
    ])
    expect(view.peers[0]).toEqual({
      peer: peer(2),
      role: 'contributor',
      status: 'training',
      engine: 'wasm',
      round: 2,
      path: 'webrtc',
      reputation: 0.5,
      lastSeen: 10,
      tasks: [taskId],
    })
  })

  it('lists a peer of several tasks once, as it was last heard of', async () => {
    const one = snapshot().tasks[0]!
    const later = { ...one.peers[0]!, status: 'paused', lastSeen: 99 } as const
    now = snapshot({ tasks: [one, { ...one, id: named('another') as typeof taskId, peers: [later] }] })
    const view = statusViewSchema.parse((await json('/api/status')).body)
    now = snapshot()
    expect(view.peers).toHaveLength(3)
    expect(view.peers[0]).toMatchObject({ peer: peer(2), status: 'paused', tasks: [taskId, named('another')] })
  })

  it('says that the seed is starting until it has', async () => {
    now = undefined
    const { status, body } = await json('/api/status')
    const metrics = await get('/metrics')
    now = snapshot()
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'STARTING' })
    expect(metrics.status).toBe(200)
  })
})

describe('GET /api/tasks', () => {
  it('lists the tasks, and gives one by its id', async () => {
    const { body } = await json('/api/tasks')
    expect(body).toMatchObject({ tasks: [{ id: taskId, name: 'handwriting' }] })
    expect((await json(`/api/tasks/${taskId}`)).body).toMatchObject({ id: taskId, round: 3 })
  })

  it('gives a window of rounds', async () => {
    asked.length = 0
    const { body } = await json(`/api/tasks/${taskId}/rounds?from=3&limit=5`)
    expect(body).toMatchObject({ task: taskId, from: 3, rounds: [{ round: 1, hash: named('commit 1') }] })
    await json(`/api/tasks/${taskId}/rounds`)
    expect(asked).toEqual([
      [taskId, 3, 5],
      [taskId, 1, 100],
    ])
  })

  it('gives the weights of the last committed model as safetensors, once it holds them', async () => {
    committed = undefined
    expect((await json(`/api/tasks/${taskId}/model`)).status).toBe(503)
    const { model } = snapshot().tasks[0]!.spec
    committed = initialWeights(model, 1)
    const response = await fetch(`http://127.0.0.1:${http.port}/api/tasks/${taskId}/model`)
    const tensors = decodeSafetensors(new Uint8Array(await response.arrayBuffer()), 'answer')
    expect(weightsOf(model, tensors, 'answer')).toEqual(committed)
  })

  it('refuses a window that is none, and asks the store for nothing', async () => {
    asked.length = 0
    for (const query of ['from=0', 'from=x', 'limit=0', 'limit=501', 'limit=1.5', 'from=1e99', 'limit=', 'page=2']) {
      const { status, body } = await json(`/api/tasks/${taskId}/rounds?${query}`)
      expect({ query, status, body }).toMatchObject({ query, status: 400, body: { code: 'INVALID' } })
    }
    expect(asked).toEqual([])
  })

  it('knows no task but its own', async () => {
    for (const path of [named('no task'), 'nonsense', '%00', 'constructor', `${taskId}/other`]) {
      const { status, body } = await json(`/api/tasks/${path}`)
      expect({ path, status, body }).toMatchObject({ path, status: 404, body: { code: 'NOT_FOUND' } })
    }
    expect((await json(`/api/tasks/${named('no task')}/rounds`)).status).toBe(404)
    expect((await json('/api')).status).toBe(404)
    expect((await json('/api/nothing')).status).toBe(404)
  })

  it('tells a visitor only that something went wrong, and whoever runs it what', async () => {
    const failing = await createHttpServer(
      init({
        rounds: async () => {
          throw new Error('the disk is on fire')
        },
      }),
    )
    errors.length = 0
    const { status, text } = await get(`/api/tasks/${taskId}/rounds`, {}, failing.port)
    await failing.close()
    expect(status).toBe(500)
    expect(text).not.toContain('fire')
    expect(errors).toMatchObject([{ message: 'the disk is on fire' }])
  })
})

describe('GET /healthz', () => {
  it('answers 200 or 503 with the reasons', async () => {
    expect(await json('/healthz')).toEqual({ status: 200, body: { ok: true, reasons: [] } })
    health = { ok: false, reasons: ['the store does not answer'] }
    const sick = await json('/healthz')
    health = { ok: true, reasons: [] }
    expect(sick).toEqual({ status: 503, body: { ok: false, reasons: ['the store does not answer'] } })
  })
})

describe('the page', () => {
  it('has the right types, and is kept for ever only where the name holds a hash', async () => {
    const expected = {
      '/': ['text/html', 'no-cache'],
      '/index.html': ['text/html', 'no-cache'],
      '/sw.js': ['text/javascript', 'no-cache'],
      '/manifest.webmanifest': ['application/manifest+json', 'no-cache'],
      '/favicon.svg': ['image/svg+xml', 'no-cache'],
      '/assets/index-Ab12.js': ['text/javascript', 'public, max-age=31536000, immutable'],
      '/assets/kernels-Cd34.wasm': ['application/wasm', 'public, max-age=31536000, immutable'],
    } as const
    for (const [path, [type, cache]] of Object.entries(expected)) {
      const { status, headers } = await get(path)
      const told = headers['content-type']?.split(';')[0]
      expect({ path, status, told, cache: headers['cache-control'] }).toEqual({ path, status: 200, told: type, cache })
    }
  })

  it('is cross-origin isolated and may run only what the seed serves', async () => {
    for (const path of ['/', '/assets/index-Ab12.js', '/sw.js', '/nothing', '/api/status']) {
      const { headers } = await get(path)
      expect(headers).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'x-content-type-options': 'nosniff',
      })
      const policy = headers['content-security-policy']
      expect(policy).toContain("default-src 'self'")
      expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe-inline')
    }
  })

  it('is not sent again when it has not changed', async () => {
    const { etag } = (await get('/')).headers
    const again = await get('/', { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(again.text).toBe('')
    expect((await get('/', { headers: { 'if-none-match': '"another"' } })).status).toBe(200)
  })

  it('is compressed for who takes it', async () => {
    const packed = await get('/assets/index-Ab12.js', { headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.text.length).toBeLessThan(500)
    expect((await get('/assets/index-Ab12.js')).text).toBe(script)
  })

  it('gives nothing from outside its folder', async () => {
    const paths = [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '//secret.txt',
      '/assets/..%5c..%5csecret.txt',
    ]
    for (const path of paths) {
      const { status, text } = await get(path)
      expect({ path, status }).toEqual({ path, status: 404 })
      expect(text).not.toContain('outside')
    }
  })

  it('answers 404 to what is not there, and says what to do when nothing is built', async () => {
    expect((await get('/nothing.js')).status).toBe(404)
    const unbuilt = await createHttpServer(init({ webRoot: join(webRoot, 'nowhere') }))
    const { status, text } = await get('/', {}, unbuilt.port)
    await unbuilt.close()
    expect(status).toBe(503)
    expect(text).toContain('npm run build')
  })
})

describe('createHttpServer', () => {
  it('names the port that is in use', async () => {
    const refused = createHttpServer(init({ port: http.port }))
    const fault = { code: 'PORT_IN_USE', host: '127.0.0.1', port: http.port }
    await expect(refused).rejects.toMatchObject({ fault })
    await expect(refused).rejects.toThrow(`port ${http.port} of 127.0.0.1 is in use`)
  })

  it('says why it cannot listen', async () => {
    await expect(createHttpServer(init({ host: '192.0.2.1' }))).rejects.toMatchObject({ code: 'CANNOT_LISTEN' })
  })

  it('turns away what is not a question', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await get('/api/status', { method })
      expect({ method, status }).toEqual({ method, status: 405 })
      expect(headers.allow).toBe('GET, HEAD')
    }
    const head = await get('/api/status', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
  })

  it('turns away headers above 16 KiB', async () => {
    const { status } = await get('/api/status', { headers: { 'x-large': 'x'.repeat(17 * 1024) } })
    expect(status).toBe(431)
  })

  it('survives garbage on the wire', async () => {
    const socket = connect(http.port, '127.0.0.1')
    socket.write('\x16\x03\x01\x02\x00garbage\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    expect((await get('/healthz')).status).toBe(200)
  })

  it('ends connections that are kept alive, and lets an answer under way end', async () => {
    let answer = () => {}
    const arrived = Promise.withResolvers<void>()
    const closing = await createHttpServer(
      init({
        rounds: () => {
          arrived.resolve()
          return new Promise((resolve) => {
            answer = () => resolve([round(7)])
          })
        },
      }),
    )
    const agent = new Agent({ keepAlive: true })
    await get('/healthz', { agent }, closing.port)
    const slow = get(`/api/tasks/${taskId}/rounds`, {}, closing.port)
    await arrived.promise
    const closed = Promise.all([closing.close(), closing.close()])
    answer()
    expect((await slow).text).toContain('"round":7')
    await closed
    agent.destroy()
    await expect(get('/healthz', {}, closing.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('cuts connections that do not end', async () => {
    const arrived = Promise.withResolvers<void>()
    const never = () => {
      arrived.resolve()
      return new Promise<never>(() => {})
    }
    const closing = await createHttpServer(init({ graceMs: 0, rounds: never }))
    const hanging = get(`/api/tasks/${taskId}/rounds`, {}, closing.port)
    const cut = expect(hanging).rejects.toMatchObject({ code: 'ECONNRESET' })
    await arrived.promise
    await closing.close()
    await cut
  })
})
