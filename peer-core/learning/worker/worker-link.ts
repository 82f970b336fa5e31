/**
 * One training worker from its start to its end: whoever waits for an answer learns when there will be none.
 * @module
 */
import * as comlink from 'comlink'
import { messageOf, second } from '../../foundation/index.ts'
import { type EngineInfo, type SpawnedWorker, TrainerError } from '../../ports/index.ts'
import type { EngineTrial } from '../engines.ts'
import { type CallId, type Outcome, type TrainingService, unwrap } from './protocol.ts'
import type { OpenOptions } from './succession.ts'

type Service = comlink.Remote<TrainingService>

/** What a call asks for. */
export type Task = Exclude<keyof TrainingService, 'cancel'>

/** Take as long as they take: whoever asked can tell them to stop. */
const cancellable: ReadonlySet<Task> = new Set<Task>(['train', 'evaluate'])

export interface WorkerLink {
  readonly engine: EngineInfo
  readonly trials: readonly EngineTrial[]
  readonly lost: boolean
  /** Whether everything that was asked when it was lost had been done by it before. */
  readonly worked: boolean
  /**
   * What nobody can cancel and has no answer within `patienceMs` hangs: the worker is ended.
   *
   * @throws what the other side threw; {@link TrainerError} `ENGINE_LOST` as soon as the worker is lost
   */
  call<T>(task: Task, ask: (service: Service) => Promise<Outcome<T>>): Promise<T>
  /** Tells it to stop a call. One that goes on for longer than `patienceMs` hangs: the worker is ended. */
  cancel(call: CallId, asked: Promise<unknown>): void
  /** Ends the worker; calls that wait reject. */
  end(reason: string): Promise<void>
}

/**
 * @param worker - just started; it runs `serveTrainer`
 * @param patienceMs - a call that was told to stop may take, a step of it at least; as long may opening an engine
 * @param closing - ends the worker, also while it opens
 * @throws {@link TrainerError} `NO_ENGINE`; `ENGINE_LOST` when the worker does not start
 */
export async function openLink(
  worker: SpawnedWorker,
  options: OpenOptions,
  patienceMs: number,
  closing: AbortSignal,
): Promise<WorkerLink> {
  const service = comlink.wrap<TrainingService>(worker.endpoint)
  const waiting = new Map<(error: TrainerError) => void, Task>()
  const done = new Set<Task>()
  let engine: EngineInfo | undefined
  let lost: TrainerError | undefined
  let worked = true

  const lose = (reason: string) => {
    if (lost !== undefined) return
    const fault = { code: 'ENGINE_LOST', engine: engine?.name ?? options.engine ?? 'auto', reason } as const
    lost = new TrainerError(fault, `the training worker stopped: ${reason}`)
    worked = [...waiting.values()].every((task) => done.has(task))
    for (const reject of waiting.keys()) reject(lost)
  }
  const onClosing = () => void end('closed')
  const end = async (reason: string) => {
    closing.removeEventListener('abort', onClosing)
    lose(reason)
    await worker.terminate()
  }
  closing.addEventListener('abort', onClosing, { once: true })
  // A browser's worker lives on after an error that nobody caught.
  worker.onLost((reason) => void end(reason))

  const call = <T>(task: Task, ask: (service: Service) => Promise<Outcome<T>>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (lost !== undefined) return reject(lost)
      const hangs = () => void end(`it gave no answer to ${task} within ${patienceMs / second} s`)
      const timer = cancellable.has(task) ? undefined : setTimeout(hangs, patienceMs)
      const settled = () => {
        clearTimeout(timer)
        waiting.delete(fail)
      }
      const fail = (error: unknown) => {
        settled()
        reject(error)
      }
      const succeed = (value: T) => {
        settled()
        done.add(task)
        resolve(value)
      }
      waiting.set(fail, task)
      ask(service)
        .then(unwrap)
        .then(succeed, (error: unknown) => {
          // A GPU that was lost, a trap in WebAssembly: the next worker begins afresh.
          if (error instanceof TrainerError && error.code === 'ENGINE_LOST') {
            reject(error)
            void end(error.message)
          } else fail(error)
        })
    })

  try {
    const opened = await call('open', (service) => service.open(options))
    engine = opened.engine
    return {
      ...opened,
      get lost() {
        return lost !== undefined
      },
      get worked() {
        return worked
      },
      call,
      cancel(id, asked) {
        void service.cancel(id)
        const hangs = () => void end(`it went on for ${patienceMs / second} s after it was told to stop`)
        const timer = setTimeout(hangs, patienceMs)
        const answered = () => clearTimeout(timer)
        asked.then(answered, answered)
      },
      end,
    }
  } catch (error) {
    await end(messageOf(error))
    throw error
  }
}
