import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** README's map: a room imports from its own floor or below. */
const floors: Record<string, number> = {
  foundation: 0,
  ports: 1,
  wire: 1,
  aggregation: 1,
  reputation: 1,
  compression: 1,
  privacy: 1,
  consensus: 2,
  placement: 2,
  health: 2,
  learning: 2,
  cache: 3,
  round: 3,
  exchange: 4,
  network: 4,
  sync: 4,
  pipeline: 4,
  peer: 5,
}
/** The front door and the helpers of tests may use every room. */
const everywhere = new Set(['index.ts', 'version.ts', 'testing'])

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('assembly'))
    .map((file) => join(folder, file))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)
  return [...found].map((match) => relative(root, resolve(root, dirname(file), match[1]!)))
}

const edges = ['peer-core', 'web', 'relay', 'seed-nodes', 'simulator'].flatMap((folder) =>
  sources(folder).flatMap((file) => importsOf(file).map((target) => ({ file, target }))),
)
const roomOf = (file: string) => file.split('/')[1]!

describe('the house', () => {
  it('has edges to look at', () => {
    expect(edges.length).toBeGreaterThan(100)
  })

  it('names the floor of every room of peer-core', () => {
    const rooms = new Set(sources('peer-core').map(roomOf))
    expect([...rooms].filter((room) => floors[room] === undefined && !everywhere.has(room))).toEqual([])
  })

  it('imports from the own floor or below', () => {
    const upward = edges.filter(({ file, target }) => {
      if (!file.startsWith('peer-core/') || everywhere.has(roomOf(file))) return false
      const [from, to] = [floors[roomOf(file)]!, floors[roomOf(target)]]
      return !target.startsWith('peer-core/') || to === undefined || to > from
    })
    expect(upward).toEqual([])
  })

  it('keeps the composition roots apart', () => {
    const crossing = edges.filter(({ file, target }) => {
      const [from, to] = [file.split('/')[0], target.split('/')[0]]
      // A seed is a relay with a peer on top, and its command line plays simulations.
      const mayUse = from === 'seed-nodes' ? ['relay', 'simulator'] : []
      return from !== 'peer-core' && to !== 'peer-core' && to !== from && !mayUse.includes(to!)
    })
    expect(crossing).toEqual([])
  })

  it('keeps helpers of tests out of what users run', () => {
    // The simulator's world is what tests run in: memory network, virtual clock.
    const users = edges.filter(({ file }) => !file.includes('/testing/') && !file.startsWith('simulator/'))
    expect(users.filter(({ target }) => target.includes('/testing/'))).toEqual([])
  })
})
