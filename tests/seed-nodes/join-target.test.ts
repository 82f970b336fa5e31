import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../peer-core/index.ts'
import { createHttpServer, type HttpServer } from '../../seed-nodes/http/index.ts'
import { resolveAddresses } from '../../seed-nodes/join-target.ts'
import { UsageError } from '../../seed-nodes/usage-error.ts'
import { snapshot } from '../http/snapshot.ts'

const address = '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

describe('resolveAddresses', () => {
  let http: HttpServer | undefined
  let now: Snapshot | undefined
  /** The page of a seed, as `zen up` serves it from its first moment on. */
  const page = async (asked: () => Snapshot | undefined = () => now) => {
    http = await createHttpServer({
      port: 0,
      host: '127.0.0.1',
      webRoot: tmpdir(),
      version: '0.1.0',
      snapshot: asked,
      rounds: () => [],
      weights: async () => undefined,
      health: () => ({ ok: true, reasons: [] }),
    })
    return `http://127.0.0.1:${http.port}`
  }
  afterEach(() => http?.close())

  it('gives a multiaddr as it is, and asks the page of a seed for its own', async () => {
    now = snapshot({ addresses: [address] })
    expect(await resolveAddresses(address)).toEqual([address])
    expect(await resolveAddresses(await page())).toEqual([address])
  })

  it('waits for a seed that is starting, and says so once', async () => {
    let questions = 0
    const target = await page(() => (++questions < 3 ? undefined : snapshot({ addresses: [address] })))
    const told: string[] = []
    expect(await resolveAddresses(target, { onWait: (why) => told.push(why) })).toEqual([address])
    expect(told).toEqual([`${target} is starting: waiting for it`])
  })

  it('gives up on a seed that never ends starting, in one line', async () => {
    now = undefined
    const target = await page()
    const failure = await resolveAddresses(target, { patienceMs: 0 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    expect((failure as Error).message).toBe(`${target} is still starting after 0 s: try again later`)
  })

  it('does not wait where no seed listens', async () => {
    const told: string[] = []
    await expect(resolveAddresses('http://127.0.0.1:1', { onWait: (why) => told.push(why) })).rejects.toThrow(
      /^no seed node answers at /,
    )
    expect(told).toEqual([])
  })
})
