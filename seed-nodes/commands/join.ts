/** `zen join`: a contributor without a page, in a process of its own. @module */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { Command } from 'commander'
import { existing } from '../data/named-files.ts'
import { loadOwnData } from '../data/own-data.ts'
import { findTask, taskId } from '../find-task.ts'
import { checkInvitation, givenInvitation } from '../given-invitation.ts'
import { resolveAddresses } from '../join-target.ts'
import { createReporter } from '../reporter.ts'
import { type SeedNode, startSeedNode } from '../seed-node.ts'
import { untilStopped } from '../signals.ts'
import { engineOption, invitationOption, jsonOption, positiveInteger } from './options.ts'

interface JoinOptions {
  readonly data?: string
  readonly task?: string
  readonly dir?: string
  readonly invitation?: string
  readonly rounds?: number
  readonly engine: 'auto' | 'webgpu' | 'wasm' | 'cpu'
  readonly json: boolean
}

export function joinCommand(): Command {
  return new Command('join')
    .description('take part in a task of a seed node, without a browser')
    .argument('<url|multiaddr>', 'the page of a seed node, or one of its multiaddrs')
    .option(
      '--data <path>',
      'train on this file or folder, of the kind that the task wants, instead of a shard of it; it never leaves',
    )
    .option('--task <id>', 'which task, when the seed has several')
    .option('--dir <dir>', 'keep identity and models here (a temporary folder when absent)')
    .addOption(invitationOption())
    .option('--rounds <n>', 'exit with 0 after so many commits', positiveInteger)
    .addOption(engineOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  zen join http://127.0.0.1:8080
  zen join /ip4/127.0.0.1/tcp/4001/p2p/12D3KooW… --rounds 5 --json
  zen id --dir .zen/me                          send this to who may invite (\`zen invite\`), and then
  zen join http://127.0.0.1:8080 --dir .zen/me --invitation 'http://127.0.0.1:8080/#invitation=u…'`,
    )
    .action((target: string, options: JoinOptions) => join(target, options))
}

async function join(target: string, options: JoinOptions): Promise<void> {
  const wanted = taskId(options.task)
  const invitation = await givenInvitation(options.invitation)
  const reporter = createReporter(options.json, false)
  const addresses = await resolveAddresses(target, { onWait: reporter.warn })
  if (options.data !== undefined) await existing(options.data)
  const dir = options.dir ?? (await mkdtemp(joinPath(tmpdir(), 'zen-join-')))
  let node: SeedNode | undefined
  try {
    node = await startSeedNode({
      dir,
      bootstrap: addresses,
      train: true,
      evaluate: false,
      engine: options.engine,
      onFault: (where, error) => reporter.fault(where, error),
    })
    const { peer } = node
    peer.onEvent(reporter.event)
    const task = await findTask(node, addresses, wanted)
    const told = reporter.told(options.rounds ?? Number.POSITIVE_INFINITY, () => peer.pause(task))
    const spec = peer.snapshot().tasks.find((view) => view.id === task)!.spec
    if (invitation !== undefined) checkInvitation(invitation, node.identity.peerId, task)
    await peer.join(task, {
      ...(invitation === undefined ? {} : { invitation }),
      ...(options.data === undefined ? {} : { ownData: await loadOwnData(options.data, spec.data) }),
    })
    reporter.ready({ multiaddrs: node.addresses(), peerId: node.identity.peerId, task, name: spec.name })
    await Promise.race([untilStopped(), told])
    reporter.flush()
  } finally {
    await node?.stop()
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }
}
