import { describe, expect, it } from 'vitest'
import { rejectionReasonSchema } from '../../peer-core/wire/messages.ts'
import type { EngineInfo, PeerId } from '../../web/peer.ts'
import { activityInWords, pathInWords, rejectionInWords, shortPeer, speedInWords } from '../../web/words.ts'

const wasm: EngineInfo = { name: 'wasm', detail: '', msPerStep: 8 }
const told = (activity: Parameters<typeof activityInWords>[0]) => activityInWords(activity, wasm, 60_000, 1_000)
const plain = (text: string | undefined) => text?.replaceAll('\u00a0', ' ')

describe('activityInWords', () => {
  it('tells training by round and step', () => {
    const { headline, announcement, detail, progress } = told({
      kind: 'training',
      round: 12,
      step: 40,
      steps: 200,
      loss: 0.2,
    })
    expect(headline).toBe('Training round 12, step 40 of 200')
    expect(plain(detail)).toBe('on WASM, 8 ms a step')
    expect(progress).toBe(0.2)
    expect(announcement).toBe('Training round 12')
  })

  it('tells a wait with its longest end, and what is left of it', () => {
    const { headline, announcement, progress } = told({ kind: 'waiting', round: 3, until: 42_000, why: 'for 2 others' })
    expect(plain(headline)).toBe('Waiting for 2 others, at most 41 s')
    expect(announcement).toBe('Waiting for 2 others')
    expect(progress).toBeCloseTo(1 - 41 / 60)
  })

  it('promises nothing when the end of a wait is past', () => {
    expect(told({ kind: 'waiting', round: 3, until: 0, why: 'for the seeds' }).headline).toBe('Waiting for the seeds')
  })

  it('tells how it goes with being let in, and why not', () => {
    const half = told({ kind: 'admission', step: 'working', done: 700, expected: 1_000 })
    expect(half.headline).toBe('Working to be let in')
    expect(half.progress).toBeCloseTo(1 - Math.exp(-0.7))
    expect(told({ kind: 'admission', step: 'applied' }).headline).toBe('Asked to be let in')
    expect(told({ kind: 'admission', step: 'refused', why: 'invitation-expired' })).toMatchObject({
      headline: 'Not let in',
      detail: 'the invitation has expired: ask for a new one',
    })
  })

  it('tells why work is paused', () => {
    expect(told({ kind: 'paused', why: 'you paused it' }).headline).toBe('Paused because you paused it')
  })

  it('tells how much is fetched, as far as that is known', () => {
    expect(told({ kind: 'syncing', what: 'model', done: 45, total: 100 }).headline).toBe('Fetching the model, 45%')
    expect(told({ kind: 'syncing', what: 'commits', done: 0, total: 0 }).headline).toBe('Fetching the record of rounds')
  })
})

describe('rejectionInWords', () => {
  it('has a sentence for every reason of the wire', () => {
    const sentences = rejectionReasonSchema.options.map(rejectionInWords)
    expect(new Set(sentences).size).toBe(rejectionReasonSchema.options.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[a-z’ ,]{15,}$/)
  })
})

describe('names', () => {
  it('tell peers apart by the end of their id', () => {
    expect(shortPeer(`12D3KooW${'x'.repeat(38)}AbCdEf` as PeerId)).toBe('AbCdEf')
  })

  it('tell how a peer is connected, or that it is not', () => {
    expect([pathInWords('webrtc'), pathInWords('relayed'), pathInWords(undefined)]).toEqual([
      'WebRTC, direct',
      'Relayed',
      'Heard of only',
    ])
  })

  it('leave out a speed that was not measured', () => {
    expect(speedInWords({ name: 'cpu', detail: '' })).toBe('on CPU')
  })
})
