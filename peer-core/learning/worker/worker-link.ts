/**
 * One training worker from its start to its end: whoever waits for an answer learns when there will be none.
 * @module
 */
import * as comlink from 'comlink'
import { type EngineInfo, type SpawnedWorker, TrainerError } from '../../ports/index.ts'
import type { EngineTrial, TrainerOptions } from '../engines.ts'
import { type CallId, type Outcome, type TrainingService, unwrap } from './protocol.ts'

type Service = comlink.Remote<TrainingService>

export interface WorkerLink {
  readonly engine: EngineInfo
  readonly trials: readonly EngineTrial[]
  readonly lost: boolean
  /** @throws what the other side threw; {@link TrainerError} `ENGINE_LOST` as soon as the worker is lost */
  call<T>(ask: (service: Service) => Promise<Outcome<T>>): Promise<T>
  cancel(call: CallId): void
  /** Ends the worker; calls that wait reject. */
  end(reason: string): Promise<void>
}

/**
 * @param worker - just started; it runs `serveTrainer`
 * @throws {@link TrainerError} `NO_ENGINE`; `ENGINE_LOST` when the worker does not start
 */
export async function openLink(worker: SpawnedWorker, options: Omit<TrainerOptions, 'onTrial'>): Promise<WorkerLink> {
  const service = comlink.wrap<TrainingService>(worker.endpoint)
  const waiting = new Set<(error: TrainerError) => void>()
  let engine: EngineInfo | undefined
  let lost: TrainerError | undefined

  const lose = (reason: string) => {
    if (lost !== undefined) return
    const fault = { code: 'ENGINE_LOST', engine: engine?.name ?? options.engine ?? 'auto', reason } as const
    lost = new TrainerError(fault, `the training worker stopped: ${reason}`)
    for (const reject of waiting) reject(lost)
  }
  const end = async (reason: string) => {
    lose(reason)
    await worker.terminate()
  }
  // A browser's worker lives on after an error that nobody caught.
  worker.onLost((reason) => void end(reason))

  const call = <T>(ask: (service: Service) => Promise<Outcome<T>>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (lost !== undefined) return reject(lost)
      waiting.add(reject)
      ask(service)
        .then(unwrap)
        .then(resolve, (error: unknown) => {
          reject(error)
          // A GPU that was lost, a trap in WebAssembly: the next worker begins afresh.
          if (error instanceof TrainerError && error.code === 'ENGINE_LOST') void end(error.message)
        })
        .finally(() => waiting.delete(reject))
    })

  try {
    const opened = await call((service) => service.open(options))
    engine = opened.engine
    return {
      ...opened,
      get lost() {
        return lost !== undefined
      },
      call,
      cancel: (id) => void service.cancel(id),
      end,
    }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}
