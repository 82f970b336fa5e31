import { describe, expect, it } from 'vitest'
import { decodeLog, encode } from '../../peer-core/consensus/codec.ts'
import { ConsensusError } from '../../peer-core/consensus/errors.ts'
import { createMachine } from '../../peer-core/consensus/machine.ts'
import type { SignedMessage } from '../../peer-core/consensus/messages.ts'
import type { Effect, Input } from '../../peer-core/consensus/state.ts'
import type { WalRecord } from '../../peer-core/consensus/wal.ts'
import { Actor, body, committeeOf, configOf, genesis, peer, proposal, task, value, vote } from './cast.ts'
import { cheapSign, realCommittee, realPeer } from './ledger.ts'

const four = committeeOf(1, 1, 1, 1)
const A = value('A')
const B = value('B')

/** Member 0 proposes A, locks on it, moves the lock to B in round 1, proposes B again in round 4 and commits it. */
function story(): Input[] {
  const inputs: Input[] = []
  const now = 0
  const hear = (message: SignedMessage) => inputs.push({ type: 'message', message, from: message.member, now })
  const votes = (kind: 'prevote' | 'precommit', round: number, of: typeof A | null) =>
    [1, 2, 3].map((member) => hear(vote(kind, peer(member), round, of)))
  const expire = (step: 'propose' | 'prevote' | 'precommit', round: number) =>
    inputs.push({ type: 'timeout', timer: { step, height: 1, round }, now })
  inputs.push({ type: 'height', height: 1, parent: genesis, committee: four, now })
  inputs.push({ type: 'built', height: 1, round: 0, value: A, body: body('A'), time: 0, now })
  votes('prevote', 0, A)
  votes('precommit', 0, null)
  expire('precommit', 0)
  hear(proposal(four, 1, 'B'))
  inputs.push({ type: 'verdict', height: 1, value: B, verdict: 'valid', now })
  votes('prevote', 1, B)
  votes('precommit', 1, null)
  expire('precommit', 1)
  for (const round of [2, 3]) {
    expire('propose', round)
    votes('prevote', round, null)
    votes('precommit', round, null)
    expire('precommit', round)
  }
  votes('prevote', 4, B)
  votes('precommit', 4, B)
  return inputs
}

const statements = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.message.type === 'status' || effect.message.type === 'commit') return []
    return [effect.message]
  })
const placeOf = ({ type, round }: SignedMessage) => `${type}/${round}`

