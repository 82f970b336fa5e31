/** `zen task`: task files, and the tasks of a running seed. @module */

import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { parameterCount, presetModel } from '../../peer-core/learning/index.ts'
import { getJson } from '../join-target.ts'
import { checkTaskFile, readTaskFile, type TaskFile } from '../task-file.ts'
import { UsageError } from '../usage-error.ts'
import { jsonOption } from './options.ts'

const handwriting = [28, 28, 1]

export function taskCommand(): Command {
  return new Command('task')
    .description('write and check task files, list the tasks of a seed')
    .addCommand(newCommand())
    .addCommand(checkCommand())
    .addCommand(lsCommand())
    .addCommand(showCommand())
}

function newCommand(): Command {
  return new Command('new')
    .description('write a task file with every field and its default')
    .argument('<file>', 'where to write it; an existing file is left alone')
    .action(async (path: string) => {
      const text = `${JSON.stringify(checkTaskFile({}, 'defaults'), null, 2)}\n`
      await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(error.code === 'EEXIST' ? `${path} exists already` : `${path}: ${error.message}`)
      })
      process.stdout.write(`${path}: edit it, then \`zen up --task ${path}\`\n`)
    })
}

function checkCommand(): Command {
  return new Command('check')
    .description('check a task file, and tell what taking part will cost')
    .argument('<file>')
    .addOption(jsonOption())
    .action(async (path: string, { json }: { json: boolean }) => {
      const file = await readTaskFile(path)
      const parameters = parametersOf(file)
      const bytes = 4 * parameters
      if (json) process.stdout.write(`${JSON.stringify({ ok: true, parameters, bytesPerContribution: bytes })}\n`)
      else process.stdout.write(`${path} is fine: ${parameters} parameters, ${bytes} bytes a contribution\n`)
    })
}

/** For images of the size of handwriting, as long as the file does not give the layers itself. */
function parametersOf(file: TaskFile): number {
  const { classes } = file.data
  const model =
    typeof file.model === 'string'
      ? presetModel(file.model, { shape: handwriting, classes: classes.length })
      : file.model
  return parameterCount(model)
}

function lsCommand(): Command {
  return new Command('ls')
    .description('the tasks of a running seed')
    .option('--url <url>', 'page of the seed node', 'http://127.0.0.1:8080')
    .addOption(jsonOption())
    .action(async ({ url, json }: { url: string; json: boolean }) => {
      const tasks = (await getJson(url, '/api/tasks')) as { id: string; name: string; round: number }[]
      for (const task of tasks) {
        process.stdout.write(json ? `${JSON.stringify(task)}\n` : `${task.id}  round ${task.round}  ${task.name}\n`)
      }
    })
}

function showCommand(): Command {
  return new Command('show')
    .description('the last rounds of a task')
    .argument('<id>', 'from `zen task ls`')
    .option('--url <url>', 'page of the seed node', 'http://127.0.0.1:8080')
    .addOption(jsonOption())
    .action(async (id: string, { url, json }: { url: string; json: boolean }) => {
      const rounds = await getJson(url, `/api/tasks/${encodeURIComponent(id)}/rounds`)
      process.stdout.write(`${JSON.stringify(rounds, null, json ? 0 : 2)}\n`)
    })
}
