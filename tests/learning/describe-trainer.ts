/** Runs the trainer's compliance cases under vitest. @module */
import { afterEach, describe, it } from 'vitest'
import type { Trainer } from '../../peer-core/ports/index.ts'
import type { ComplianceCase } from '../../peer-core/testing/compliance.ts'

/** @param create - a new trainer; it is closed after each case */
export function describeTrainer(
  name: string,
  cases: readonly ComplianceCase<Trainer>[],
  create: () => Promise<Trainer>,
): void {
  describe(name, () => {
    const open: Trainer[] = []
    afterEach(async () => {
      for (const trainer of open.splice(0)) await trainer.close()
    })
    for (const { name: sentence, run } of cases) {
      it(sentence, () =>
        run(async () => {
          const trainer = await create()
          open.push(trainer)
          return trainer
        }),
      )
    }
  })
}
