import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../../peer-core/learning/index.ts'

describe('bytesOf', () => {
  it('reads a file whole', async () => {
    const { name, bytes } = await bytesOf({ name: 'a.csv', blob: new Blob(['a,b']) })
    expect([name, [...bytes]]).toEqual(['a.csv', [97, 44, 98]])
  })

  it('reads nothing of one that is too large, and names one that cannot be read', async () => {
    const blob = Object.assign(new Blob(['four']), { arrayBuffer: () => Promise.reject(new Error('it was moved')) })
    const fault = { code: 'TOO_LARGE', file: 'a.csv', bytes: 4, limit: 3 }
    await expect(bytesOf({ name: 'a.csv', blob }, 3)).rejects.toMatchObject({ fault })
    await expect(bytesOf({ name: 'a.csv', blob })).rejects.toThrow('a.csv: cannot be read: it was moved')
  })
})
