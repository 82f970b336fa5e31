/** The engine that a person chose, or the fastest, which is measured once for a task and remembered until it is lost at once. @module */
import type { Trainer } from '../../peer-core/index.ts'
import { probeOf } from '../../peer-core/learning/probe.ts'
import type { RemoteTrainerOptions } from '../../peer-core/learning/worker/remote-trainer.ts'
import type { TaskId, TaskSpec } from '../peer.ts'
import type { Preferences } from '../preferences.ts'

/** What is to be trained. */
export interface ToTrain {
  readonly id: TaskId
  readonly spec: Pick<TaskSpec, 'model' | 'training'>
}

/**
 * @param task - its own model is measured where that is affordable; a small model where it is not, or where nothing is known of it
 * @throws {@link TrainerError} `NO_ENGINE`: also where the one that was chosen does not run here
 */
export async function chooseTrainer(
  preferences: Preferences,
  create: (options: RemoteTrainerOptions) => Promise<Trainer>,
  task?: ToTrain,
): Promise<Trainer> {
  const engine = preferences.engine()
  if (engine !== 'auto') return create({ engine })
  const probe = task && probeOf(task.spec)
  const on = probe && task ? task.id : 'a small model'
  const trainer = await create({
    engine,
    probe,
    remembered: preferences.measuredEngine(on),
    // What was lost here does not come back at the next start. Nor does the last resort, a thousand times slower.
    onGivenUp: (_, { name }) => preferences.setMeasuredEngine(name === 'cpu' ? undefined : name, on),
  })
  preferences.setMeasuredEngine(trainer.engine.name, on)
  return trainer
}
