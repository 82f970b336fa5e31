import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createIdentity, type PeerId, seededRandom } from '../../peer-core/index.ts'
import { deadline } from '../../peer-core/ports/index.ts'
import { noNews, sync } from '../../peer-core/sync/sync.ts'
import { createMemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { decode, encode, limits, protocols } from '../../peer-core/wire/index.ts'

const [claim, task] = [[1, 2, 3], 'ab'.repeat(32)] as const

async function asked() {
  const clock = createVirtualClock()
  const mesh = createMemoryMesh({ clock, random: seededRandom('sync') })
  const [asker, answerer] = [1, 2].map((fill) => mesh.join(createIdentity(new Uint8Array(32).fill(fill)).peerId))
  await Promise.all([asker!.start(), answerer!.start()])
  const accused: PeerId[] = []
  const onMisbehaviour = (peer: PeerId) => void accused.push(peer)
  const contributions = () => [Uint8Array.from(claim)]
  const source = { onMisbehaviour, tasks: async () => [], news: async () => noNews, contributions }
  sync(source)({ network: answerer!, clock }).start()
  const { signal } = deadline(clock, 10_000)
  const options = { signal, maxFrameBytes: limits.syncFrameBytes }
  const stream = await clock.finish(asker!.streams.open(answerer!.self, protocols.sync, options), 5_000)
  return { clock, mesh, stream, accused, asker: asker!.self }
}

describe('sync', () => {
  it('hangs up on an asker that says nothing, and takes that for no fault of its own', async () => {
    const { clock, mesh, stream, accused } = await asked()
    const end = stream.receive().catch((error: unknown) => String(error))
    expect(await clock.finish(end, 6_000)).toContain('reset by the other end')
    expect(mesh.faults).toEqual([])
    expect(accused).toEqual([])
  })

  it('accuses an asker that sends garbage, once, and takes that for no fault of its own either', async () => {
    const { clock, mesh, stream, accused, asker } = await asked()
    await stream.send(Uint8Array.of(0xff, 1, 2))
    await clock.advance(6_000)
    expect(accused).toEqual([asker])
    expect(mesh.faults).toEqual([])
  })

  it('tells single contributions, as many as a body can name', async () => {
    const most = limits.contributionsPerRound + limits.rejectionsPerRound
    const ask = async (count: number) => {
      const { clock, stream, accused } = await asked()
      await stream.send(encode({ want: 'contributions', task, ids: Array.from({ length: count }, () => task) }))
      const answer = await clock.finish(
        stream.receive().catch(() => undefined),
        6_000,
      )
      return { accused, claims: answer && decode(z.looseObject({ claims: z.unknown() }), answer, 1_024).claims }
    }
    expect(await ask(most)).toEqual({ accused: [], claims: [Uint8Array.from(claim)] })
    for (const count of [0, most + 1]) {
      const { claims, accused } = await ask(count)
      expect(claims).toBeUndefined()
      expect(accused).toHaveLength(1)
    }
  })
})
