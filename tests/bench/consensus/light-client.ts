/**
 * What it takes a newcomer to believe a chain: 1,000 commits of a committee of 21 that all signed by Ed25519, as bytes, from a commit that is
 * trusted. Of one committee, and of ten that follow on each other, each of which costs a certificate.
 */
import {
  type Commit,
  type Committee,
  decodeCommit,
  encode,
  type LightBlock,
  lightOptions,
  readBlock,
  signer,
  verifier,
  verifyRun,
} from '../../../peer-core/consensus/index.ts'
import { checkSignature, createIdentity } from '../../../peer-core/foundation/identity.ts'
import { hexToBytes, sha256, utf8ToBytes } from '../../../peer-core/index.ts'
import { task } from '../../consensus/cast.ts'
import { chain, hour, realCommittee, start } from '../../consensus/ledger.ts'
import type { BenchResult } from '../result.ts'

const commits = 1_000
const members = 21
const repeats = 5
const now = start + 24 * hour

export function lightClient(): BenchResult[] {
  const one = committeeOf(0)
  const ten = Array.from({ length: 11 }, (_, epoch) => committeeOf(epoch))
  return [
    { name: `light client ${commits} commits`, value: median(() => one), unit: 'ms', bar: 1_000 },
    {
      name: `light client ${commits} commits, ten committees`,
      value: median((height) => ten[Math.floor((height - 2) / 100)] ?? one),
      unit: 'ms',
      bar: 1_000,
    },
  ]
}

/** Two of the members are others in each epoch. */
function committeeOf(epoch: number): Committee {
  const seats = Array.from({ length: members }, (_, seat) => [2 * epoch + seat, 1])
  return realCommittee(Object.fromEntries(seats))
}

function median(committeeAt: (height: number) => Committee): number {
  const blocks = chain(commits + 1, committeeAt, { sign: (statement) => signOf(statement.member)(statement) })
  const [pinned, ...rest] = blocks
  const bytes = rest.map(({ body, certificate }) => encode({ body, certificate } satisfies Commit))
  // Other arrays each time: what was decoded is remembered by its array.
  const copies = () => bytes.map((commit) => commit.slice())
  const times = Array.from({ length: repeats }, () => timed(pinned!, copies(), committeeAt))
  return times.sort((a, b) => a - b)[repeats >> 1]!
}

/** @returns ms from bytes to a verified head */
function timed(pinned: LightBlock, bytes: readonly Uint8Array[], committeeAt: (height: number) => Committee): number {
  const options = lightOptions({ task, verify: verifier(checkSignature) })
  const began = performance.now()
  const trusted = readBlock(pinned, options)
  if (!trusted.ok) throw new Error(trusted.fault.code)
  const blocks = bytes.map((commit): LightBlock => {
    const decoded = decodeCommit(commit)
    return { ...decoded, committee: committeeAt(decoded.certificate.height) }
  })
  const verdict = verifyRun(trusted.trusted, blocks, now, options)
  const took = performance.now() - began
  if (!verdict.ok || verdict.head.header.height !== commits + 1) throw new Error('the chain was not verified')
  return took
}

const signers = new Map<string, ReturnType<typeof signer>>()
function signOf(peer: string): ReturnType<typeof signer> {
  if (signers.size === 0) {
    for (let index = 0; index < 2 * members; index++) {
      const identity = createIdentity(hexToBytes(sha256(utf8ToBytes(`peer ${index}`))))
      signers.set(identity.peerId, signer(identity))
    }
  }
  return signers.get(peer)!
}
