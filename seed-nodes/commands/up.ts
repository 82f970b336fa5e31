/** `zen up`: a seed node with its relay, the page, and one task, which it trains on too. @module */

import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { version } from '../../peer-core/version.ts'
import { checkInvitation, givenInvitation } from '../given-invitation.ts'
import { createHttpServer } from '../http/index.ts'
import { createReporter } from '../reporter.ts'
import { type SeedNode, startSeedNode } from '../seed-node.ts'
import { untilStopped } from '../signals.ts'
import { taskSource } from '../task-source.ts'
import { addressList, engineOption, invitationOption, jsonOption, port, positiveInteger } from './options.ts'

const webRoot = fileURLToPath(new URL('../../dist/web', import.meta.url))

interface UpOptions {
  readonly data?: string
  readonly task?: string
  readonly weights?: string
  readonly join?: string
  readonly invitation?: string
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
    .option('--weights <file>', 'start from these: safetensors, or model.json of TF.js')
    .option('--port <n>', 'port of the web page and the API; 0 = any', port, 8080)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--dir <dir>', 'where everything is kept', '.zen/seed')
    .option('--rounds <n>', 'exit with 0 after so many commits', positiveInteger)
    .option('--keep <n>', 'committed models kept, the last ones; every commit is kept', positiveInteger, 100)
    .option('--join <url|multiaddr>', "instead of a task of our own, another seed's: as a member of its committee")
    .addOption(invitationOption())
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
  zen up --no-train --host 0.0.0.0 --port 80    only serve: the browsers train

Several seeds that decide together:
  zen id                                        on each: its peer id, for "committee" of the task file
  zen up --task task.json                       on one of them
  zen up --join http://one.example:8080         on the others; a restart needs nobody to be up`,
    )
    .action((options: UpOptions) => up(options))
}

async function up(options: UpOptions): Promise<void> {
  const reporter = createReporter(options.json, true)
  const invitation = await givenInvitation(options.invitation)
  const source = await taskSource(options, reporter.warn)
  let node: SeedNode | undefined
  const http = await createHttpServer({
    port: options.port,
    host: options.host,
    webRoot,
    version,
    snapshot: () => node?.peer.snapshot(),
    rounds: (task, from, limit) => node?.peer.rounds(task, from, limit) ?? [],
    weights: async (task) => node?.peer.weights(task),
    health: () => ({ ok: node !== undefined, reasons: node === undefined ? ['starting'] : [] }),
  })
  try {
    node = await startSeedNode({
      ...options,
      bootstrap: [...options.peer, ...source.bootstrap],
      evaluate: true,
      keepModels: options.keep,
      probe: source.probe,
      onFault: (where, error) => reporter.fault(where, error),
    })
    const { peer } = node
    peer.onEvent(reporter.event)
    const task = await source.task(node)
    const { spec } = peer.snapshot().tasks.find((view) => view.id === task)!
    // The last round asked for is the last one that is trained.
    const told = reporter.told(options.rounds ?? Number.POSITIVE_INFINITY, () => peer.pause(task))
    if (invitation !== undefined) checkInvitation(invitation, node.identity.peerId, task)
    await peer.join(task, { ...(await source.data(spec)), ...(invitation === undefined ? {} : { invitation }) })
    if (source.summary !== undefined) reporter.data(source.summary)
    reporter.ready({
      http: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${http.port}`,
      multiaddrs: node.addresses(),
      peerId: node.identity.peerId,
      task,
      name: spec.name,
    })
    await Promise.race([untilStopped(), told])
    reporter.flush()
  } finally {
    await node?.stop()
    await http.close()
  }
}