describe('recover', () => {
  const machine = createMachine(configOf(peer(0)))
  const effects: Effect[] = []
  let state = machine.idle
  for (const input of story()) {
    const [next, more] = machine.step(state, input)
    state = next
    effects.push(...more)
  }
  const log = effects.flatMap((effect) => (effect.type === 'write' ? [effect.record] : []))

  it('the story ends in a commit and writes every kind of record', () => {
    expect(state.commit?.certificate).toMatchObject({ value: B, round: 4 })
    expect(new Set(log.map(({ type }) => type))).toEqual(new Set(['body', 'signed', 'lock', 'round', 'commit']))
  })

  it('every statement is written before it is sent', () => {
    const written = new Set<string>()
    for (const effect of effects) {
      if (effect.type === 'write' && effect.record.type === 'signed')
        written.add(placeOf(effect.record.statement as SignedMessage))
      for (const statement of statements([effect])) expect(written).toContain(placeOf(statement))
    }
  })

  it.each(Array.from({ length: log.length + 1 }, (_, border) => border))(
    'WAL replay at record border %i: nothing signed before the crash is contradicted, and the same value commits',
    (border) => {
      // Up to the write that did not happen any more.
      const writes = effects.flatMap((effect, at) => (effect.type === 'write' ? [at] : []))
      const before = statements(effects.slice(0, writes[border] ?? effects.length))
      const said = new Map(before.map((statement) => [placeOf(statement), statement.value]))

      let [recovered, more] = machine.recover({ height: 1, parent: genesis, committee: four }, log.slice(0, border), 0)
      const after = [...statements(more)]
      // Everything is told again, and its own old statements come back to it too.
      for (const input of [
        ...before.map((message) => ({ type: 'message', message, from: peer(1), now: 0 }) as const),
        ...story(),
      ]) {
        ;[recovered, more] = machine.step(recovered, input)
        expect(more.filter(({ type }) => type === 'alarm')).toEqual([])
        after.push(...statements(more))
      }
      for (const statement of after) {
        const place = placeOf(statement)
        if (said.has(place)) expect([place, statement.value]).toEqual([place, said.get(place)])
        said.set(place, statement.value)
      }
      expect(recovered.commit?.certificate.value).toBe(B)
    },
  )

  it('sends the statements of its last round again, as they were', () => {
    const actor = new Actor(four, peer(0)).build('A')
    const before = actor.said()
    expect(actor.crash().said()).toEqual(before)
  })

  it('asks for no other body when it was killed after it proposed', () => {
    const actor = new Actor(four, peer(0)).build('A').crash(2)
    expect(actor.effects.filter(({ type }) => type === 'build')).toEqual([])
    expect(actor.said().map(({ type, value }) => [type, value])).toEqual([
      ['proposal', A],
      ['prevote', A],
    ])
  })

  it('keeps its lock over a crash', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('prevote', 0, A, 1, 2, 3)
    actor.crash().votes('precommit', 0, null, 1, 2, 3).expire('precommit').propose(1, 'B')
    expect(actor.voted()).toEqual(['prevote', null])
    expect(actor.state.locked).toEqual({ round: 0, value: A })
  })

  it('proposes its valid value again after a crash', () => {
    const actor = new Actor(four, peer(1))
      .hear(proposal(four, 0, 'A'))
      .judge('A')
      .votes('prevote', 0, A, 0, 2)
    actor.crash().votes('precommit', 0, null, 0, 2).expire('precommit')
    expect(actor.said().find(({ type }) => type === 'proposal')).toMatchObject({ value: A, validRound: 0, round: 1 })
  })

  it('can still show the polka of its lock after a crash, also with a vote that nobody else has', () => {
    // Found by the model check: the polka held a Byzantine vote that only this member saw. Without it, no one could follow.
    const actor = new Actor(four, peer(1)).propose(0, 'A').votes('prevote', 0, A, 0, 3).crash()
    actor.votes('precommit', 0, null, 0, 2).expire('precommit')
    const again = actor.said().find(({ type }) => type === 'proposal')!
    const other = new Actor(four, peer(2)).propose(0, 'A').votes('precommit', 0, null, 0, 3).expire('precommit')
    other.hear(again)
    for (let turn = 0; turn < 4 && other.state.phase === 'propose'; turn++) {
      actor.now += 1000
      other.now += 1000
      other.take()
      const [status] = other
        .expire('gossip')
        .take()
        .flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
      actor.take()
      actor.hear(status!, other.self)
      for (const effect of actor.take())
        if (effect.type === 'send' && effect.to === other.self) other.hear(effect.message)
    }
    expect(other.state.rounds.get(1)?.prevotes.first[2]?.value).toBe(A)
  })

  it('can bring others to its round after a crash, also by a precommit that nobody else has', () => {
    // Found by the model check: member 3 is Byzantine and precommitted to member 2 only, which left the round and crashed.
    const actor = new Actor(four, peer(2))
      .expire('propose')
      .votes('precommit', 0, null, 0, 1, 3)
      .expire('precommit')
      .crash()
    expect(actor.state).toMatchObject({ round: 1, phase: 'propose' })
    expect(actor.state.rounds.get(0)?.precommits.power).toBe(3)
  })

  it('commits again what it had committed', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('prevote', 0, A, 1, 2).votes('precommit', 0, A, 1, 2)
    const { commit } = actor.state
    actor.crash()
    expect(actor.state).toMatchObject({ phase: 'committed', commit })
    expect(actor.take()).toContainEqual({ type: 'commit', height: 1, value: A, commit })
  })

  it('refuses to sign when the ledger lost a commit', () => {
    const records: WalRecord[] = [{ type: 'lock', height: 7, round: 0, value: A, prevotes: [] }]
    const recover = () => machine.recover({ height: 5, parent: genesis, committee: four }, records, 0)
    expect(recover).toThrow(ConsensusError)
    expect(recover).toThrow('LOG_AHEAD')
  })

  it('forgets the records of heights that are decided', () => {
    const records: WalRecord[] = [{ type: 'lock', height: 1, round: 0, value: A, prevotes: [] }]
    const [{ locked, round }] = machine.recover({ height: 2, parent: genesis, committee: four }, records, 0)
    expect({ locked, round }).toEqual({ locked: undefined, round: 0 })
  })

  it('follows a height without signing when it is told that its log is lost', () => {
    const [state] = machine.recover({ height: 1, parent: genesis, committee: four, signing: false }, [], 0)
    const [, effects] = machine.step(state, {
      type: 'timeout',
      timer: { step: 'propose', height: 1, round: 0 },
      now: 0,
    })
    expect(statements(effects)).toEqual([])
  })

  it('listens as long as it is told to, and signs from the round that it is in then', () => {
    const actor = new Actor(four, peer(2), {}, undefined, { listenMs: 3_000 })
    expect(actor.take()).toContainEqual({
      type: 'timer',
      timer: { step: 'listen', height: 1, round: 0 },
      afterMs: 3_000,
    })
    actor.propose(0, 'A').votes('prevote', 0, A, 0, 1, 3).expire('propose').expire('prevote')
    expect(actor.said()).toEqual([])
    const heard = actor.expire('listen').said()
    expect(heard.map(({ type, value }) => [type, value])).toEqual([
      ['prevote', A],
      ['precommit', A],
    ])
  })

  it('listens again after a crash that came before it signed, whatever else the log tells', () => {
    const actor = new Actor(four, peer(2), {}, undefined, { listenMs: 3_000 })
    actor.votes('precommit', 0, null, 0, 1, 3).expire('precommit').propose(1, 'A').votes('prevote', 1, A, 0, 1, 3)
    expect(new Set(actor.log.map(({ type }) => type))).toEqual(new Set(['round', 'body', 'lock']))
    actor.crash().expire('propose').expire('prevote')
    expect(actor.said()).toEqual([])
    expect(actor.expire('listen').expire('propose').voted()).toEqual(['precommit', A])
    expect(actor.crash().state).toMatchObject({ listening: false, signing: true })
  })

  it('signs nothing when it hears of what it signed before', () => {
    const actor = new Actor(four, peer(2), {}, undefined, { listenMs: 3_000 })
    actor
      .hear(vote('prevote', peer(2), 0, A))
      .expire('listen')
      .propose(0, 'B')
      .expire('propose')
    expect(actor.said()).toEqual([])
  })

  it('stops signing when it meets a statement of its own that it does not remember', () => {
    const actor = new Actor(four, peer(0))
    actor.take()
    actor.hear(vote('precommit', peer(0), 0, A))
    expect(actor.take().map(({ type }) => type)).toContain('alarm')
    expect(actor.build('B').expire('propose').said()).toEqual([])
  })
})

