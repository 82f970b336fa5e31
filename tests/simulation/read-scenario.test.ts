import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { presetNames, presetScenario, readScenario, SimulationError } from '../../simulator/index.ts'
import { brokenLine, lineDeeperThan, lineOf } from '../../simulator/scenario/json-position.ts'

function refusal(text: string): string {
  try {
    readScenario(text, 'mine.json')
  } catch (error) {
    expect(error).toBeInstanceOf(SimulationError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

/** what, the file, where it is refused, what is allowed */
type Case = [string, string, string, string]

describe('readScenario', () => {
  it('fills in what a file leaves out', () => {
    const scenario = readScenario('{ "population": [{ "name": "phones", "count": 3 }] }', 'mine.json')
    expect(scenario.population[0]).toMatchObject({ tier: 'edge', zone: 'everywhere', stay: { kind: 'forever' } })
    expect(scenario.seeds.count).toBe(1)
  })

  it.each<Case>([
    [
      'a value out of range',
      '{\n "network": {\n  "lossRate": 2\n }\n}',
      'mine.json:3: network.lossRate: 2; ',
      'a number from 0 to 0.9',
    ],
    ['a unit', '\ufeff{\n"untilSeconds": "5m" }', ':2: untilSeconds: "5m"; ', 'a number from 1 to 31536000'],
    ['what is missing', '{ "population": [\n{ "count": 3 }] }', ':2: population[0].name: missing; ', '1 to 32 of a–z'],
    [
      'one of several forms',
      '{ "network": {\n"latencyMs": "x" } }',
      ':2: network.latencyMs: "x"; ',
      'a number from 0 to 60000, or a list of 1 to 64',
    ],
    [
      'a part of one of several forms',
      '{ "network": { "zones": ["a", "b"],\n"latencyMs": [[1, 2], [3,\n1e9]] } }',
      ':3: network.latencyMs[1][1]: 1000000000; ',
      'a number from 0 to 60000',
    ],
    [
      'a part of another kind',
      '{ "network": {\n"latencyMs": [["x"]] } }',
      ':2: network.latencyMs[0][0]: "x"; ',
      'a number from 0 to 60000',
    ],
    [
      'a value at an end that is left out',
      '{ "task": { "aggregation": {\n"byzantineShare": 0.5 } } }',
      ':2: task.aggregation.byzantineShare: 0.5; ',
      'a number from 0 to below 0.5',
    ],
    [
      'a text that is too long',
      `{ "description":\n"${'x'.repeat(2_001)}" }`,
      ':2: description: "xxx',
      'a text of at most 2000 characters',
    ],
    ['a name twice', '{ "untilSeconds": 5,\n "untilSeconds": 0 }', ':2: untilSeconds: 0; ', 'from 1 to 31536000'],
    ['a taken name', '{ "population": [{ "name": "seeds",\n"count": 3 }] }', ':1: population[0].name: ', 'already'],
    [
      'the name of a seed',
      '{ "population": [{\n"name": "seed-0", "count": 3 }] }',
      ':2: population[0].name: ',
      '"seed-0" is the name of something else already',
    ],
    ['a zone twice', '{ "network": { "zones": ["a",\n"a"] } }', ':2: network.zones[1]: ', '"a" is the name of'],
    ...['everyone', 'everywhere', 'seeds', 'seed-3'].map(
      (zone): Case => [
        `a zone that is called ${zone}`,
        `{ "network": { "zones": ["${zone}"] } }`,
        ':1: network.zones[0]: ',
        zone,
      ],
    ),
    [
      'more at a time than can be kept up',
      '{ "population": [{ "name": "a", "stay": { "kind": "exponential", "meanSeconds": 60 },\n"count": 15, "arrive": { "kind": "steady", "concurrent": 10 } }] }',
      ':2: population[0].count: 15; expected at least 20',
      '10 at a time are sometimes more',
    ],
    [
      'a fault after the end',
      '{ "untilSeconds": 20, "faults": [{ "kind": "leave", "who": "seeds",\n"atSeconds": 20 }] }',
      ':2: faults[0].atSeconds: ',
      'less than untilSeconds, 20',
    ],
    [
      'slow seeds',
      '{ "faults": [{ "kind": "slow", "atSeconds": 1, "factor": 2,\n"who": "seeds" }] }',
      ':2: faults[0].who: seeds do not train; ',
      'expected one of "everyone", "home", "devices"',
    ],
    [
      'a partition that leaves nobody',
      '{ "faults": [{ "kind": "partition", "atSeconds": 1,\n"who": "everyone" }] }',
      ':2: faults[0].who: "everyone" is all there are; ',
      'expected a share below 1, or one of "seeds", "seed-0", "home", "devices"',
    ],
    [
      'a degradation of nothing',
      '{ "faults": [\n{ "kind": "degrade", "atSeconds": 1, "who": "seeds" }] }',
      ':2: faults[0]: degrades nothing; ',
      'expected latencyMs, lossRate or uplinkKBps',
    ],
    [
      'an attack after the end',
      '{ "untilSeconds": 20, "attacks": [{ "attack": "nan", "share": 0.2,\n"fromSeconds": 1000 }] }',
      ':2: attacks[0].fromSeconds: ',
      "less than the scenario's untilSeconds, 20",
    ],
    [
      'an attack that ends before it begins',
      '{ "attacks": [{ "attack": "nan", "share": 0.2, "fromSeconds": 20,\n"untilSeconds": 10 }] }',
      ':2: attacks[0].untilSeconds: ',
      'more than fromSeconds, 20',
    ],
    [
      'an attack by nobody',
      '{ "attacks": [{ "attack": "nan",\n"share": 0.05 }] }',
      ':2: attacks[0].share: 0.05 of 9 is nobody; ',
      'expected 0, or 0.11 for one of them',
    ],
    [
      'too many liars in one population',
      '{ "attacks": [{ "attack": "nan", "share": 0.6, "who": "devices" },\n{ "attack": "ipm", "share": 0.6 }] }',
      ': attacks: ',
      'among "devices" add up to 1.2',
    ],
    [
      'a word that is none',
      '{\n "attacks": [\n  { "share": 0.1,\n    "attack": "magic" }]}',
      ':4: attacks[0].attack: ',
      '"alie"',
    ],
    [
      'an unknown kind',
      '{ "faults": [\n { "kind": "flood", "atSeconds": 1 }] }',
      ':2: faults[0].kind: "flood"; ',
      'expected "partition", "leave", "slow", "degrade"',
    ],
    ['no kind', '{ "faults": [\n { "atSeconds": 1 }] }', ':2: faults[0].kind: missing; ', '"partition"'],
    [
      'an unknown field',
      '{ "faults": [\n { "kind": "leave", "atSeconds": 1, "who": "seeds",\n "whom": 1 }] }',
      ':3: faults[0].whom: ',
      '"returnAfterSeconds"',
    ],
    [
      'a zone that is not there',
      '{ "population": [{ "name": "a", "count": 1,\n "zone": "moon" }] }',
      ':2: population[0].zone: ',
      '"everywhere", "home"',
    ],
    [
      'nobody to strike',
      '{ "faults": [{ "kind": "slow", "atSeconds": 1, "factor": 2,\n"who": "cats" }] }',
      ':2: faults[0].who: ',
      '"devices"',
    ],
    [
      'a matrix that does not fit',
      '{ "network": { "zones": ["a", "b"],\n "latencyMs": [[1]] } }',
      ':2: network.latencyMs: ',
      '2 rows of 2 numbers',
    ],
    [
      'a rule that is none',
      '{ "task": { "aggregation": {\n "pipeline": ["vote"] } } }',
      ':2: task.aggregation.pipeline: ',
      'trimmed-mean',
    ],
    ['text that is not JSON', '{\n "name": \n}', ':3: the file: ', 'not JSON'],
    [
      'what is nested too deep',
      `{\n"a": ${'['.repeat(5_000)}${']'.repeat(5_000)} }`,
      ':2: the file: ',
      'most 32 levels',
    ],
    ['what is nested too deep, and cut off', `\n${'['.repeat(200_000)}`, ':2: the file: ', 'at most 32 levels'],
    ['what is too long', `\n"${'x'.repeat(30_000_000)}`, ':1: the file: 30000002 characters; ', 'at most 1000000'],
    ['a long text that does not end', `\n"${'x'.repeat(999_990)}`, ':2: the file: ', 'not JSON'],
  ])('names line, field and what is allowed for %s', (_, text, place, allowed) => {
    expect(refusal(text)).toContain(place)
    expect(refusal(text)).toContain(allowed)
  })

  it('counts liars by population', () => {
    const population = [
      { name: 'a', count: 5 },
      { name: 'b', count: 5 },
    ]
    const attacks = ['a', 'b'].map((who) => ({ attack: 'nan', share: 0.6, who }))
    expect(readScenario(JSON.stringify({ population, attacks }), 'mine.json').attacks).toHaveLength(2)
  })

  it('takes shares that are the whole but for rounding', () => {
    const attacks = [0.33, 0.56, 0.11].map((share) => ({ attack: 'nan', share }))
    expect(readScenario(JSON.stringify({ attacks }), 'mine.json').attacks).toHaveLength(3)
  })

  it('takes what it gives', () => {
    for (const name of presetNames) {
      const scenario = presetScenario(name)
      expect(readScenario(JSON.stringify(scenario), name)).toEqual(scenario)
    }
  })
})

describe('lineOf', () => {
  it('finds every value of any JSON text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value, null, 1)
        const lines = text.split('\n')
        for (const path of pathsOf(value)) {
          const last = path.at(-1)
          const line = lines[lineOf(text, path) - 1]!
          if (typeof last === 'string') expect(line.trimStart().startsWith(`${JSON.stringify(last)}:`)).toBe(true)
        }
      }),
    )
  })
})

describe('lineDeeperThan', () => {
  it('finds where a text is nested deeper, and nothing in its strings', () => {
    const text = '{\n"a": "[[[\\"[[[",\n"b": [\n[1], [[2]]] }'
    expect([1, 2, 3, 4].map((levels) => lineDeeperThan(levels, text))).toEqual([3, 4, 4, undefined])
  })
})

describe('brokenLine', () => {
  it('finds the line in which a sign was changed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(), (value, place) => {
        const lines = JSON.stringify(value, null, 1).split('\n')
        const at = place % lines.length
        // No JSON text has a number sign outside of a string, and no line here begins within one.
        lines[at] = `#${lines[at]}`
        expect(brokenLine(lines.join('\n'))).toBe(at + 1)
      }),
    )
  })
})

function pathsOf(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((one, i) => pathsOf(one, [...at, i]))]
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...at, key]))]
}
