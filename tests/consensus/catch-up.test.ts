import { describe, expect, it } from 'vitest'
import {
  type CatchUpEffect,
  type CatchUpInput,
  type CatchUpState,
  catchUpConfig,
  catchUpFrom,
  isBehind,
  stepCatchUp,
  verifyRun,
} from '../../peer-core/consensus/catch-up.ts'
import { type LightBlock, lightOptions } from '../../peer-core/consensus/light-verifier.ts'
import type { PeerId } from '../../peer-core/foundation/ids.ts'
import { peer, task } from './cast.ts'
import { chain, cheapVerify, hour, realCommittee, start, trustedGenesis } from './ledger.ts'

const stable = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const honest = chain(100, () => stable)
const config = catchUpConfig(lightOptions({ task, verify: cheapVerify }))
const now = start + 10 * hour

/** What each peer answers; `undefined` is silence. */
type Answers = Record<PeerId, (from: number, to: number) => readonly LightBlock[] | undefined>
const slice = (blocks: readonly LightBlock[]) => (from: number, to: number) => blocks.slice(from - 1, to)

function run(answers: Answers, blocks = 100): { state: CatchUpState; effects: CatchUpEffect[] } {
  let state = catchUpFrom(trustedGenesis(stable))
  const all: CatchUpEffect[] = []
  const inputs: CatchUpInput[] = Object.keys(answers).map((name) => ({
    type: 'height',
    peer: name as PeerId,
    height: blocks,
    now,
  }))
  let time = now
  for (let turns = 0; turns < 200 && (inputs.length > 0 || state.requests.length > 0); turns++) {
    if (inputs.length === 0) time += config.deadline
    const [next, effects] = stepCatchUp(config, state, inputs.shift() ?? { type: 'tick', now: time })
    state = next
    all.push(...effects)
    for (const effect of effects) {
      if (effect.type !== 'request') continue
      const answer = answers[effect.peer]?.(effect.from, effect.to)
      if (answer) inputs.push({ type: 'blocks', peer: effect.peer, from: effect.from, blocks: answer, now: time })
    }
  }
  return { state, effects: all }
}

const applied = (effects: readonly CatchUpEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'apply' ? effect.blocks : []))

describe('verifyRun', () => {
  const head = trustedGenesis(stable)

  it('takes the head by its certificate and the rest by their hashes', () => {
    const bare = honest.map((one, index) =>
      index === 99 ? one : { ...one, certificate: { ...one.certificate, entries: [] } },
    )
    expect(verifyRun(head, bare, now, config.options)).toMatchObject({ ok: true, head: { header: { height: 100 } } })
    expect(verifyRun(head, bare, now, config.options, true)).toMatchObject({ ok: false })
  })

  it('refuses a run with a foreign commit in it', () => {
    const other = chain(100, () => stable, { result: (height) => `other ${height}` })
    const swapped = honest.map((one, index) => (index === 50 ? other[50]! : one))
    expect(verifyRun(head, swapped, now, config.options)).toMatchObject({ ok: false, fault: { code: 'WRONG_PARENT' } })
  })
})

describe('stepCatchUp', () => {
  it('fetches windows of several peers and applies them in order', () => {
    const { state, effects } = run({ [peer('a')]: slice(honest), [peer('b')]: slice(honest) })
    expect(applied(effects)).toEqual(honest)
    expect(state.head.header.height).toBe(100)
    expect(isBehind(state)).toBe(false)
    const asked = new Set(effects.flatMap((effect) => (effect.type === 'request' ? [effect.peer] : [])))
    expect(asked).toEqual(new Set([peer('a'), peer('b')]))
  })

  it('goes around a peer that is silent', () => {
    const { state, effects } = run({ [peer('a')]: () => undefined, [peer('b')]: slice(honest) })
    expect(state.head.header.height).toBe(100)
    expect(effects).toContainEqual({ type: 'blame', peer: peer('a'), fault: { code: 'LATE' } })
  })

  it('goes around a peer whose commits nobody signed, or that are of another chain, or too few', () => {
    const forged = honest.map((one) => ({ ...one, certificate: { ...one.certificate, entries: [] } }))
    const other = chain(100, () => realCommittee({ 7: 1 }))
    const middle = honest.map((one, index) => (index === 5 ? { ...one, body: other[5]!.body } : one))
    const lazy = () => honest.slice(0, 3)
    for (const answer of [slice(forged), slice(other), slice(middle), lazy]) {
      const { state, effects } = run({ [peer('a')]: answer, [peer('b')]: slice(honest) })
      expect(state.head.header.height).toBe(100)
      expect(applied(effects)).toEqual(honest)
      expect(effects.some((effect) => effect.type === 'blame' && effect.peer === peer('a'))).toBe(true)
      expect(effects.some((effect) => effect.type === 'blame' && effect.peer === peer('b'))).toBe(false)
    }
  })

  it('does not store a commit with a false certificate in the middle of a window', () => {
    const junk = honest.map((one, index) =>
      index === 5 ? { ...one, certificate: { ...one.certificate, entries: one.certificate.entries.slice(0, 2) } } : one,
    )
    const { state } = run({ [peer('a')]: slice(junk) })
    expect(state.head.header.height).toBe(0)
  })

  it('asks nobody for what nobody has, and stops when all have failed', () => {
    const { state, effects } = run({ [peer('a')]: () => undefined }, 5)
    expect(state.head.header.height).toBe(0)
    expect(effects.filter(({ type }) => type === 'request')).toHaveLength(1)
    // and tries again when the peer tells its height anew
    const [, again] = stepCatchUp(config, state, { type: 'height', peer: peer('a'), height: 5, now: now + hour })
    expect(again).toContainEqual(expect.objectContaining({ type: 'request', from: 1, to: 5 }))
  })

  it('ignores blocks that it did not ask for', () => {
    const state = catchUpFrom(trustedGenesis(stable))
    const [next, effects] = stepCatchUp(config, state, {
      type: 'blocks',
      peer: peer('a'),
      from: 1,
      blocks: honest,
      now,
    })
    expect(next).toEqual(state)
    expect(effects).toEqual([])
  })

  it('drops what a peer owed when it leaves', () => {
    const state = catchUpFrom(trustedGenesis(stable))
    const [asked] = stepCatchUp(config, state, { type: 'height', peer: peer('a'), height: 100, now })
    expect(asked.requests).toHaveLength(3)
    const [left] = stepCatchUp(config, asked, { type: 'gone', peer: peer('a'), now })
    expect(left).toMatchObject({ requests: [], peers: new Map() })
  })
})
