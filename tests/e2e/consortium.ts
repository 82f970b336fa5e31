/** Several seeds that decide together and who trains for them, as real processes: started as the README says, killed and started again. */
import { writeFile } from 'node:fs/promises'
import { join as pathOf } from 'node:path'
import type { StatusView } from '../../seed-nodes/http/status-view.ts'
import { isReady, type Machine, thisMachine, type ZenProcess, zen, zenOn } from './seed-process.ts'

export interface Committed {
  readonly round: number
  readonly hash: string
  readonly model: string
}

export interface Consortium {
  /** those that run, by place; a dead one stays until it is restarted */
  readonly seeds: readonly ZenProcess[]
  /** who trains, for all of them */
  readonly contributors: readonly ZenProcess[]
  /** SIGKILL */
  kill(place: number): Promise<void>
  restart(place: number): Promise<void>
  isAlive(place: number): boolean
  /** `GET /api/status` of a seed */
  status(place: number): Promise<StatusView>
  /** the last round that a seed told of in this life, 0 before the first */
  round(place: number): number
  /** How those ended whom nobody killed. */
  deaths(): string[]
  /** rounds 1 … `through`, the last 500 of them, on every living seed */
  chains(through: number): Promise<Committed[][]>
}

export interface Whereabouts {
  /** of each seed, by place */
  readonly seeds?: readonly Machine[]
  /** of each contributor; one, on this machine, when absent */
  readonly contributors?: readonly Machine[]
}

/**
 * @param dir - an empty folder, for all of them
 * @param fields - of the task file, besides the usual ones
 */
export async function startConsortium(
  dir: string,
  size: number,
  where: Whereabouts = {},
  fields: object = {},
): Promise<Consortium> {
  const { contributors: sites = [thisMachine] } = where
  const machineOf = (place: number) => where.seeds?.[place] ?? thisMachine
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
      // Small and quick, so that many processes share a small machine.
      model: {
        input: [28, 28, 1],
        layers: [{ kind: 'average-pool2d', size: 4 }, { kind: 'flatten' }, { kind: 'dense', units: 10 }],
      },
      training: { localSteps: 50 },
      round: { deadlineMs: 10_000, fetchMs: 3_000 },
      ...fields,
    }),
  )
  const argsOf = (place: number, join: string) => [
    ...[
      'up',
      '--no-train',
      '--port',
      '0',
      '--json',
      '--keep',
      '5',
      '--dir',
      dirOf(place),
      '--host',
      machineOf(place).address,
    ],
    ...(place === 0 ? ['--task', task] : ['--join', join]),
  ]
  const start = (place: number, join: string) => zenOn(machineOf(place), ...argsOf(place, join))
  const first = start(0, '')
  const { http, multiaddrs } = await first.until(isReady, 90_000)
  const join = String(http)
  const seeds = places.map((place) => (place === 0 ? first : start(place, join)))
  const dead = new Set<number>()
  const pages = await Promise.all(seeds.map(async (seed) => String((await seed.until(isReady, 120_000)).http)))
  const contributors = sites.map((site) => zenOn(site, 'join', (multiaddrs as string[])[0]!, '--json'))

  return {
    seeds,
    contributors,
    isAlive: (place) => !dead.has(place),
    async kill(place) {
      dead.add(place)
      await seeds[place]!.kill('SIGKILL')
    },
    async restart(place) {
      const seed = start(place, join)
      seeds[place] = seed
      pages[place] = String((await seed.until(isReady, 90_000)).http)
      dead.delete(place)
    },
    status: async (place) => (await machineOf(place).get(`${pages[place]}/api/status`)) as StatusView,
    round: (place) => Number(seeds[place]!.events.findLast(({ event }) => event === 'commit')?.round ?? 0),
    deaths: () =>
      [...contributors, ...seeds.filter((_, place) => !dead.has(place))].flatMap((one) => one.obituary() ?? []),
    async chains(through) {
      const alive = places.filter((place) => !dead.has(place))
      return Promise.all(alive.map((place) => chainOf(machineOf(place), pages[place]!, through)))
    },
  }
}

async function chainOf({ get }: Machine, page: string, through: number): Promise<Committed[]> {
  const { tasks } = (await get(`${page}/api/tasks`)) as { tasks: { id: string }[] }
  const window = `from=${Math.max(1, through - 499)}&limit=${Math.min(through, 500)}`
  const { rounds } = (await get(`${page}/api/tasks/${tasks[0]!.id}/rounds?${window}`)) as { rounds: Committed[] }
  return rounds.map(({ round, hash, model }) => ({ round, hash, model }))
}
