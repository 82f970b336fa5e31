import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { encode, signer } from '../../peer-core/consensus/index.ts'
import { createIdentity, type Hash, minute, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { createBans } from '../../peer-core/network/bans.ts'
import { validateForm, validateStatement } from '../../peer-core/network/follow-topics.ts'
import { taskRecordRules } from '../../peer-core/network/record-rules.ts'
import { listenAddresses, onePerPath } from '../../peer-core/network/server-network.ts'
import { createTransportScore } from '../../peer-core/network/transport-score.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { seal } from '../../peer-core/wire/envelope.ts'

const identity = createIdentity(new Uint8Array(32).fill(1))

describe('createTransportScore', () => {
  it('forgives a few refusals, then falls fast, and forgets', async () => {
    const clock = createVirtualClock()
    const { heard, score } = createTransportScore(clock)
    for (let i = 0; i < 3; i++) heard(identity.peerId, 'reject')
    expect(score(identity.peerId)).toBeGreaterThan(-10)
    for (let i = 0; i < 6; i++) heard(identity.peerId, 'reject')
    expect(score(identity.peerId)).toBeLessThan(-80)
    await clock.run(60 * minute)
    expect(score(identity.peerId)).toBe(0)
    expect(score('somebody else')).toBe(0)
  })

  it('forgives a little more to who brought much, blames nobody for what may be slow, and never rises above zero', () => {
    const { heard, score } = createTransportScore(createVirtualClock())
    for (let i = 0; i < 1_000; i++) heard(identity.peerId, 'accept')
    for (let i = 0; i < 1_000; i++) heard(identity.peerId, 'ignore')
    for (let i = 0; i < 2; i++) heard(identity.peerId, 'reject')
    expect(score(identity.peerId)).toBe(0)
    for (let i = 0; i < 8; i++) heard(identity.peerId, 'reject')
    expect(score(identity.peerId)).toBeLessThan(-80)
  })

  it('never shuts out whom it is told to trust', () => {
    const { heard, score, exempt } = createTransportScore(createVirtualClock())
    exempt(() => [identity.peerId])
    for (let i = 0; i < 1_000; i++) heard(identity.peerId, 'reject')
    expect(score(identity.peerId)).toBe(-9)
  })
})

describe('createBans', () => {
  it('refuses a peer on every way in, and no longer than it was told', async () => {
    const clock = createVirtualClock()
    const bans = createBans(clock)
    const peer = { toString: () => identity.peerId } as never
    const other = { toString: () => 'other' } as never
    const { gater } = bans
    const answers = () => [
      gater.denyDialPeer(peer),
      gater.denyInboundEncryptedConnection(peer),
      gater.denyOutboundEncryptedConnection(peer),
      gater.denyInboundRelayReservation(peer),
      gater.denyOutboundRelayedConnection(peer, other),
      gater.denyOutboundRelayedConnection(other, peer),
      gater.denyInboundRelayedConnection(other, peer),
    ]
    expect(answers()).toEqual(Array(7).fill(false))
    bans.ban(identity.peerId, minute)
    expect(answers()).toEqual(Array(7).fill(true))
    expect(gater.denyDialPeer(other)).toBe(false)
    await clock.run(minute)
    expect(answers()).toEqual(Array(7).fill(false))
  })
})

describe('taskRecordRules', () => {
  const { bytes, hash } = seal(identity, 'task', { name: 'a task' })

  it('accept a signed task under the hash of what it says', () => {
    expect(taskRecordRules.validate(`/zen-task/${hash}`, bytes)).toBe(true)
  })

  it('refuse another key, a changed byte, another kind of message, and noise', () => {
    const changed = bytes.slice()
    changed[bytes.length - 1]! ^= 1
    const other = seal(identity, 'presence', { name: 'a task' })
    expect(taskRecordRules.validate(`/zen-task/${'0'.repeat(64)}`, bytes)).toBe(false)
    expect(taskRecordRules.validate(`/zen-task/${hash}`, changed)).toBe(false)
    expect(taskRecordRules.validate(`/zen-task/${other.hash}`, other.bytes)).toBe(false)
    expect(taskRecordRules.validate(`/zen-task/${hash}`, utf8ToBytes('noise'))).toBe(false)
  })
})

describe('validateForm', () => {
  const task = 'ab'.repeat(32)
  const presence = {
    task,
    at: 1,
    status: 'ready',
    round: 0,
    role: 'contributor',
    engine: 'none',
    addresses: [],
  }

  it('accepts a message of the task, signed by whom it names', () => {
    expect(validateForm(seal(identity, 'presence', presence).bytes, task)).toBe('accept')
  })

  it('rejects a forged one, one of another task, one of another form, and a task', () => {
    const forged = seal(identity, 'presence', presence).bytes.slice()
    forged[forged.length - 1]! ^= 1
    const wrong = [
      forged,
      forged.slice(1),
      seal(identity, 'presence', { ...presence, task: 'cd'.repeat(32) }).bytes,
      seal(identity, 'presence', { ...presence, more: 1 }).bytes,
      seal(identity, 'commit', presence).bytes,
      seal(identity, 'task', presence).bytes,
      new Uint8Array(0),
    ]
    expect(wrong.map((bytes) => validateForm(bytes, task))).toEqual(Array(7).fill('reject'))
  })
})

describe('validateStatement', () => {
  const task = 'ab'.repeat(32)
  const unsigned = {
    type: 'prevote',
    task: task as TaskId,
    height: 3,
    round: 0,
    value: null,
    score: null,
    member: identity.peerId,
  } as const
  const vote = { ...unsigned, signature: signer(identity)(unsigned) }
  const verdictOf = (message: Parameters<typeof encode>[0]) => validateStatement(encode(message), task)

  it('accepts a vote and evidence, signed by whom they name', () => {
    const other = { ...unsigned, type: 'precommit', value: task as Hash } as const
    const score = { ...other, score: { before: 1, after: 2, examples: 3 } } as const
    const evidence = { type: 'score', vote: { ...score, signature: signer(identity)(score) } } as const
    expect([vote, { type: 'evidence', evidence } as const].map(verdictOf)).toEqual(['accept', 'accept'])
  })

  it('rejects a forged one, one of another task, and what is for one member alone', () => {
    const elsewhere = { ...unsigned, task: 'cd'.repeat(32) as TaskId }
    const status = { type: 'status', task: task as TaskId, height: 3, round: 0, tick: 1, holdings: [] } as const
    const wrong = [
      { ...vote, round: 1 },
      { ...elsewhere, signature: signer(identity)(elsewhere) },
      { ...status, listens: false, polka: null, bodies: [] },
    ]
    expect(wrong.map(verdictOf)).toEqual(['reject', 'reject', 'reject'])
    expect(validateStatement(new Uint8Array(9), task)).toBe('reject')
  })
})

describe('onePerPath', () => {
  const tell = (...addresses: string[]) => onePerPath(addresses.map((address) => multiaddr(address))).map(String)

  it('tells the most public address of each transport', () => {
    expect(
      tell(
        '/ip4/127.0.0.1/tcp/1',
        '/ip4/203.0.113.7/tcp/1',
        '/ip4/192.168.1.2/tcp/1',
        '/ip4/127.0.0.1/tcp/2/ws',
        '/ip4/192.168.1.2/tcp/2/ws',
      ),
    ).toEqual(['/ip4/203.0.113.7/tcp/1', '/ip4/192.168.1.2/tcp/2/ws'])
  })
})

describe('listenAddresses', () => {
  it('listens only where a port is given, on either kind of address', () => {
    expect(listenAddresses('127.0.0.1', { tcp: 1, websocket: 2, webrtcDirect: 0 })).toEqual([
      '/ip4/127.0.0.1/tcp/1',
      '/ip4/127.0.0.1/tcp/2/ws',
      '/ip4/127.0.0.1/udp/0/webrtc-direct',
    ])
    expect(listenAddresses('::', { websocket: 2 })).toEqual(['/ip6/::/tcp/2/ws'])
    for (const address of listenAddresses('::1', { tcp: 1, websocket: 2, webrtcDirect: 3 })) multiaddr(address)
  })
})
