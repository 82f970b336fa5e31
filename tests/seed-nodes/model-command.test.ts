/** `zen model` against the HTTP of a seed, and `zen up --weights` by a real one. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { decodeSafetensors, initialWeights, weightsOf } from '../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../peer-core/wire/index.ts'
import { modelCommand } from '../../seed-nodes/commands/model.ts'
import { createHttpServer, type HttpServer } from '../../seed-nodes/http/index.ts'
import { readWeights } from '../../seed-nodes/model-files.ts'
import { endProcesses, isReady, zen } from '../e2e/seed-process.ts'
import { snapshot, spec, taskId } from '../http/snapshot.ts'

const model: ModelSpec = {
  input: [28, 28, 1],
  layers: [{ kind: 'flatten' }, { kind: 'dense', units: 10, activation: 'linear' }],
}
const weights = initialWeights(model, 5)
let dir: string
let seed: HttpServer
let url: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zen-model-'))
  const [task] = snapshot().tasks
  const now = snapshot({ tasks: [{ ...task!, spec: { ...spec, model } }] })
  seed = await createHttpServer({
    port: 0,
    host: '127.0.0.1',
    webRoot: dir,
    version: 'test',
    snapshot: () => now,
    rounds: () => [],
    weights: async (id) => (id === taskId ? weights : undefined),
    health: () => ({ ok: true, reasons: [] }),
  })
  url = `http://127.0.0.1:${seed.port}`
  // What a command prints is for a person.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(endProcesses)
afterAll(async () => {
  vi.restoreAllMocks()
  await seed.close()
  await rm(dir, { recursive: true, force: true })
})

const run = (...args: string[]) => modelCommand().parseAsync(args, { from: 'user' })
const weightsIn = (bytes: Uint8Array) => weightsOf(model, decodeSafetensors(bytes, 'model'), 'model')

describe('zen model export', () => {
  it('writes the model of a seed in each format', async () => {
    await run('export', join(dir, 'digits.safetensors'), '--url', url)
    expect(weightsIn(await readFile(join(dir, 'digits.safetensors')))).toEqual(weights)
    await run('export', join(dir, 'digits.onnx'), '--url', url, '--format', 'onnx', '--task', taskId)
    expect((await readFile(join(dir, 'digits.onnx'))).length).toBeGreaterThan(4 * weights.length)
  })

  it('says what is wrong in a line', async () => {
    const path = join(dir, 'none')
    await expect(run('export', path, '--url', url, '--task', 'another')).rejects.toThrow(/has no task another$/)
    await expect(run('export', path, '--url', 'http://127.0.0.1:1')).rejects.toThrow(/no seed node answers/)
    await expect(run('export', join(dir, 'no', 'where'), '--url', url)).rejects.toThrow(/where: cannot be written/)
  })
})

describe('zen model import, and zen up --weights', { timeout: 120_000 }, () => {
  it('make a task of a TF.js model, which begins with its weights', async () => {
    const [folder, task] = [join(dir, 'tfjs'), join(dir, 'task.json')]
    await run('export', folder, '--url', url, '--format', 'tfjs')
    await run('import', join(folder, 'model.json'), task)
    expect(JSON.parse(await readFile(task, 'utf8'))).toMatchObject({ model, data: { kind: 'images' } })
    await expect(run('import', join(folder, 'model.json'), task)).rejects.toThrow(/task\.json: cannot be written/)

    const args = ['up', '--no-train', '--json', '--port', '0', '--dir', join(dir, 'seed'), '--task', task]
    const up = zen(...args, '--weights', join(folder, 'model.json'))
    const { http, task: id } = await up.until(isReady, 60_000)
    const answer = await fetch(`${http}/api/tasks/${id}/model`)
    expect(weightsIn(new Uint8Array(await answer.arrayBuffer()))).toEqual(weights)
  })

  it('take no weights of another model', async () => {
    const layers: ModelSpec['layers'] = [{ kind: 'flatten' }, { kind: 'dense', units: 9, activation: 'relu' }]
    const other = { ...model, layers: [...layers, ...model.layers.slice(1)] }
    await expect(readWeights(join(dir, 'digits.safetensors'), other)).rejects.toThrow(
      /layers\.1\.kernel is 784×10, the model has 784×9/,
    )
    await expect(readWeights(join(dir, 'tfjs', 'model.json'), other)).rejects.toThrow(/is of another model/)
  })
})