describe('decodeLog', () => {
  const committee = realCommittee({ 0: 1 })
  const signed = { type: 'prevote', task, height: 1, round: 0, value: A, score: null, member: realPeer(0) } as const
  const records: WalRecord[] = [
    { type: 'body', height: 1, value: A, body: body('A'), time: 5 },
    { type: 'signed', height: 1, statement: { ...signed, signature: cheapSign(signed) } },
    { type: 'lock', height: 1, round: 0, value: A, prevotes: [] },
    { type: 'valid', height: 1, round: 0, value: A, prevotes: [{ ...signed, signature: cheapSign(signed) }] },
    { type: 'round', height: 1, round: 1, precommits: [] },
  ]
  const entries = records.map(encode)

  it('reads what was written', () => {
    expect(committee.members).toHaveLength(1)
    expect(decodeLog(entries)).toEqual(records)
  })

  it('drops a torn last entry, at every byte', () => {
    const last = entries.at(-1)!
    for (let length = 0; length < last.length; length++) {
      expect(decodeLog([...entries.slice(0, -1), last.slice(0, length)])).toEqual(records.slice(0, -1))
    }
  })

  it('refuses a broken entry before others', () => {
    expect(() => decodeLog([entries[0]!.slice(1), ...entries.slice(1)])).toThrow(ConsensusError)
  })
})
