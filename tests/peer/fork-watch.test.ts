import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  accusedOf,
  type Commit,
  createCertificate,
  createCommittee,
  decodeBody,
  decodeCommit,
  decodeEvidence,
  encode,
  encodeBody,
  signer,
  type UnsignedVote,
} from '../../peer-core/consensus/index.ts'
import { createIdentity, sha256 } from '../../peer-core/index.ts'
import { decode, encode as encodeAnswer, limits, protocols } from '../../peer-core/wire/index.ts'
import { createIntruder } from './intruder.ts'
import { commitsOf, createVillage, type Village, type Villager } from './village.ts'

const commitAt = (village: Village, { disk }: Villager, height: number): Commit =>
  decodeCommit(disk.commits.get(village.task)![height - 1]!.bytes)

/** Another commit of the same place, signed by these seeds. */
function otherThan(village: Village, { body, certificate }: Commit, signers: readonly number[]): Uint8Array {
  const committee = createCommittee(village.spec.committee)
  const fields = decodeBody(body)
  const other = encodeBody({ ...fields, time: fields.time + 1 })
  const votes = signers.map((place) => {
    const { identity } = village.seeds[place]!
    const { task, height, round } = certificate
    const member = identity.peerId
    const vote = { type: 'precommit', task, height, round, value: sha256(other), score: null, member } as const
    return { ...vote, signature: signer(identity)(vote satisfies UnsignedVote) }
  })
  return encode({ body: other, certificate: createCertificate(committee, votes) })
}

const nothing = { tasks: [], commits: [], claims: [], presences: [], contributors: 0 }

/** A peer of good standing that shows another commit for a height than everyone else. */
async function liar(village: Village, shown: (height: number) => Uint8Array | undefined): Promise<{ asked(): number }> {
  let asked = 0
  const identity = createIdentity(new Uint8Array(32).fill(9))
  const network = village.mesh.join(identity.peerId)
  network.streams.handle(protocols.sync, {
    maxFrameBytes: limits.syncFrameBytes,
    async serve(stream) {
      const request = await stream.receive()
      const { round } = decode(z.looseObject({ round: z.int() }), request!, 1_024)
      const commit = shown(round + 1)
      if (commit !== undefined) asked++
      await stream.send(encodeAnswer({ ...nothing, commits: commit === undefined ? [] : [commit] }))
      await stream.close()
    },
  })
  await village.clock.finish(network.start(), 5_000)
  const { present } = createIntruder(identity, network, village.task, () => village.clock.now())
  const stay = async () => {
    await present('serving')
    village.clock.after(2_000, () => void stay())
  }
  await stay()
  return { asked: () => asked }
}

const warningsOf = ({ events }: Villager) =>
  events.flatMap((event) => (event.kind === 'notice' && event.level === 'warning' ? [event.text] : []))

describe('a peer that shows another commit', () => {
  it('signed by more than two thirds: everyone is told, and who signed both is accused in the chain', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 300 })
    await village.untilRound(2, 120_000)
    const [witness] = village.contributors
    const forged = new Map<number, Uint8Array>()
    await liar(village, (height) => {
      const stored = village.seeds[0]!.disk.commits.get(village.task)!
      if (height > stored.length) return undefined
      const known = forged.get(height) ?? otherThan(village, commitAt(village, village.seeds[0]!, height), [0, 1, 2])
      forged.set(height, known)
      return known
    })
    const told = () => warningsOf(witness!).filter((text) => text.includes('was committed twice'))
    await village.clock.runUntil(() => told().length > 0, 240_000)
    const before = commitsOf(village.seeds[3]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[3]!).length >= before + 3, 240_000)
    expect(told()).toHaveLength(1)
    expect(told()[0]).toMatch(/^round \d+ was committed twice, each time by more than two thirds: /)
    const evidence = village.seeds[3]!.disk.commits.get(village.task)!.flatMap(({ bytes }) =>
      decodeBody(decodeCommit(bytes).body).evidence.map(decodeEvidence),
    )
    const signed = [0, 1, 2].map((place) => village.seeds[place]!.identity.peerId)
    expect(evidence.length).toBeGreaterThan(0)
    for (const one of evidence) {
      expect(one.type).toBe('equivocation')
      expect(signed).toContain(accusedOf(one))
    }
  })

  it('signed by too few, it is asked in vain: nobody is told, and the chain goes on', async () => {
    const village = await createVillage({ seeds: 4, contributors: 2, msPerStep: 300 })
    await village.untilRound(2, 120_000)
    const { asked } = await liar(village, (height) => {
      const stored = village.seeds[0]!.disk.commits.get(village.task)!
      return height > stored.length
        ? undefined
        : otherThan(village, commitAt(village, village.seeds[0]!, height), [0, 1])
    })
    await village.clock.runUntil(() => asked() > 4, 240_000)
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 2, 240_000)
    const everyone = [...village.seeds, ...village.contributors]
    expect(everyone.flatMap(warningsOf).filter((text) => text.includes('committed twice'))).toEqual([])
    expect(commitsOf(village.seeds[0]!).length).toBeGreaterThanOrEqual(before + 2)
  })
})
