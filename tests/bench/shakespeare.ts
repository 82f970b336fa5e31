/**
 * Tiny Shakespeare by speaker: a character GPT among peers that each know some of the roles. Loss in nats a character on the
 * last tenth of the text, which nobody trains on; samples are printed.
 */
import { seededRandom } from '../../peer-core/index.ts'
import {
  alphabetOf,
  createTrainer,
  decodeText,
  exampleShape,
  presetModel,
  sampleText,
  shardByWriter,
  speakersOf,
  takeExamples,
  windowsOf,
} from '../../peer-core/learning/index.ts'
import { dataSchema, type TextData, trainingSchema } from '../../peer-core/wire/index.ts'
import { federate } from '../federation/federation.ts'
import { readShared } from '../federation/shared-data.ts'
import type { BenchResult } from './result.ts'

const peers = 2
const rounds = 13
const context = 64
/** Characters of the held-out text that are looked at. */
const tested = 16_000
const training = trainingSchema.parse({
  localSteps: 200,
  batchSize: 8,
  optimiser: 'adam',
  learningRate: 0.006,
  keepMomentum: true,
  clipNorm: 1,
  schedule: { warmupSteps: 100, decaySteps: rounds * 200 },
})

export async function run(): Promise<readonly BenchResult[]> {
  const text = decodeText(await readShared('tinyshakespeare/input.txt'))
  const cut = Math.round(0.9 * text.length)
  const data = dataSchema.parse({ kind: 'text', alphabet: alphabetOf(text), context, train: [] }) as TextData
  const speakers = speakersOf(text.slice(0, cut)).map((speaker) => speaker.text)
  const { examples, textOf } = windowsOf(speakers, data, 'input.txt')
  const sites = shardByWriter(textOf, { shards: peers, seed: 1 }).map((indices) => takeExamples(examples, indices))
  const test = windowsOf([text.slice(cut, cut + tested)], data, 'input.txt').examples
  const model = presetModel('gpt-nano', exampleShape(data))
  const { evaluations, weights } = await federate({
    subject: { data, model, training },
    sites,
    test,
    rounds,
    seed: 1,
    onRound: ({ round, loss }) => process.stdout.write(`round ${round}: ${loss.toFixed(3)} nats\n`),
  })

  const trainer = await createTrainer({ engine: 'wasm' })
  for (const prompt of ['ROMEO:\n', 'First Citizen:\n']) {
    const options = { prompt, length: 240, random: seededRandom(prompt) }
    process.stdout.write(`\n${await sampleText(trainer, model, weights, data, options)}\n`)
  }
  await trainer.close()
  const { loss } = evaluations.at(-1)!
  return [
    { name: 'gpt-nano federated', value: loss, unit: 'nats', baseline: evaluations[0]!.loss, bar: 1.9 },
    { name: 'perplexity', value: Math.exp(loss), unit: 'characters' },
  ]
}
