/** `zen model`: trained models out of a seed, and models of others into a task. @module */
import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { MiB, messageOf, taskSchema } from '../../peer-core/index.ts'
import { costsOf, decodeSafetensors, logitsOf, weightsOf } from '../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../peer-core/wire/index.ts'
import { getBytes, getJson } from '../join-target.ts'
import { type ModelFormat, modelFormats, readTopology, writeModel } from '../model-files.ts'
import { checkTaskFile } from '../task-file.ts'
import { UsageError } from '../usage-error.ts'

export function modelCommand(): Command {
  return new Command('model')
    .description('export a trained model, or make a task of a model that exists')
    .addCommand(exportCommand())
    .addCommand(importCommand())
}

const tasksSchema = z.object({ tasks: z.array(z.object({ id: z.string(), round: z.int(), spec: taskSchema })) })
const maxModelBytes = 160 * MiB

function exportCommand(): Command {
  return new Command('export')
    .description('write the last committed model of a running seed')
    .argument('<path>', 'file to write, or for tfjs a folder')
    .option('--url <url>', 'page of the seed node', 'http://127.0.0.1:8080')
    .option('--task <id>', 'which task, when the seed has several')
    .addOption(new Option('--format <name>', 'of the file').choices(modelFormats).default('safetensors'))
    .action(async (path: string, { url, task: id, format }: { url: string; task?: string; format: ModelFormat }) => {
      const { tasks } = tasksSchema.parse(await getJson(url, '/api/tasks'))
      const task = id === undefined ? tasks[0] : tasks.find((one) => one.id === id)
      if (task === undefined) throw new UsageError(`${url} has no ${id === undefined ? 'task' : `task ${id}`}`)
      const { name, model } = task.spec
      const bytes = await getBytes(url, `/api/tasks/${task.id}/model`, maxModelBytes)
      const weights = weightsOf(model, decodeSafetensors(bytes, url), url)
      await writeModel(path, format, { name, model, weights })
      process.stdout.write(`${path}: ${name}, ${weights.length} weights after round ${task.round}\n`)
    })
}

function importCommand(): Command {
  return new Command('import')
    .description('write a task file whose model is that of a TF.js LayersModel')
    .argument('<model.json>', 'as TF.js saves it')
    .argument('<task.json>', 'where to write the task file; an existing file is left alone')
    .action(async (source: string, path: string) => {
      const { model } = await readTopology(source)
      const file = checkTaskFile({ model, data: dataFor(model) }, source)
      await writeFile(path, `${JSON.stringify(file, null, 2)}\n`, { flag: 'wx' }).catch((error: unknown) => {
        throw new UsageError(`${path}: cannot be written: ${messageOf(error)}`)
      })
      const { parameters } = costsOf(model, file.training)
      process.stdout.write(
        `${path}: ${parameters} parameters; edit its data, then \`zen up --task ${path}\`, with --weights ${source} to start from its weights\n`,
      )
    })
}

/** A beginning of the data part that suits a model's input and output. */
function dataFor(model: ModelSpec): object {
  if (model.input.length !== 3) return { kind: 'table' }
  return { kind: 'images', classes: Array.from({ length: logitsOf(model).classes }, (_, i) => String(i)) }
}
