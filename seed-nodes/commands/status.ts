/** `zen status` and `zen peers`: what a running seed says of itself. @module */
import { Command } from 'commander'
import { statusViewSchema } from '../http/status-view.ts'
import { fetchStatus } from '../join-target.ts'
import { jsonOption } from './options.ts'

interface Options {
  readonly url: string
  readonly json: boolean
}

function asking(
  name: string,
  description: string,
  show: (status: ReturnType<typeof statusViewSchema.parse>) => string[],
) {
  return new Command(name)
    .description(description)
    .option('--url <url>', 'page of the seed node', 'http://127.0.0.1:8080')
    .addOption(jsonOption())
    .addHelpText('after', `\nExample:\n  zen ${name} --url http://127.0.0.1:8080`)
    .action(async (options: Options) => {
      const status = await fetchStatus(options.url)
      if (options.json) process.stdout.write(`${JSON.stringify(status)}\n`)
      else for (const line of show(statusViewSchema.parse(status))) process.stdout.write(`${line}\n`)
    })
}

export function statusCommand(): Command {
  return asking('status', 'what runs on a seed node', (status) => [
    `${status.peerId}  (version ${status.version})`,
    ...status.multiaddrs.map((address) => `  ${address}`),
    ...status.tasks.map((task) => `${task.name}: round ${task.round}, ${task.contributors} contributed last`),
    `${status.peers.length} peers`,
  ])
}

export function peersCommand(): Command {
  return asking('peers', 'who takes part, and how they are connected', (status) =>
    status.peers.length === 0
      ? ['nobody but the seed']
      : status.peers.map((peer) =>
          [
            peer.peer,
            peer.status.padEnd(9),
            (peer.path ?? 'heard of').padEnd(13),
            peer.engine,
            peer.reputation.toFixed(2),
          ].join('  '),
        ),
  )
}
