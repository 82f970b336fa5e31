/**
 * Which engine trains: by name, or the fastest by a measurement of about a second on the model at hand.
 *
 * Another engine is one more line of {@link engineLoaders}, and its name in {@link candidates} when it may be chosen unasked.
 * @module
 */
import { messageOf } from '../foundation/index.ts'
import { type EngineName, type Trainer, TrainerError } from '../ports/index.ts'
import type { Engine } from './engine.ts'
import { engineTrainer } from './engine-trainer.ts'
import { presetModel } from './presets.ts'
import { measureStep, type ProbeSpec } from './probe.ts'
import type { BackendOptions } from './tfjs/backend.ts'

export interface EngineOptions extends BackendOptions {
  /** Makes `navigator.gpu` where it is not the browser's; rejects saying what is missing. */
  readonly provideGpu?: () => Promise<void>
}

/** Rejects when this machine cannot run it. */
export type EngineLoader = (options: EngineOptions) => Promise<Engine>

/** Code is loaded when an engine is asked for, not before. */
const tfjs = async (name: 'webgpu' | 'wasm' | 'cpu', options: EngineOptions): Promise<Engine> => {
  const { tfjsEngine } = await import('./tfjs/tfjs-engine.ts')
  return tfjsEngine(name, options)
}

export const engineLoaders: Readonly<Partial<Record<EngineName, EngineLoader>>> = {
  async wasm(options) {
    const { wasmEngine } = await import('./wasm/index.ts')
    // TF.js runs without SIMD too.
    return wasmEngine().catch(() => tfjs('wasm', options))
  },
  async webgpu(options) {
    await options.provideGpu?.()
    // Looked for first: TF.js is a megabyte.
    if (!(await globalThis.navigator?.gpu?.requestAdapter())) throw new Error('no WebGPU adapter')
    return tfjs('webgpu', options)
  },
  cpu: (options) => tfjs('cpu', options),
}

/** Measured against each other, first what starts soonest. */
const candidates: readonly EngineName[] = ['wasm', 'webgpu']
/** Taken unmeasured when no candidate runs: one step of a convolutional model takes it seconds. */
const lastResort: EngineName = 'cpu'
/** Once an engine runs, another may take so long to start and be measured before it is given up. */
const patienceMs = 3_000

/** A small convolutional model on images like MNIST's. */
const defaultProbe: ProbeSpec = { model: presetModel('cnn', { shape: [28, 28, 1], classes: 10 }), batchSize: 32 }

/** What came of trying an engine. */
export type EngineTrial =
  | { readonly name: EngineName; readonly msPerStep?: number }
  | { readonly name: EngineName; readonly failure: string }

export interface TrainerOptions extends EngineOptions {
  /** `auto` when absent */
  readonly engine?: EngineName | 'auto'
  /** What `auto` came to before on this device: taken unmeasured, unless it does not run any more. */
  readonly remembered?: EngineName
  /** Not to be taken by `auto`: they were lost as soon as they were used. */
  readonly avoid?: readonly EngineName[]
  /** What to measure on: when absent, {@link defaultProbe} for `auto`, and nothing for an engine by name. */
  readonly probe?: ProbeSpec
  /** Told of every engine that was tried, in turn. */
  readonly onTrial?: (trial: EngineTrial) => void
}

/**
 * @returns a trainer whose `engine.msPerStep` says what was measured, if anything was
 * @throws {@link TrainerError} `NO_ENGINE`: what was tried, and why each failed
 */
export async function createTrainer(options: TrainerOptions = {}): Promise<Trainer> {
  const { engine: wanted = 'auto', avoid = [], onTrial } = options
  const probe = options.probe ?? (wanted === 'auto' ? defaultProbe : undefined)
  const failures = avoid.map((name) => `${name} (given up)`)
  let best: Engine | undefined
  const attempt = async (name: EngineName, measure: boolean) => {
    try {
      const patience = best === undefined ? undefined : patienceMs
      const engine = await withPatience(openEngine(name, options, measure ? probe : undefined), patience)
      onTrial?.({ name, msPerStep: engine.info.msPerStep })
      const slower = best !== undefined && msPerStep(best) <= msPerStep(engine) ? engine : best
      if (slower !== engine) best = engine
      await slower?.close()
    } catch (error) {
      failures.push(`${name} (${messageOf(error)})`)
      onTrial?.({ name, failure: messageOf(error) })
    }
  }
  if (wanted !== 'auto') {
    await attempt(wanted, true)
  } else {
    const allowed = (name: EngineName) => !avoid.includes(name)
    const { remembered } = options
    if (remembered !== undefined && allowed(remembered)) await attempt(remembered, false)
    if (best !== undefined) return engineTrainer(best)
    const rivals = candidates.filter(allowed)
    for (const name of rivals) await attempt(name, rivals.length > 1)
    if (best === undefined && allowed(lastResort)) await attempt(lastResort, false)
  }
  if (best !== undefined) return engineTrainer(best)
  const tried = failures.join(', ')
  throw new TrainerError({ code: 'NO_ENGINE', tried }, `no engine can train here; tried ${tried}`)
}

async function openEngine(name: EngineName, options: EngineOptions, probe?: ProbeSpec): Promise<Engine> {
  const load = engineLoaders[name]
  if (load === undefined) throw new Error(`there is no such engine; there are ${Object.keys(engineLoaders).join(', ')}`)
  const engine = await load(options)
  if (probe === undefined) return engine
  try {
    const msPerStep = await measureStep(engine, probe)
    return { ...engine, info: { ...engine.info, msPerStep } }
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** An engine that comes too late is closed when it comes. */
function withPatience(opening: Promise<Engine>, ms: number | undefined): Promise<Engine> {
  if (ms === undefined) return opening
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new Error(`not measured within ${ms} ms`))
    }, ms)
    opening.then((engine) => (late ? engine.close() : resolve(engine)), reject).finally(() => clearTimeout(timer))
  })
}

function msPerStep(engine: Engine): number {
  return engine.info.msPerStep ?? Number.POSITIVE_INFINITY
}
