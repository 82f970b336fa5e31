/**
 * Begins a height, freshly or from the write-ahead log.
 * @module
 */
import { finish, startRound } from './actions.ts'
import { type Draft, emit, idleState, setRound, setTimer } from './draft.ts'
import { ConsensusError } from './errors.ts'
import type { Proposal, Vote } from './messages.ts'
import { receiveSigned } from './receive.ts'
import type { Candidate, HeightStart, SignedRound } from './state.ts'
import { addVote } from './votes.ts'
import type { Polka, WalRecord } from './wal.ts'

/** Ignored unless it is a later height than the one that is open. */
export function beginHeight(d: Draft, start: HeightStart): void {
  if (start.height <= d.height || d.phase === 'halted') return
  const { early } = d
  enter(d, start)
  // What it signed last stays, so that its log is not taken for a lost one before it signs again.
  emit(d, { type: 'truncate', below: start.height - 1 })
  startRound(d, 0)
  for (const { message, now } of early) {
    if (message.height === start.height) receiveSigned(d, message, message.member, now)
  }
}

/**
 * Takes up a height where the log left it: with the lock, in the round and phase of the last statement, which is sent
 * again as it was. What a crash cut off before it was written was never sent.
 *
 * @param records - of any heights, in the order of writing
 * @throws {@link ConsensusError} `LOG_AHEAD`
 */
export function recoverHeight(d: Draft, start: HeightStart, records: readonly WalRecord[]): void {
  const log = Math.max(0, ...records.map(({ height }) => height))
  if (log > start.height) throw new ConsensusError({ code: 'LOG_AHEAD', ledger: start.height - 1, log })
  const ours = records.filter(({ height }) => height === start.height)
  if (ours.length === 0) {
    beginHeight(d, start)
    return
  }
  enter(d, start)
  for (const record of ours) replay(d, record)
  if (d.commit !== undefined) return
  for (const message of [d.signed.proposal, d.signed.prevote, d.signed.precommit]) {
    if (message !== undefined) emit(d, { type: 'send', to: 'all', message })
  }
  d.round = Math.max(d.round, d.signed.round)
  if (d.round > d.signed.round) startRound(d, d.round)
  else if (d.signed.precommit !== undefined) d.phase = 'precommit'
  else if (d.signed.prevote !== undefined) d.phase = 'prevote'
  else startRound(d, d.round)
}

function enter(d: Draft, start: HeightStart): void {
  Object.assign(d, idleState)
  d.height = start.height
  d.parent = start.parent
  d.committee = start.committee
  d.index = start.committee.indexOf.get(d.config.self) ?? -1
  const mayEver = d.index !== -1 && start.signing !== false
  d.listening = mayEver && (start.listenMs ?? 0) > 0
  d.signing = mayEver && !d.listening
  d.phase = 'propose'
  setTimer(d, 'gossip')
  if (d.listening) {
    emit(d, { type: 'timer', timer: { step: 'listen', height: d.height, round: 0 }, afterMs: start.listenMs! })
  }
}

function replay(d: Draft, record: WalRecord): void {
  switch (record.type) {
    case 'body': {
      const candidate = {
        body: record.body,
        time: record.time,
        verdict: 'valid',
        score: null,
        vetoed: false,
        objected: false,
      } as const
      d.candidates = new Map(d.candidates).set(record.value, { ...candidate, logged: true } satisfies Candidate)
      return
    }
    case 'lock':
      d.locked = { round: record.round, value: record.value }
      rememberPolka(d, record)
      return
    case 'valid':
      rememberPolka(d, record)
      return
    case 'round':
      d.round = record.round
      rememberVotes(d, record.precommits)
      return
    case 'signed':
      remember(d, record.statement)
      return
    case 'commit':
      finish(d, record.commit)
      return
  }
  record satisfies never
}

function rememberPolka(d: Draft, { round, value, prevotes }: Polka): void {
  d.valid = { round, value }
  rememberVotes(d, prevotes)
}

/** Its own are in records of their own. */
function rememberVotes(d: Draft, votes: readonly Vote[]): void {
  for (const vote of votes) {
    const index = d.committee?.indexOf.get(vote.member)
    if (index !== undefined && index !== d.index) addVote(d, index, vote)
  }
}

function remember(d: Draft, statement: Vote | Omit<Proposal, 'body'>): void {
  const { round } = statement
  const earlier: SignedRound = d.signed.round === round ? d.signed : { round }
  if (statement.type === 'proposal') {
    const proposal = { ...statement, body: d.candidates.get(statement.value)!.body }
    setRound(d, round, { proposal })
    d.signed = { ...earlier, proposal }
  } else {
    d.signed = { ...earlier, [statement.type]: statement }
    addVote(d, d.index, statement)
  }
}
