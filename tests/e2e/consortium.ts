/** Several seeds that decide together and one contributor, as real processes: started as the README says, killed and started again. */
import { writeFile } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import { isReady, type ZenProcess, zen } from './seed-process.ts'

export interface Committed {
  readonly round: number
  readonly hash: string
  readonly model: string
}

export interface Consortium {
  /** those that run, by place; a dead one stays until it is restarted */
  readonly seeds: readonly ZenProcess[]
  /** trains, for all of them */
  readonly contributor: ZenProcess
  /** SIGKILL */
  kill(place: number): Promise<void>
  restart(place: number): Promise<void>
  isAlive(place: number): boolean
  /** the last round that a seed told of in this life, 0 before the first */
  round(place: number): number
  /** rounds 1 … `through`, the last 500 of them, on every living seed */
  chains(through: number): Promise<Committed[][]>
}

/** @param dir - an empty folder, for all of them */
export async function startConsortium(dir: string, size: number): Promise<Consortium> {
  const dirOf = (place: number) => pathOf(dir, `seed-${place}`)
  const places = Array.from({ length: size }, (_, place) => place)
  const peers: string[] = []
  for (const place of places) {
    const process = zen('id', '--dir', dirOf(place), '--json')
    peers.push(String((await process.until(({ event }) => event === 'id', 30_000)).peerId))
  }
  const task = pathOf(dir, 'task.json')
  await writeFile(
    task,
    JSON.stringify({
      committee: peers.map((peer) => ({ peer, power: 1 })),
      data: { shards: 2 },
      // Rounds of a second or two, so that many processes share a small machine.
      training: { localSteps: 50 },
      round: { deadlineMs: 10_000, fetchMs: 3_000 },
    }),
  )
  const argsOf = (place: number, join: string) => [
    ...['up', '--no-train', '--port', '0', '--json', '--keep', '5', '--dir', dirOf(place)],
    ...(place === 0 ? ['--task', task] : ['--join', join]),
  ]
  const first = zen(...argsOf(0, ''))
  const { http, multiaddrs } = await first.until(isReady, 90_000)
  const join = String(http)
  const seeds = places.map((place) => (place === 0 ? first : zen(...argsOf(place, join))))
  const dead = new Set<number>()
  const pages = await Promise.all(seeds.map(async (seed) => String((await seed.until(isReady, 120_000)).http)))
  const contributor = zen('join', (multiaddrs as string[])[0]!, '--json')

  return {
    seeds,
    contributor,
    isAlive: (place) => !dead.has(place),
    async kill(place) {
      dead.add(place)
      await seeds[place]!.kill('SIGKILL')
    },
    async restart(place) {
      const seed = zen(...argsOf(place, join))
      seeds[place] = seed
      pages[place] = String((await seed.until(isReady, 90_000)).http)
      dead.delete(place)
    },
    round: (place) => Number(seeds[place]!.events.findLast(({ event }) => event === 'commit')?.round ?? 0),
    async chains(through) {
      const alive = places.filter((place) => !dead.has(place))
      return Promise.all(alive.map((place) => chainOf(pages[place]!, through)))
    },
  }
}

async function chainOf(page: string, through: number): Promise<Committed[]> {
  const { tasks } = (await (await fetch(`${page}/api/tasks`)).json()) as { tasks: { id: string }[] }
  const answer = await fetch(
    `${page}/api/tasks/${tasks[0]!.id}/rounds?from=${Math.max(1, through - 499)}&limit=${Math.min(through, 500)}`,
  )
  const { rounds } = (await answer.json()) as { rounds: Committed[] }
  return rounds.map(({ round, hash, model }) => ({ round, hash, model }))
}
