import { MessageChannel } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  createRemoteTrainer,
  generateHandwriting,
  initialWeights,
  ModelError,
  presetModel,
  serveTrainer,
  type TrainerOptions,
} from '../../../peer-core/learning/index.ts'
import { createWasmTrainer } from '../../../peer-core/learning/wasm/index.ts'
import {
  type EngineInfo,
  type EngineName,
  isStreamed,
  type LoadableExamples,
  type SpawnedWorker,
  type Trainer,
  TrainerError,
} from '../../../peer-core/ports/index.ts'
import { closedFormTrainer } from '../../../peer-core/testing/closed-form-trainer.ts'
import { trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import { trainingSchema } from '../../../peer-core/wire/index.ts'
import { describeTrainer } from '../describe-trainer.ts'

const written = generateHandwriting({ writers: 1, examplesPerWriter: 20, seed: 1 })
const model = presetModel('mlp', written)
const weights = initialWeights(model, 1)
const training = trainingSchema.parse({ localSteps: 5 })
const job = { model, training, weights, data: 'data', seed: 1, timeBudgetMs: 1e9 }

interface FactoryOptions {
  readonly msPerStep?: number
  readonly first?: Trainer
  /** What a worker opens. */
  readonly open?: (options: TrainerOptions) => Trainer | Promise<Trainer>
}

/** Workers that are two ends of a channel, to be killed at will. */
function factory({ msPerStep = 0, first, open = () => closedFormTrainer({ msPerStep }) }: FactoryOptions = {}) {
  const spawned: { kill(reason: string): void; options?: TrainerOptions; ended: boolean }[] = []
  const spawn = (): SpawnedWorker => {
    const { port1, port2 } = new MessageChannel()
    let lost: ((reason: string) => void) | undefined
    const worker: (typeof spawned)[number] = {
      ended: false,
      kill(reason) {
        port1.close()
        lost?.(reason)
      },
    }
    spawned.push(worker)
    serveTrainer(port1 as unknown as Endpoint, async (options) => {
      worker.options = options
      return spawned.length === 1 && first !== undefined ? first : open(options)
    })
    return {
      endpoint: port2 as unknown as Endpoint,
      onLost(call) {
        lost = call
      },
      terminate() {
        worker.ended = true
        port1.close()
      },
    }
  }
  return { spawn, spawned }
}

/** Machines of three engines, of which some are lost whenever they train. */
function engines(broken: ReadonlySet<EngineName>) {
  const order: readonly EngineName[] = ['webgpu', 'wasm', 'cpu']
  return factory({
    open({ engine, avoid = [] }) {
      const name = engine === 'auto' ? order.find((one) => !avoid.includes(one)) : engine
      if (name === undefined) throw new TrainerError({ code: 'NO_ENGINE', tried: avoid.join(', ') })
      const inner = closedFormTrainer()
      const fault = { code: 'ENGINE_LOST', engine: name, reason: 'device lost' } as const
      return {
        ...inner,
        engine: { name, detail: 'test' },
        train: (...call) => (broken.has(name) ? Promise.reject(new TrainerError(fault)) : inner.train(...call)),
      }
    },
  })
}

describeTrainer('createRemoteTrainer', trainerCases, () => createRemoteTrainer(factory({ msPerStep: 0.1 }).spawn))

describe('createRemoteTrainer', () => {
  it('rejects what waits when the worker dies, and goes on with another that has the data again', async () => {
    const { spawn, spawned } = factory({ msPerStep: 1 })
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    const endless = { ...job, training: { ...training, localSteps: 1_000_000 } }
    const calls = [trainer.train(endless), trainer.train(endless)]
    const settled = Promise.allSettled(calls)
    await trainer.train(job)
    spawned[0]?.kill('out of memory')
    for (const { status, reason } of (await settled) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected')
      expect(reason).toBeInstanceOf(TrainerError)
      expect(reason.fault).toEqual({ code: 'ENGINE_LOST', engine: 'closed-form', reason: 'out of memory' })
    }
    const results = await Promise.all([trainer.evaluate(job), trainer.train(job), trainer.evaluate(job)])
    expect(results[0]).toEqual(results[2])
    expect(spawned.length).toBe(2)
    expect(spawned[1]?.options?.engine).toBe('closed-form')
    await trainer.close()
  })

  it('lets a worker that stops when told to live', async () => {
    const { spawn, spawned } = factory({ msPerStep: 1 })
    const trainer = await createRemoteTrainer(spawn, { patienceMs: 60_000 })
    await trainer.load('data', written)
    const controller = new AbortController()
    const endless = { ...job, training: { ...training, localSteps: 1_000_000 } }
    const cancelled = trainer.train(endless, { signal: controller.signal })
    await trainer.train(job)
    controller.abort(new Error('the round is over'))
    await expect(cancelled).rejects.toThrow('the round is over')
    await trainer.train(job)
    expect(spawned.length).toBe(1)
    await trainer.close()
  })

  it('replaces a worker whose engine says that it is lost', async () => {
    const fault = { code: 'ENGINE_LOST', engine: 'webgpu', reason: 'device lost' } as const
    const broken: Trainer = { ...closedFormTrainer(), evaluate: () => Promise.reject(new TrainerError(fault)) }
    const { spawn, spawned } = factory({ first: broken })
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    await expect(trainer.evaluate(job)).rejects.toMatchObject({ fault })
    expect(spawned[0]?.ended).toBe(true)
    expect((await trainer.evaluate(job)).examples).toBe(20)
    await trainer.close()
  })

  it('gives up an engine that is lost at its first training, for the next, and says so', async () => {
    const { spawn, spawned } = engines(new Set<EngineName>(['webgpu']))
    const givenUp: unknown[] = []
    const onGivenUp = (lost: EngineName, { name }: EngineInfo) => void givenUp.push([lost, name])
    const trainer = await createRemoteTrainer(spawn, { engine: 'webgpu', onGivenUp })
    await trainer.load('data', written)
    await trainer.evaluate(job)
    await expect(trainer.train(job)).rejects.toMatchObject({ fault: { engine: 'webgpu' } })
    expect((await trainer.train(job)).steps).toBe(5)
    expect(trainer.engine.name).toBe('wasm')
    expect(givenUp).toEqual([['webgpu', 'wasm']])
    // The next one is kept when its worker dies, and the one that was given up does not come back.
    spawned.at(-1)?.kill('gone')
    expect((await trainer.train(job)).steps).toBe(5)
    expect(spawned.map(({ options }) => options?.engine)).toEqual(['webgpu', 'auto', 'wasm'])
    await trainer.close()
  })

  it('opens an engine again that had trained before, once', async () => {
    const broken = new Set<EngineName>()
    const { spawn, spawned } = engines(broken)
    const trainer = await createRemoteTrainer(spawn, { engine: 'auto' })
    await trainer.load('data', written)
    await trainer.train(job)
    broken.add('webgpu')
    await expect(trainer.train(job)).rejects.toMatchObject({ fault: { engine: 'webgpu' } })
    await expect(trainer.train(job)).rejects.toMatchObject({ fault: { engine: 'webgpu' } })
    expect((await trainer.train(job)).steps).toBe(5)
    expect(spawned.map(({ options }) => options?.engine)).toEqual(['auto', 'webgpu', 'auto'])
    await trainer.close()
  })

  it('tries all engines again when none was left', async () => {
    const broken = new Set<EngineName>(['webgpu', 'wasm', 'cpu'])
    const { spawn } = engines(broken)
    const trainer = await createRemoteTrainer(spawn, { engine: 'auto', remembered: 'webgpu' })
    await trainer.load('data', written)
    for (const engine of ['webgpu', 'wasm', 'cpu']) {
      await expect(trainer.train(job)).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST', engine } })
    }
    await expect(trainer.train(job)).rejects.toMatchObject({ fault: { code: 'NO_ENGINE' } })
    broken.delete('cpu')
    const outcomes = await Array.fromAsync({ length: 3 }, () =>
      trainer.train(job).then(() => trainer.engine.name, String),
    )
    expect(outcomes.at(-1)).toBe('cpu')
    await trainer.close()
  })

  it('hands many images over as a blob, to be read in pieces, and trains on them', async () => {
    const many = { ...written, features: new Uint8Array(12_000 * 784).fill(9), labels: new Uint8Array(12_000) }
    const loaded: LoadableExamples[] = []
    const inner = await createWasmTrainer()
    const load: Trainer['load'] = (data, examples) => {
      loaded.push(examples)
      return inner.load(data, examples)
    }
    const trainer = await createRemoteTrainer(factory({ first: { ...inner, load } }).spawn)
    await trainer.load('few', written)
    await trainer.load('data', many)
    expect(loaded.map(isStreamed)).toEqual([false, true])
    expect((await trainer.train(job)).steps).toBe(5)
    expect((await trainer.evaluate(job)).examples).toBe(12_000)
    await trainer.close()
  })

  it('does not hand over what was unloaded', async () => {
    const { spawn, spawned } = factory()
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    spawned[0]?.kill('gone')
    await trainer.unload('data')
    expect(spawned.length).toBe(1)
    await expect(trainer.evaluate(job)).rejects.toMatchObject({ fault: { code: 'UNKNOWN_DATA' } })
    await trainer.close()
  })

  it('rejects when no worker starts, and tries again at the next call', async () => {
    const { spawn, spawned } = factory()
    let broken = false
    const trainer = await createRemoteTrainer(() => {
      if (!broken) return spawn()
      const worker = spawn()
      return { ...worker, onLost: (call) => setImmediate(call, 'its script failed') }
    })
    await trainer.load('data', written)
    broken = true
    spawned[0]?.kill('gone')
    await expect(trainer.evaluate(job)).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST' } })
    broken = false
    expect((await trainer.evaluate(job)).examples).toBe(20)
    await trainer.close()
    expect(spawned.filter(({ ended }) => !ended)).toEqual([])
  })

  it('rejects a cancelled call at once and tells nothing more, whatever the worker does', async () => {
    const deaf: Trainer = {
      ...closedFormTrainer(),
      train: (_, { onProgress } = {}) =>
        new Promise((resolve) => {
          for (let step = 1; step <= 3; step++) onProgress?.({ step, steps: 3, loss: 1 })
          setImmediate(() => {
            onProgress?.({ step: 3, steps: 3, loss: 1 })
            resolve({ delta: new Float32Array(1), steps: 3, examples: 3, loss: 1, ms: 1 })
          })
        }),
    }
    const trainer = await createRemoteTrainer(factory({ first: deaf }).spawn)
    const controller = new AbortController()
    const told: number[] = []
    const onProgress = ({ step }: { step: number }) => {
      told.push(step)
      controller.abort()
    }
    const thrown = await trainer.train(job, { signal: controller.signal, onProgress }).catch((error: unknown) => error)
    expect(thrown).toBe(controller.signal.reason)
    await trainer.load('data', written)
    await trainer.evaluate(job)
    expect(told).toEqual([1])
    await trainer.close()
  })

  it('brings faults over whole', async () => {
    const trainer = await createRemoteTrainer(factory().spawn)
    await trainer.load('data', written)
    const flat = { input: [4], layers: [{ kind: 'max-pool2d', size: 2 }] as const }
    const wrong = await trainer
      .evaluate({ ...job, model: { ...flat, layers: [...flat.layers] } })
      .catch((error) => error)
    expect(wrong).toBeInstanceOf(ModelError)
    expect(wrong.fault).toMatchObject({ code: 'WRONG_RANK', layer: 0 })
    expect(wrong.message).toMatch('needs an image')
    await trainer.close()
  })

  it('lets a caller that fails on progress know, and stops', async () => {
    const trainer = await createRemoteTrainer(factory().spawn)
    await trainer.load('data', written)
    const mistake = new Error('mistake')
    const onProgress = () => {
      throw mistake
    }
    await expect(trainer.train(job, { onProgress })).rejects.toBe(mistake)
    await trainer.close()
  })
})

describe('createRemoteTrainer, of a worker that hangs', () => {
  // Patience runs out when a test says so, and never before.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())
  const patienceRunsOut = () => vi.advanceTimersByTimeAsync(2 * 60_000)

  /** What never answers, and when it was asked. */
  function hanging() {
    const reached = Promise.withResolvers<void>()
    const hang = () => {
      reached.resolve()
      return new Promise<never>(() => {})
    }
    return { hang, asked: reached.promise }
  }

  it('takes one that goes on after it was told to stop for dead, and goes on with another', async () => {
    const { hang } = hanging()
    const { spawn, spawned } = factory({ first: { ...closedFormTrainer(), train: hang } })
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    const controller = new AbortController()
    const alone = trainer.train(job)
    const cancelled = trainer.train(job, { signal: controller.signal })
    await trainer.evaluate(job)
    controller.abort(new Error('the round is over'))
    await expect(cancelled).rejects.toThrow('the round is over')
    const failed = expect(alone).rejects.toThrow('it went on for 120 s after it was told to stop')
    await patienceRunsOut()
    await failed
    expect(spawned[0]?.ended).toBe(true)
    await trainer.train(job)
    expect(spawned.length).toBe(2)
    await trainer.close()
  })

  it.each(['load', 'predict', 'unload'] as const)('takes one that never ends a %s for dead', async (task) => {
    const { hang, asked } = hanging()
    const { spawn, spawned } = factory({ first: { ...closedFormTrainer(), [task]: hang } })
    const trainer = await createRemoteTrainer(spawn)
    const calls = {
      load: () => trainer.load('data', written),
      predict: () => trainer.predict(model, weights, new Float32Array(784)),
      unload: () => trainer.unload('data'),
    }
    const failed = expect(calls[task]()).rejects.toThrow(`it gave no answer to ${task} within 120 s`)
    await asked
    await patienceRunsOut()
    await failed
    expect(spawned[0]?.ended).toBe(true)
    await trainer.load('data', written)
    expect((await trainer.train(job)).steps).toBe(5)
    expect(spawned.length).toBe(2)
    await trainer.close()
  })

  it('waits for training and scoring for as long as nobody cancels them', async () => {
    const { hang, asked } = hanging()
    const { spawn, spawned } = factory({ first: { ...closedFormTrainer(), train: hang } })
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    const ended = expect(trainer.train(job)).rejects.toThrow('closed')
    await asked
    for (let i = 0; i < 5; i++) await patienceRunsOut()
    expect(spawned[0]?.ended).toBe(false)
    await trainer.close()
    await ended
  })

  it('rejects when the first never opens, and ends it', async () => {
    const { hang, asked } = hanging()
    const { spawn, spawned } = factory({ open: hang })
    const failed = expect(createRemoteTrainer(spawn)).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST' } })
    await asked
    await patienceRunsOut()
    await failed
    expect(spawned[0]?.ended).toBe(true)
  })

  it('goes on with the next engine where the one that was lost does not open again', async () => {
    const { hang, asked } = hanging()
    const named = (name: EngineName) => ({ ...closedFormTrainer(), engine: { name, detail: 'test' } })
    const { spawn, spawned } = factory({
      open({ engine, avoid = [] }) {
        if (spawned.length === 1) return named('webgpu')
        return engine === 'webgpu' || !avoid.includes('webgpu') ? hang() : named('wasm')
      },
    })
    const givenUp: unknown[] = []
    const onGivenUp = (lost: EngineName, { name }: EngineInfo) => void givenUp.push([lost, name])
    const trainer = await createRemoteTrainer(spawn, { onGivenUp })
    await trainer.load('data', written)
    await trainer.train(job)
    spawned[0]?.kill('the GPU was reset')
    const next = trainer.train(job)
    await asked
    await patienceRunsOut()
    expect((await next).steps).toBe(5)
    expect(trainer.engine.name).toBe('wasm')
    expect(givenUp).toEqual([['webgpu', 'wasm']])
    expect(spawned.map(({ ended }) => ended)).toEqual([true, true, false])
    await trainer.close()
  })

  /** A trainer whose first worker is gone, and whose second hangs while it opens or takes the data. */
  async function replaced(what: 'open' | 'load') {
    const { hang, asked } = hanging()
    const second = () => (what === 'open' ? hang() : { ...closedFormTrainer(), load: hang })
    const { spawn, spawned } = factory({ open: () => (spawned.length === 2 ? second() : closedFormTrainer()) })
    const trainer = await createRemoteTrainer(spawn)
    await trainer.load('data', written)
    spawned[0]?.kill('gone')
    return { trainer, spawned, asked }
  }

  it.each(['open', 'load'] as const)('rejects at once what is cancelled while another is to %s', async (what) => {
    const { trainer, spawned, asked } = await replaced(what)
    const controller = new AbortController()
    const cancelled = trainer.train(job, { signal: controller.signal })
    const waits = trainer.train(job)
    await asked
    controller.abort(new Error('the round is over'))
    await expect(cancelled).rejects.toThrow('the round is over')
    const settled = Promise.allSettled([waits])
    await patienceRunsOut()
    // One that opens but does not take the data is lost, and the next call starts another.
    expect((await settled)[0]?.status).toBe(what === 'open' ? 'fulfilled' : 'rejected')
    expect(spawned[1]?.ended).toBe(true)
    expect((await trainer.train(job)).steps).toBe(5)
    expect(spawned.length).toBe(3)
    await trainer.close()
  })

  it.each(['open', 'load'] as const)('closes while another is to %s, and starts no more', async (what) => {
    const { trainer, spawned, asked } = await replaced(what)
    const calls = [trainer.train(job), trainer.evaluate(job), trainer.load('more', written)]
    const settled = Promise.allSettled(calls)
    await asked
    await trainer.close()
    for (const { status } of await settled) expect(status).toBe('rejected')
    expect(spawned.map(({ ended }) => ended)).toEqual([true, true])
    // Nothing keeps a process alive.
    expect(vi.getTimerCount()).toBe(0)
    await expect(trainer.evaluate(job)).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST', reason: 'closed' } })
  })
})
