/**
 * What each device learns from. Nothing is shared: a device's examples follow from its own generator, so that the
 * thousandth costs what the first does.
 * @module
 */
import { type Examples, type Random, seededRandom, type TaskSpec } from '../../peer-core/index.ts'
import { generateHandwriting, handwritingSize } from '../../peer-core/learning/index.ts'
import type { Scenario } from '../scenario/schema.ts'

type Data = Scenario['data']

export interface Curriculum {
  readonly model: TaskSpec['model']
  readonly shape: [number, number, number]
  readonly classes: readonly string[]
  readonly test: Examples
  /** The same for the same name. */
  ofDevice(name: string): Examples
}

const dot: [number, number, number] = [2, 2, 1]

export function createCurriculum({ learning, split, alpha }: Data, seed: number): Curriculum {
  if (learning.kind === 'closed-form') {
    const { classes, examples, hidden } = learning
    const names = Array.from({ length: classes }, (_, i) => `c${i}`)
    const labelled = (labels: Uint8Array): Examples => {
      return { shape: dot, classes, labels, features: new Uint8Array(4 * labels.length) }
    }
    return {
      model: {
        input: dot,
        layers: [
          { kind: 'flatten' },
          ...(hidden === 0 ? [] : [{ kind: 'dense', units: hidden, activation: 'relu' } as const]),
          { kind: 'dense', units: classes, activation: 'linear' },
        ],
      },
      shape: dot,
      classes: names,
      test: labelled(Uint8Array.from({ length: classes * 20 }, (_, i) => i % classes)),
      ofDevice(name) {
        const random = seededRandom(`${seed}/data/${name}`)
        return labelled(drawLabels(random, examples, classSharesOf(random, classes, split, alpha)))
      },
    }
  }
  const { examples, units } = learning
  const shape: [number, number, number] = [handwritingSize, handwritingSize, 1]
  return {
    model: {
      input: shape,
      layers: [
        { kind: 'flatten' },
        { kind: 'dense', units, activation: 'relu' },
        { kind: 'dense', units: 10, activation: 'linear' },
      ],
    },
    shape,
    classes: [...'0123456789'],
    // Writers whom no device has.
    test: generateHandwriting({ writers: 20, examplesPerWriter: 20, seed, firstWriter: 1_000_000 }),
    ofDevice(name) {
      const random = seededRandom(`${seed}/data/${name}`)
      const [firstWriter, pool] = [random.integer(900_000), examples * 10]
      const written = generateHandwriting({ writers: 1, examplesPerWriter: pool, seed, firstWriter })
      const wanted = drawLabels(random, examples, classSharesOf(random, 10, split, alpha))
      return choose(written, wanted)
    },
  }
}

/** iid: equal; dirichlet: drawn from Dirichlet(α, …, α) (Hsu, Qi, Brown 2019, arXiv:1909.06335, §3.1). */
function classSharesOf(random: Random, classes: number, split: Data['split'], alpha: number): number[] {
  if (split === 'iid') return Array.from({ length: classes }, () => 1 / classes)
  const drawn = Array.from({ length: classes }, () => random.gamma(alpha) + Number.MIN_VALUE)
  const sum = drawn.reduce((total, value) => total + value, 0)
  return drawn.map((value) => value / sum)
}

function drawLabels(random: Random, count: number, shares: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: count }, () => {
    let left = random.next()
    const at = shares.findIndex((share) => {
      left -= share
      return left < 0
    })
    return at < 0 ? shares.length - 1 : at
  })
}

/** For each wanted label the next of the pool that bears it, from the start again where they run out. */
function choose(pool: Examples, wanted: Uint8Array): Examples {
  const size = pool.features.length / pool.labels.length
  const places = new Map<number, number[]>()
  for (const [at, label] of pool.labels.entries()) places.set(label, [...(places.get(label) ?? []), at])
  const taken = new Map<number, number>()
  const features = new Uint8Array(wanted.length * size)
  wanted.forEach((label, i) => {
    const count = taken.get(label) ?? 0
    taken.set(label, count + 1)
    const having = places.get(label)!
    const at = having[count % having.length]!
    features.set(pool.features.subarray(at * size, (at + 1) * size), i * size)
  })
  return { shape: pool.shape, classes: pool.classes, labels: wanted, features }
}
