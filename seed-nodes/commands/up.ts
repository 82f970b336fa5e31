/** `zen up`: a seed node with its relay, the page, and one task, which it trains on too. @module */

import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { sha256, type TaskId, type TaskSpec, utf8ToBytes } from '../../peer-core/index.ts'
import { exampleShape } from '../../peer-core/learning/index.ts'
import { version } from '../../peer-core/version.ts'
import { summaryOf } from '../data/data-summary.ts'
import { kindOfData } from '../data/kind-of-data.ts'
import { loadSeedData, type SeedData } from '../data/seed-data.ts'
import { createHttpServer } from '../http/index.ts'
import { dealOut, publishData } from '../published-data.ts'
import { createReporter } from '../reporter.ts'
import { type SeedNode, startSeedNode } from '../seed-node.ts'
import { untilStopped } from '../signals.ts'
import { checkTaskFile, readTaskFile, type TaskFile } from '../task-file.ts'
import { modelOf } from '../task-model.ts'
import { addressList, engineOption, jsonOption, port, positiveInteger } from './options.ts'

const webRoot = fileURLToPath(new URL('../../dist/web', import.meta.url))

interface UpOptions {
  readonly data?: string
  readonly task?: string
  readonly port: number
  readonly host: string
  readonly dir: string
  readonly rounds?: number
  readonly keep: number
  readonly train: boolean
  readonly peer: readonly string[]
  readonly announce: readonly string[]
  readonly engine: 'auto' | 'webgpu' | 'wasm' | 'cpu'
  readonly json: boolean
}

export function upCommand(): Command {
  return new Command('up')
    .description('start a seed node: relay, storage, web page and one task, and train on it')
    .option(
      '--data <path>',
      'folder with the four IDX files of an image set, a CSV or TSV file, a text file, or a folder of them (generated handwriting when absent)',
    )
    .option('--task <file>', 'task file (see `zen task new`)')
    .option('--port <n>', 'port of the web page and the API; 0 = any', port, 8080)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--dir <dir>', 'where everything is kept', '.zen/seed')
    .option('--rounds <n>', 'exit with 0 after so many commits', positiveInteger)
    .option('--keep <n>', 'committed models kept, the last ones; every commit is kept', positiveInteger, 100)
    .option('--no-train', 'serve, store and vote, but do not train')
    .option('--peer <multiaddr>', 'another seed or relay to stay connected to (repeatable)', addressList, [])
    .option('--announce <multiaddr>', 'our address as others see it (repeatable)', addressList, [])
    .addOption(engineOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  zen up                                        generated handwriting, http://127.0.0.1:8080
  zen up --data ./mnist --rounds 10 --json      ten rounds on MNIST, events as JSON lines
  zen up --data patients.csv                    a consortium's own table; its rows never leave
  zen up --no-train --host 0.0.0.0 --port 80    only serve: the browsers train`,
    )
    .action((options: UpOptions) => up(options))
}

async function up(options: UpOptions): Promise<void> {
  const file =
    options.task === undefined
      ? checkTaskFile({ data: { kind: await kindOfData(options.data) } }, 'defaults')
      : await readTaskFile(options.task)
  const data = await loadSeedData(options.data, file)
  const model = modelOf(file, exampleShape(data.rules))
  // Fails now rather than after the directory was made.
  dealOut(data, file)

  let node: SeedNode | undefined
  const http = await createHttpServer({
    port: options.port,
    host: options.host,
    webRoot,
    version,
    snapshot: () => node?.peer.snapshot(),
    rounds: (task, from, limit) => node?.peer.rounds(task, from, limit) ?? [],
    health: () => ({ ok: node !== undefined, reasons: node === undefined ? ['starting'] : [] }),
  })
  const reporter = createReporter(options.json, true)
  try {
    node = await startSeedNode({
      ...options,
      bootstrap: options.peer,
      evaluate: true,
      keepModels: options.keep,
      probe: { model, batchSize: file.training.batchSize },
      onFault: (where, error) => reporter.fault(where, error),
    })
    const { peer } = node
    peer.onEvent(reporter.event)
    const task = await ensureTask(node, file, data, model)
    // The last round asked for is the last one that is trained.
    const told = reporter.told(options.rounds ?? Number.POSITIVE_INFINITY, () => peer.pause(task))
    await peer.join(task, { ...(options.train ? { ownData: data.train } : {}), ownTest: data.test })
    reporter.data(summaryOf(data))
    reporter.ready({
      http: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${http.port}`,
      multiaddrs: node.addresses(),
      peerId: node.identity.peerId,
      task,
      name: file.name,
    })
    await Promise.race([untilStopped(), told])
    reporter.flush()
  } finally {
    await node?.stop()
    await http.close()
  }
}

/** The task of an earlier start with the same file and data, or a new one. */
async function ensureTask(node: SeedNode, file: TaskFile, data: SeedData, model: TaskSpec['model']): Promise<TaskId> {
  const { peer, identity, stores } = node
  const { pipeline, ...aggregation } = file.aggregation
  const plain = {
    v: 1,
    name: file.name,
    description: file.description,
    model,
    data: await publishData(data, file, (bytes) => peer.share(bytes)),
    training: file.training,
    round: file.round,
    aggregation: { ...aggregation, pipeline: [...pipeline] },
    committee: file.committee.length > 0 ? file.committee : [{ peer: identity.peerId, power: 1 }],
    seed: file.seed,
  } as const
  const key = `task-of/${sha256(utf8ToBytes(JSON.stringify(plain)))}`
  const known = await stores.records.get(key)
  if (known !== undefined) return new TextDecoder().decode(known) as TaskId
  const task = await peer.publish({ ...plain, created: Date.now() } as TaskSpec)
  await stores.records.put(key, utf8ToBytes(task))
  return task
}
