/**
 * Machines of their own for real processes: Linux network namespaces, each with one cable to a switch whose cables can be put
 * apart and together again. A cut is silent, as a broken line is: nobody is told that a connection is gone.
 *
 * The switch lives in a namespace too, so that the network of the machine itself is never touched.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '../../peer-core/index.ts'
import type { Machine } from './seed-process.ts'

const run = promisify(execFile)
const subnet = '10.93.0'

export interface Lan {
  readonly machines: readonly Machine[]
  /** @param sides - the machines of each side, by place; every machine on one of two */
  cut(sides: readonly [readonly number[], readonly number[]]): Promise<void>
  heal(): Promise<void>
  remove(): Promise<void>
}

/** Why there are no namespaces here, in one line; `undefined` when there are. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  try {
    const lan = await buildLan(1)
    await lan.remove()
    return undefined
  } catch (error) {
    return messageOf(error).trim().split('\n').at(-1)
  }
}

/** @param size - at most 200 @throws when this process may not, or `iproute2` is not installed */
export async function buildLan(size: number): Promise<Lan> {
  const places = Array.from({ length: size }, (_, place) => place)
  const nameOf = (place: number | 'switch') => `zen-${process.pid}-${place}`
  const hub = nameOf('switch')
  const made: string[] = []
  const remove = async () => {
    for (const name of made.splice(0)) await run('ip', ['netns', 'del', name])
  }
  const plug = (place: number, bridge: string) => ip(`-n ${hub} link set port${place} master ${bridge} up`)
  try {
    await ip(`netns add ${hub}`)
    made.push(hub)
    for (const bridge of ['one', 'two']) {
      await ip(`-n ${hub} link add ${bridge} type bridge`)
      await ip(`-n ${hub} link set ${bridge} up`)
    }
    for (const place of places) {
      const name = nameOf(place)
      await ip(`netns add ${name}`)
      made.push(name)
      await ip(`link add eth0 netns ${name} type veth peer name port${place} netns ${hub}`)
      await ip(`-n ${name} addr add ${subnet}.${place + 1}/24 dev eth0`)
      await ip(`-n ${name} link set eth0 up`)
      await ip(`-n ${name} link set lo up`)
      await plug(place, 'one')
    }
  } catch (error) {
    await remove()
    throw error
  }
  return {
    machines: places.map((place) => machineOf(nameOf(place), `${subnet}.${place + 1}`)),
    async cut(sides) {
      for (const place of sides[0]) await plug(place, 'one')
      for (const place of sides[1]) await plug(place, 'two')
    },
    async heal() {
      for (const place of places) await plug(place, 'one')
    },
    remove,
  }
}

function machineOf(name: string, address: string): Machine {
  const prefix = ['ip', 'netns', 'exec', name]
  const [command, ...args] = [...prefix, process.execPath, '--input-type=module', '-e', printAnswer]
  return {
    prefix,
    address,
    async get(url) {
      const { stdout } = await run(command!, [...args, url], { timeout: 30_000, maxBuffer: 8 * 1024 * 1024 })
      return JSON.parse(stdout)
    },
  }
}

const printAnswer = 'process.stdout.write(await (await fetch(process.argv[1])).text())'

async function ip(words: string): Promise<void> {
  await run('ip', words.split(' '), { timeout: 10_000 })
}
