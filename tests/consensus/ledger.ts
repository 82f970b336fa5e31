/** A chain of real commits for light clients, with signatures that are cheap and yet bind member and statement. */
import { createCertificate } from '../../peer-core/consensus/certificate.ts'
import { type CommitBody, encodeBody } from '../../peer-core/consensus/commit-body.ts'
import { type Committee, createCommittee } from '../../peer-core/consensus/committee.ts'
import { type LightBlock, type Trusted, trustGenesis } from '../../peer-core/consensus/light-verifier.ts'
import { proposalSignBytes, type Sign, type Verify, voteSignBytes } from '../../peer-core/consensus/messages.ts'
import { bytesToHex, concatBytes, hexToBytes, sha256, utf8ToBytes } from '../../peer-core/foundation/hash.ts'
import { createIdentity } from '../../peer-core/foundation/identity.ts'
import type { Hash, PeerId, TaskId } from '../../peer-core/foundation/ids.ts'
import { genesis, task } from './cast.ts'

export const hour = 3_600_000
/** of the genesis, ms */
export const start = Date.UTC(2026, 0, 1)

/** Real ids, so that decoders take them. */
const ids = new Map<number, PeerId>()
export function realPeer(index: number): PeerId {
  const known = ids.get(index)
  if (known !== undefined) return known
  const seed = hexToBytes(sha256(utf8ToBytes(`peer ${index}`)))
  const { peerId } = createIdentity(seed)
  ids.set(index, peerId)
  return peerId
}

export const cheapSign: Sign = (statement) => {
  const bytes = statement.type === 'proposal' ? proposalSignBytes(statement) : voteSignBytes(statement)
  const half = hexToBytes(sha256(concatBytes(utf8ToBytes(statement.member), bytes)))
  return concatBytes(half, half)
}
export const cheapVerify: Verify = (statement) => bytesToHex(cheapSign(statement)) === bytesToHex(statement.signature)

/** Counts how often a signature is checked. */
export function counting(verify: Verify): { verify: Verify; checks: () => number } {
  let checks = 0
  return {
    verify: (statement) => {
      checks += 1
      return verify(statement)
    },
    checks: () => checks,
  }
}

export function realCommittee(powers: Readonly<Record<number, number>>): Committee {
  return createCommittee(Object.entries(powers).map(([index, power]) => ({ peer: realPeer(Number(index)), power })))
}

export interface BlockOptions {
  readonly height?: number
  readonly time?: number
  readonly task?: TaskId
  readonly parent?: Hash
  readonly committee: Committee
  readonly next?: Committee
  /** who signs; all when absent */
  readonly signers?: readonly number[]
  readonly result?: string
  readonly round?: number
  readonly sign?: Sign
}

export function block(options: BlockOptions): LightBlock {
  const { committee, next = committee, height = 1, round = 0, sign = cheapSign } = options
  const named = sha256(utf8ToBytes(options.result ?? 'model'))
  const content: CommitBody = {
    task: options.task ?? task,
    height,
    round: height,
    time: options.time ?? start + height * hour,
    parent: options.parent ?? genesis,
    base: genesis,
    contributions: [],
    rejected: [],
    weights: genesis,
    aggregation: { pipeline: ['mean'], byzantineShare: 0, maxNorm: 1, outerLearningRate: 1 },
    result: named,
    resultBytes: 40,
    evidence: [],
    scores: [],
    admitted: [],
    committee: committee.hash,
    nextCommittee: next.hash,

    elected: null,
  }
  const body = encodeBody(content)
  const signers = options.signers?.map(realPeer) ?? committee.members.map(({ peer }) => peer)
  const precommits = signers.map((member) => {
    const unsigned = {
      type: 'precommit',
      task: content.task,
      height,
      round,
      value: sha256(body),
      score: null,
      member,
    } as const
    return { ...unsigned, signature: sign(unsigned) }
  })
  return { body, certificate: createCertificate(committee, precommits), committee }
}

export function trustedGenesis(committee: Committee): Trusted {
  return trustGenesis(task, genesis, committee, start)
}

/** `committeeAt(h)` votes on height `h`; heights 1 … `length`, a minute apart. */
export function chain(
  length: number,
  committeeAt: (height: number) => Committee,
  more: { sign?: Sign; result?: (height: number) => string } = {},
): LightBlock[] {
  const blocks: LightBlock[] = []
  let parent: Hash = genesis
  for (let height = 1; height <= length; height++) {
    const result = more.result?.(height) ?? `model ${height}`
    const next = committeeAt(height + 1)
    const time = start + height * 60_000
    const made = block({ height, parent, time, committee: committeeAt(height), next, result, sign: more.sign })
    parent = made.certificate.value
    blocks.push(made)
  }
  return blocks
}
