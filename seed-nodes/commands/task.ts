/** `zen task`: task files, and the tasks of a running seed. @module */

import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { MiB } from '../../peer-core/index.ts'
import { costsOf, type DataShape, exampleShape, featureCount, tokenizerOf } from '../../peer-core/learning/index.ts'
import { summaryInWords, summaryOf } from '../data/data-summary.ts'
import { kindOfData } from '../data/kind-of-data.ts'
import { digits, loadSeedData } from '../data/seed-data.ts'
import { getJson } from '../join-target.ts'
import { checkTaskFile, readTaskFile, type TaskFile } from '../task-file.ts'
import { modelOf } from '../task-model.ts'
import { UsageError } from '../usage-error.ts'
import { jsonOption } from './options.ts'

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
    .option('--data <path>', 'infer the data part from this table or text; look at it, and edit it')
    .option('--target <column>', 'column of a table to tell from the others (the last when absent)')
    .action(async (path: string, { data, target }: { data?: string; target?: string }) => {
      const file = await inferTaskFile(data, target)
      const text = `${JSON.stringify(file, null, 2)}\n`
      await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(error.code === 'EEXIST' ? `${path} exists already` : `${path}: ${error.message}`)
      })
      const given = data === undefined ? '' : ` --data ${data}`
      process.stdout.write(`${path}: edit it, then \`zen up --task ${path}${given}\`\n`)
    })
}

async function inferTaskFile(path: string | undefined, column: string | undefined): Promise<TaskFile> {
  const kind = await kindOfData(path)
  if (column !== undefined && kind !== 'table') throw new UsageError('--target: only a table has columns')
  const target = column === undefined ? {} : { target: { column } }
  const file = checkTaskFile({ data: { kind, ...target } }, 'defaults')
  if (path === undefined || kind === 'images') return file
  const { rules } = await loadSeedData(path, file)
  return checkTaskFile({ ...file, data: { ...file.data, ...rules } }, path)
}

function checkCommand(): Command {
  return new Command('check')
    .description('check a task file, and tell what taking part will cost')
    .argument('<file>')
    .option('--data <path>', 'check it against this data, and tell what is in it')
    .addOption(jsonOption())
    .action(async (path: string, { data, json }: { data?: string; json: boolean }) => {
      const file = await readTaskFile(path)
      const seedData = data === undefined ? undefined : await loadSeedData(data, file)
      const costs = costsOf(modelOf(file, seedData ? exampleShape(seedData.rules) : shapeOf(file)), file.training)
      const summary = seedData && summaryOf(seedData)
      if (json) return void process.stdout.write(`${JSON.stringify({ ok: true, ...costs, data: summary })}\n`)
      const { parameters, bytesPerContribution, memoryBytes } = costs
      const cost = `${parameters} parameters, ${bytesPerContribution} bytes a contribution, about ${Math.ceil(memoryBytes / MiB)} MiB of memory`
      const { schedule, localSteps } = file.training
      const lines = [`${path} is fine: ${cost}`, ...(summary === undefined ? [] : summaryInWords(summary))]
      if (schedule?.decaySteps)
        lines.push(`learning rate: zero from round ${1 + Math.ceil(schedule.decaySteps / localSteps)} on`)
      process.stdout.write(`${lines.join('\n')}\n`)
    })
}

/** Of one example, as far as the file alone tells it: images are taken to be of its `data.shape`. */
function shapeOf({ data }: TaskFile): DataShape {
  switch (data.kind) {
    case 'images':
      return { shape: data.shape, classes: (data.classes ?? digits).length }
    case 'table': {
      const { columns, classes } = data
      if (columns === undefined || classes === undefined) return needsData('data.columns and data.classes')
      return { shape: [featureCount(columns)], classes: classes.length }
    }
    case 'text': {
      const { context, tokens, alphabet } = data
      if (tokens === 'characters' && alphabet === undefined) return needsData('data.alphabet')
      return { shape: [context], classes: tokenizerOf({ tokens, alphabet: alphabet ?? '' }).size, positions: context }
    }
    default:
      return data satisfies never
  }
}

function needsData(what: string): never {
  throw new UsageError(`${what} will be inferred from the data: give it with --data`)
}

function lsCommand(): Command {
  return new Command('ls')
    .description('the tasks of a running seed')
    .option('--url <url>', 'page of the seed node', 'http://127.0.0.1:8080')
    .addOption(jsonOption())
    .action(async ({ url, json }: { url: string; json: boolean }) => {
      const { tasks } = (await getJson(url, '/api/tasks')) as { tasks: { id: string; name: string; round: number }[] }
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
