import { describe, expect, it } from 'vitest'
import { createLinks } from '../../peer-core/network/link.ts'
import type { MeshLibp2p } from '../../peer-core/network/mesh-node.ts'
import type { TrafficMeter } from '../../peer-core/network/traffic.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { protocols } from '../../peer-core/wire/names.ts'

const [alive, goodbye, areYouThere] = [0, 1, 2]

/** A stream that only remembers what was sent, and on which a test can speak. */
function fakeStream() {
  const stream = Object.assign(new EventTarget(), {
    status: 'open',
    sent: [] as number[],
    send(data: Uint8Array) {
      stream.sent.push(...data)
      return true
    },
    hear: (byte: number) =>
      stream.dispatchEvent(Object.assign(new Event('message'), { data: { subarray: () => Uint8Array.of(byte) } })),
    end() {
      stream.status = 'closed'
      stream.dispatchEvent(new Event('close'))
    },
  })
  return stream
}

/** One connection of a node whose links are watched. */
async function scene(direction: 'inbound' | 'outbound' = 'outbound', limits?: object) {
  const clock = createVirtualClock()
  const stream = fakeStream()
  let heardAt: number | undefined
  let handler: ((stream: unknown, connection: unknown) => void) | undefined
  const opened: unknown[] = []
  const connection = {
    direction,
    limits,
    aborted: '',
    abort(error: Error) {
      connection.aborted = `${error.message} at ${clock.now()}`
      stream.end()
    },
    async newStream(asked: string[]) {
      opened.push(asked)
      return stream
    },
  }
  const node = Object.assign(new EventTarget(), {
    async handle(protocol: string, serve: typeof handler) {
      expect(protocol).toBe(protocols.link)
      handler = serve
    },
  })
  const meter = { lastHeard: () => heardAt } as unknown as TrafficMeter
  let slept = 0
  const links = createLinks(node as unknown as MeshLibp2p, meter, {
    now: () => clock.now() + slept,
    after: clock.after,
  })
  links.start()
  node.dispatchEvent(new CustomEvent('connection:open', { detail: connection }))
  if (direction === 'inbound') handler?.(stream, connection)
  await clock.advance(0)
  const hear = () => {
    heardAt = clock.now() + slept
  }
  const sleep = (ms: number) => {
    slept += ms
  }
  return { clock, stream, connection, links, opened, hear, sleep }
}

describe('createLinks', () => {
  it('opens its stream on a direct connection that we dialled, and on no other', async () => {
    expect((await scene('outbound')).opened).toEqual([[protocols.link]])
    expect((await scene('inbound')).opened).toEqual([])
    expect((await scene('outbound', { bytes: 1n })).opened).toEqual([])
  })

  it('asks who is silent, and disconnects who does not answer', async () => {
    const { clock, stream, connection } = await scene()
    await clock.run(15_000)
    expect(stream.sent).toEqual([areYouThere, areYouThere, areYouThere])
    expect(connection.aborted).toBe('')
    await clock.run(60_000)
    expect(connection.aborted).toBe('silent for 20000 ms at 20000')
  })

  it('leaves in peace whom it hears, on whatever stream', async () => {
    const { clock, stream, connection, hear } = await scene()
    for (let i = 0; i < 60; i++) {
      await clock.advance(1_000)
      hear()
    }
    expect(stream.sent).toEqual([])
    expect(connection.aborted).toBe('')
  })

  it('answers when it is asked, not by a timer', async () => {
    const { stream } = await scene('inbound')
    stream.hear(areYouThere)
    expect(stream.sent).toEqual([alive])
    stream.hear(alive)
    expect(stream.sent).toEqual([alive])
  })

  it('disconnects at once whoever says goodbye', async () => {
    const { stream, connection } = await scene('inbound')
    stream.hear(goodbye)
    expect(connection.aborted).toBe('the other end said goodbye at 0')
  })

  it('says goodbye when it leaves, waits a moment for the other end, and asks nobody any more', async () => {
    const { clock, stream, links } = await scene()
    let left = false
    void links.leave().then(() => {
      left = true
    })
    expect(stream.sent).toEqual([goodbye])
    await clock.advance(299)
    expect(left).toBe(false)
    await clock.advance(1)
    expect(left).toBe(true)
    await clock.advance(60_000)
    expect(stream.sent).toEqual([goodbye])
    expect(clock.pending).toBe(0)
  })

  it('does not wait for who has closed', async () => {
    const { clock, stream, links } = await scene()
    const leaving = links.leave()
    stream.end()
    await clock.finish(leaving, 1)
    expect(clock.pending).toBe(0)
  })

  it('takes nobody for dead for what it did not hear while the device slept', async () => {
    const { clock, connection, sleep } = await scene()
    await clock.advance(4_000)
    sleep(60_000)
    await clock.advance(10_000)
    expect(connection.aborted).toBe('')
    await clock.advance(20_000)
    expect(connection.aborted).toContain('silent')
  })
})
