import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/index.ts'
import { type NamedBytes, parameterCount, takeExamples } from '../../peer-core/learning/index.ts'
import { federate, trainAlone } from './federation.ts'
import { heartTask, pooled, siteOf } from './heart-disease.ts'

/** Patients whose disease follows the same signs everywhere. A hospital measures one of two signs and never the other. */
function madeUpHospital(name: string, measures: 'chol' | 'ca'): NamedBytes {
  const random = seededRandom(name)
  const rows = Array.from({ length: 200 }, () => {
    const [age, chol, ca] = [random.normal(), random.normal(), random.normal()]
    const sick = age + (measures === 'chol' ? 2 * chol : 2 * ca) + random.normal() > 0
    const told = { chol: measures === 'chol' ? 200 + 40 * chol : '?', ca: measures === 'ca' ? ca : '-9.0' }
    return [
      50 + 9 * age,
      1,
      2,
      120,
      told.chol,
      0,
      1,
      140,
      0,
      1.5,
      2,
      told.ca,
      '',
      sick ? 1 + random.integer(4) : 0,
    ].join()
  })
  const header = 'age,sex,cp,trestbps,chol,fbs,restecg,thalach,exang,oldpeak,slope,ca,thal,num'
  return { name, bytes: new TextEncoder().encode(`${[header, ...rows].join('\n')}\n`) }
}

describe('a federation of hospitals', { timeout: 60_000 }, () => {
  const sites = (['chol', 'ca', 'chol', 'ca'] as const).map((sign, i) =>
    siteOf(madeUpHospital(`hospital ${i}`, sign), 1),
  )
  const all = pooled(sites)
  const common = { subject: heartTask, test: all.test, rounds: 8, seed: 1 }

  it('learns more than any of them alone, and nearly what all patients in one place would teach', async () => {
    const federated = await federate({ ...common, sites: sites.map(({ train }) => train) })
    expect(federated.contributors).toEqual(new Array(8).fill(4))
    const auc = federated.evaluations.at(-1)!.auc!
    const alone = []
    for (const { train } of sites)
      alone.push((await trainAlone({ ...common, sites: [train] })).evaluations.at(-1)!.auc!)
    const together = (await trainAlone({ ...common, sites: [all.train] })).evaluations.at(-1)!.auc!
    expect(auc).toBeGreaterThanOrEqual(Math.max(...alone))
    expect(auc).toBeGreaterThan(together - 0.02)
    expect(auc).toBeGreaterThan(0.9)
  })

  it('starts from the weights that the task names, which every site is given', async () => {
    const initial = Float32Array.from({ length: parameterCount(heartTask.model) }, (_, i) => Math.sin(i))
    const subject = { ...heartTask, training: { ...heartTask.training, localSteps: 1, learningRate: 1e-9 } }
    const { weights, contributors } = await federate({
      ...common,
      subject,
      rounds: 1,
      initial,
      sites: sites.map(({ train }) => train),
    })
    expect(contributors).toEqual([4])
    for (const [i, value] of weights.entries()) expect(value).toBeCloseTo(initial[i]!, 5)
  })

  it('commits the same model from the same seed', async () => {
    const few = sites.slice(0, 2).map(({ train }) => takeExamples(train, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    const twice = [
      await federate({ ...common, rounds: 2, sites: few }),
      await federate({ ...common, rounds: 2, sites: few }),
    ]
    expect(twice[0]!.weights).toEqual(twice[1]!.weights)
  })
})
