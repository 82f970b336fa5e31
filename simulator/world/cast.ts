/**
 * Who there is: every device of a scenario with all that chance gives it — place, speed, uplink, router, data, honesty —
 * a function of the seed and of its number alone. Devices are made when they are first asked for, so that a million of
 * them costs what the present ones do.
 * @module
 */
import { createIdentity, type Identity, type Random, seededRandom } from '../../peer-core/index.ts'
import { liarsOf } from '../scenario/liars-of.ts'
import type { AttackSpec, Crowd, NatClass, Scenario, Tier } from '../scenario/schema.ts'
import { platformSigner } from './platform-signer.ts'

export interface Liar extends AttackSpec {
  /** which of the scenario's attacks: its liars act together */
  readonly entry: number
  /** which of the liars of this attack */
  readonly number: number
  readonly liars: number
}

export interface Device {
  /** `phones-17` */
  readonly name: string
  readonly crowd: string
  readonly tier: Tier
  readonly zone: string
  readonly nat: NatClass
  readonly msPerStep: number
  readonly bytesPerSecond: number
  readonly identity: Identity
  /** of its data and its choices */
  readonly random: Random
  readonly liar?: Liar
}

export interface Cast {
  readonly seeds: readonly Device[]
  readonly size: number
  /** attacks for which nobody was left to lie: `nan-1` */
  readonly missed: readonly string[]
  /** @param index - 0 … `size − 1` over all populations, in their order */
  contributor(index: number): Device
}

/** What a tier has unless a scenario says otherwise: medians of consumer lines and of a rented server. */
const tierDefaults: Record<Tier, { msPerStep: number; spread: number; uplinkKBps: number; nat: Crowd['nat'] }> = {
  edge: { msPerStep: 40, spread: 2, uplinkKBps: 1_250, nat: { open: 0.1, cone: 0.7, symmetric: 0.2 } },
  server: { msPerStep: 5, spread: 1.2, uplinkKBps: 125_000, nat: { open: 1, cone: 0, symmetric: 0 } },
  cloud: { msPerStep: 2, spread: 1.1, uplinkKBps: 1_250_000, nat: { open: 1, cone: 0, symmetric: 0 } },
}

export function createCast(scenario: Scenario, seed: number): Cast {
  const { population, network } = scenario
  const size = population.reduce((sum, { count }) => sum + count, 0)
  const starts = population.map((_, i) => population.slice(0, i).reduce((sum, { count }) => sum + count, 0))
  const crowdIndex = (index: number) => starts.findLastIndex((start) => start <= index)
  const { liarOf, missed } = assignLiars(scenario, size, seed, (index) => population[crowdIndex(index)]!.name)
  const made = new Map<number, Device>()

  const make = (name: string, crowd: Crowd, place: number, liar?: Liar): Device => {
    const random = seededRandom(`${seed}/device/${name}`)
    const preset = tierDefaults[crowd.tier]
    const { median = preset.msPerStep, spread = preset.spread } = crowd.msPerStep ?? {}
    const bytesPerSecond = 1_000 * (crowd.uplinkKBps ?? preset.uplinkKBps)
    return {
      name,
      crowd: crowd.name,
      tier: crowd.tier,
      zone: crowd.zone === 'everywhere' ? network.zones[place % network.zones.length]! : crowd.zone,
      nat: drawNat(crowd.nat ?? preset.nat!, random.next()),
      msPerStep: Math.max(0.01, median * spread ** random.normal()),
      bytesPerSecond,
      identity: createIdentity(
        Uint8Array.from({ length: 32 }, () => random.integer(256)),
        platformSigner,
      ),
      random,
      ...(liar === undefined ? {} : { liar }),
    }
  }

  return {
    size,
    missed,
    seeds: Array.from({ length: scenario.seeds.count }, (_, i) => make(`seed-${i}`, seedCrowd(scenario), i)),
    contributor(index) {
      const known = made.get(index)
      if (known !== undefined) return known
      const at = crowdIndex(index)
      const place = index - starts[at]!
      const device = make(`${population[at]!.name}-${place}`, population[at]!, place, liarOf(index))
      made.set(index, device)
      return device
    },
  }
}

function seedCrowd({ seeds }: Scenario): Crowd {
  return {
    name: 'seeds',
    count: seeds.count,
    tier: 'server',
    zone: seeds.zone,
    arrive: { kind: 'at-start', withinSeconds: 0 },
    stay: { kind: 'forever' },
    crashShare: 1,
  }
}

function drawNat({ open, cone }: NonNullable<Crowd['nat']>, draw: number): NatClass {
  return draw < open ? 'open' : draw < open + cone ? 'cone' : 'symmetric'
}

/** Each attack gets its share of those it names, drawn by lot, nobody twice. */
function assignLiars(
  { attacks, population }: Scenario,
  size: number,
  seed: number,
  crowdNameOf: (index: number) => string,
): { liarOf(index: number): Liar | undefined; missed: readonly string[] } {
  const missed: string[] = []
  if (attacks.length === 0) return { liarOf: () => undefined, missed }
  const lots = seededRandom(`${seed}/liars`).shuffle(Array.from({ length: size }, (_, i) => i))
  const liars = new Map<number, Liar>()
  for (const [entry, attack] of attacks.entries()) {
    const able = lots.filter((index) => !liars.has(index) && [undefined, crowdNameOf(index)].includes(attack.who))
    const drawn = able.slice(0, liarsOf(attack, population).liars)
    if (drawn.length === 0 && attack.share > 0) missed.push(`${attack.attack}-${entry}`)
    drawn.forEach((index, number) => {
      liars.set(index, { ...attack, entry, number, liars: drawn.length })
    })
  }
  return { liarOf: (index) => liars.get(index), missed }
}
