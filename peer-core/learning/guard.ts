/**
 * An engine whose every failure is a {@link TrainerError} `ENGINE_LOST`: a lost GPU, a trap in WebAssembly, memory that ran out. Its
 * arguments were checked before, so nothing it throws is the caller's mistake.
 * @module
 */
import { messageOf } from '../foundation/index.ts'
import { TrainerError } from '../ports/index.ts'
import type { Engine } from './engine.ts'

export function guarded(engine: Engine): Engine {
  const lost = (error: unknown): never => {
    if (error instanceof TrainerError) throw error
    const [name, reason] = [engine.info.name, messageOf(error)]
    throw new TrainerError({ code: 'ENGINE_LOST', engine: name, reason }, `the ${name} engine stopped: ${reason}`)
  }
  return {
    info: engine.info,
    async startRun(start) {
      const run = await engine.startRun(start).catch(lost)
      return {
        step(features, labels) {
          try {
            run.step(features, labels)
          } catch (error) {
            lost(error)
          }
        },
        losses: () => run.losses().catch(lost),
        weights: () => run.weights().catch(lost),
        moments: () => run.moments().catch(lost),
        dispose: () => run.dispose(),
      }
    },
    async startPart(start) {
      const part = await engine.startPart(start).catch(lost)
      return {
        forward: (inputs) => part.forward(inputs).catch(lost),
        loss: (inputs, labels) => part.loss(inputs, labels).catch(lost),
        backward: (inputs, gradient) => part.backward(inputs, gradient).catch(lost),
        update: () => part.update().catch(lost),
        weights: () => part.weights().catch(lost),
        dispose: () => part.dispose(),
      }
    },
    async openModel(model, weights, atOnce) {
      const open = await engine.openModel(model, weights, atOnce).catch(lost)
      return {
        logits: (features, count) => open.logits(features, count).catch(lost),
        dispose: () => open.dispose(),
      }
    },
    close: () => engine.close(),
  }
}
