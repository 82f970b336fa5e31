import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Signalled, untilStopped } from '../../seed-nodes/signals.ts'

describe('untilStopped', () => {
  it('takes the signals of one Ctrl-C for one request, and a later one for the end', async () => {
    let now = 0
    const exits: number[] = []
    const signals = new EventEmitter()
    const host = Object.assign(signals, { exit: (code: number) => void exits.push(code) }) as unknown as Signalled
    const stopped = untilStopped(host, () => now)
    signals.emit('SIGINT')
    now = 20
    signals.emit('SIGINT')
    now = 499
    signals.emit('SIGTERM')
    expect(await stopped).toBe('SIGINT')
    expect(exits).toEqual([])
    now = 500
    signals.emit('SIGINT')
    expect(exits).toEqual([130])
  })
})
