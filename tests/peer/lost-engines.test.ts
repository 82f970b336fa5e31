/** Devices that run out of memory, or lose their GPU, in the middle of a round. */
import { describe, expect, it } from 'vitest'
import { type Clock, type EngineName, sleep, type Trainer, TrainerError } from '../../peer-core/ports/index.ts'
import { commitsOf, createVillage, type Village, type Villager } from './village.ts'

/** Its trainings from the third to the fifth are lost half a second after they began; then another engine is there. */
function losing(trainer: Trainer, clock: Clock): Trainer {
  let trainings = 0
  const name = (): EngineName => (trainings > 5 ? 'wasm' : 'webgpu')
  return {
    ...trainer,
    get engine() {
      return { ...trainer.engine, name: name() }
    },
    async train(job, options) {
      trainings++
      if (trainings < 3 || trainings > 5) return trainer.train(job, options)
      await sleep(clock, 500, options?.signal)
      throw new TrainerError({ code: 'ENGINE_LOST', engine: name(), reason: 'out of memory' }, 'out of memory')
    },
  }
}

const noticesOf = ({ events }: Villager) => events.flatMap((event) => (event.kind === 'notice' ? [event.text] : []))

/** Rounds that were committed with the work of this peer, as the seed saw them. */
function roundsOf(village: Village, { identity }: Villager): number[] {
  return commitsOf(village.seeds[0]!).flatMap(({ round, contributors }) =>
    contributors.includes(identity.peerId) ? [round] : [],
  )
}

describe('a peer whose engine is lost in the middle of a round', () => {
  it('leaves the round, which closes without it, and takes part in a later one with what took its place', async () => {
    const village = await createVillage({ contributors: 2, msPerStep: 50 })
    const engine = (trainer: Trainer) => losing(trainer, village.clock)
    const fragile = village.newcomer('fragile', { msPerStep: 50, engine })
    await village.start(fragile)
    await village.clock.runUntil(() => roundsOf(village, fragile).length >= 6, 120_000)

    const rounds = roundsOf(village, fragile)
    expect(rounds.at(-1)! - rounds[0]!).toBeGreaterThan(rounds.length - 1)
    // Those who go on do not wait for it until the deadline.
    const { deadlineMs } = village.spec.round
    for (const { ms } of commitsOf(village.seeds[0]!).slice(1)) expect(ms).toBeLessThan(deadlineMs / 2)
    for (const other of village.contributors) {
      expect(roundsOf(village, other)).toEqual(commitsOf(village.seeds[0]!).map(({ round }) => round))
    }
    const failed = expect.stringMatching(/^round \d+: out of memory; trying again$/)
    const replaced = 'trains with wasm from now on: the engine before it was lost'
    expect(noticesOf(fragile)).toEqual([failed, failed, failed, replaced])
    expect(village.mesh.faults).toEqual([])
  })
})
