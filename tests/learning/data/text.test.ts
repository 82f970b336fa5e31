import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alphabetOf, speakersOf, tokenizerOf, windowsOf } from '../../../peer-core/learning/index.ts'
import { faultOf } from './table/hospital.ts'

const play = `First Citizen:
Before we proceed, hear me speak.

All:
Speak, speak.

First Citizen:
You are all resolved?
Rather to die: yes.

and so on
`

describe('tokenizerOf', () => {
  it('gives back any text of its alphabet, and any text at all as bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const characters = tokenizerOf({ tokens: 'characters', alphabet: alphabetOf(text) })
        expect(characters.decode(characters.encode(text))).toBe(text)
        const bytes = tokenizerOf({ tokens: 'bytes', alphabet: '' })
        const wellFormed = text.toWellFormed()
        expect(bytes.decode(bytes.encode(wellFormed))).toBe(wellFormed.replace(/^\ufeff/, ''))
      }),
    )
  })

  it('has one more id, for every character that the task does not know', () => {
    const { size, encode, decode } = tokenizerOf({ tokens: 'characters', alphabet: 'ab😀' })
    expect(size).toBe(4)
    expect([...encode('a😀zé')]).toEqual([0, 2, 3, 3])
    expect(decode([1, 2, 3])).toBe('b😀\ufffd')
  })
})

describe('alphabetOf', () => {
  it('holds every character once, in order', () => {
    expect(alphabetOf('banana\n😀')).toBe('\nabn😀')
  })
})

describe('windowsOf', () => {
  const layout = { tokens: 'characters', alphabet: 'abcdefg', context: 3 } as const

  it('labels each token with the one that follows, and keeps texts apart', () => {
    const { examples, textOf } = windowsOf(['abcdefg', 'ab', 'gfed'], layout, 'three')
    expect(examples).toEqual({
      shape: [3],
      classes: 8,
      features: Uint16Array.of(0, 1, 2, 3, 4, 5, 6, 5, 4),
      labels: Uint16Array.of(1, 2, 3, 4, 5, 6, 5, 4, 3),
    })
    expect(textOf).toEqual([0, 0, 2])
  })

  it('names a text that does not fill one example', () => {
    expect(faultOf(() => windowsOf(['abc'], layout, 'note.txt'))).toEqual({
      code: 'TEXT_TOO_SHORT',
      file: 'note.txt',
      tokens: 3,
      needed: 4,
    })
  })
})

describe('speakersOf', () => {
  it('gathers what each speaker says', () => {
    expect(speakersOf(play)).toEqual([
      {
        name: 'First Citizen',
        text: 'First Citizen:\nBefore we proceed, hear me speak.\n\nFirst Citizen:\nYou are all resolved?\nRather to die: yes.\n\nand so on\n\n\n',
      },
      { name: 'All', text: 'All:\nSpeak, speak.\n\n' },
    ])
  })

  it('loses no line of any text', () => {
    const lines = fc.array(fc.constantFrom('A:', 'B:', '', 'x y', 'z: no'), { maxLength: 30 })
    fc.assert(
      fc.property(lines, (written) => {
        const count = (text: string) =>
          text
            .split('\n')
            .filter((line) => line.trim() !== '')
            .sort()
        const spoken = speakersOf(written.join('\n')).flatMap(({ text }) => count(text))
        expect(spoken.sort()).toEqual(count(written.join('\n')))
      }),
    )
  })
})
