/** The engine that a person chose, or the fastest, which is measured once and remembered. @module */
import type { Trainer } from '../../peer-core/index.ts'
import type { TrainerOptions } from '../../peer-core/learning/engines.ts'
import type { Preferences } from '../preferences.ts'

/** @throws {@link TrainerError} `NO_ENGINE`: also where the one that was chosen does not run here */
export async function chooseTrainer(
  preferences: Preferences,
  create: (options: TrainerOptions) => Promise<Trainer>,
): Promise<Trainer> {
  const engine = preferences.engine()
  if (engine !== 'auto') return create({ engine })
  const trainer = await create({ engine, remembered: preferences.measuredEngine() })
  preferences.setMeasuredEngine(trainer.engine.name)
  return trainer
}
