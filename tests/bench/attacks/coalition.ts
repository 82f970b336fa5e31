/**
 * Liars as peers: trainers that train as asked, see what every honest peer learned from the same model, and hand over what their attack
 * makes of it.
 * @module
 */
import { flipLabels, widestPeer } from '../../../peer-core/aggregation/attacks/index.ts'
import { sha256 } from '../../../peer-core/index.ts'
import type { Trainer, TrainJob } from '../../../peer-core/ports/index.ts'
import { floatsToBytes } from '../../../peer-core/wire/index.ts'
import type { Lie } from './arena.ts'
import { mirrored } from './lies.ts'

export interface Coalition {
  /** The same trainer, watched by the liars. */
  honest(trainer: Trainer, place: number): Trainer
  /** One of them, who has to be slower than the honest. */
  liar(trainer: Trainer, place: number): Trainer
}

export function createCoalition(lie: Lie, liars: number, seed: number): Coalition {
  /** of the model that is trained from now */
  let seen: { readonly model: string; readonly honest: Float32Array[] } | undefined
  let rounds = 0
  let victim: number | undefined

  const honestDeltas = ({ weights }: TrainJob): Float32Array[] => {
    const model = sha256(floatsToBytes(weights))
    if (seen?.model !== model) {
      seen = { model, honest: [] }
      rounds++
    }
    return seen.honest
  }

  const forge = (job: TrainJob, own: Float32Array, place: number): Float32Array => {
    // Holes are honest peers that were left behind in this round.
    const honest = honestDeltas(job)
    const present = honest.filter(() => true)
    if (lie === 'mimic') {
      victim ??= honest.indexOf(present[widestPeer(present)]!)
      return honest[victim] ?? own
    }
    if (typeof lie === 'string' || present.length === 0) return own
    // Nobody else's own delta is needed: a lie is made of the honest ones, or of the liar's.
    const owns = Array.from({ length: liars }, () => own)
    // Published lies are about gradients, and a delta goes against one.
    return mirrored(lie)({ honest: present, own: owns, liars, round: rounds - 1, seed })[place]!
  }

  return {
    honest: (trainer, place) => ({
      ...trainer,
      async train(job, options) {
        const result = await trainer.train(job, options)
        honestDeltas(job)[place] = result.delta
        return result
      },
    }),
    liar: (trainer, place) => ({
      ...trainer,
      load: (data, examples) =>
        trainer.load(
          data,
          lie !== 'label-flip'
            ? examples
            : { ...examples, labels: flipLabels(Uint8Array.from(examples.labels), examples.classes) },
        ),
      async train(job, options) {
        const result = await trainer.train(job, options)
        return { ...result, delta: forge(job, result.delta, place) }
      },
    }),
  }
}
