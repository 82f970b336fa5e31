/** `zen invite`: lets a peer into a task, by the signature of a seed that the task lets invite. @module */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import type { PeerId, TaskId } from '../../peer-core/index.ts'
import { signInvitation } from '../../peer-core/reputation/index.ts'
import { invitationLink, invitationText } from '../../peer-core/wire/index.ts'
import { taskId } from '../find-task.ts'
import { taskStatusSchema } from '../http/status-view.ts'
import { loadIdentity } from '../identity-file.ts'
import { getJson } from '../join-target.ts'
import { UsageError } from '../usage-error.ts'
import { jsonOption, peerId, positiveInteger } from './options.ts'

interface InviteOptions {
  readonly dir: string
  readonly url: string
  readonly task?: string
  readonly rounds: number
  readonly json: boolean
}

export function inviteCommand(): Command {
  return new Command('invite')
    .description('invite a peer into a task, as one whom the task lets invite; prints a link for it')
    .argument('<peer>', 'whom: the peer id that the page shows, or `zen id --dir DIR` prints', peerId)
    .option('--dir <dir>', 'where the seed that invites keeps everything', '.zen/seed')
    .option('--url <url>', 'page of a seed of the task', 'http://127.0.0.1:8080')
    .option('--task <id>', 'which task, when the seed has several')
    .option('--rounds <n>', 'how many rounds from now it holds', positiveInteger, 1_000)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  zen invite 12D3KooW…                          the link, to be sent to who asked
  zen invite 12D3KooW… --rounds 50 --json`,
    )
    .action(invite)
}

/** `/api/tasks` of a seed. */
const tasksSchema = z.object({ tasks: z.array(taskStatusSchema) })

async function invite(peer: PeerId, { dir, url, task, rounds, json }: InviteOptions): Promise<void> {
  const wanted = taskId(task)
  if (!existsSync(join(dir, 'identity.key'))) throw new UsageError(`${dir} holds no seed: name its folder with --dir`)
  const identity = await loadIdentity(dir)
  const status = await taskOf(url, wanted)
  const inviters = invitersOf(status)
  if (inviters.length === 0) throw new UsageError(`${status.name}: nobody invites: admission needs no invitation`)
  if (!inviters.includes(identity.peerId)) {
    throw new UsageError(`${status.name}: ${identity.peerId} may not invite; who may: ${inviters.join(', ')}`)
  }
  const until = status.round + rounds
  const signed = signInvitation(identity, { task: status.id, peer, until })
  const link = invitationLink(url, signed)
  if (json) {
    const facts = { event: 'invitation', task: status.id, peer, until, text: invitationText(signed), link }
    process.stdout.write(`${JSON.stringify(facts)}\n`)
  } else {
    process.stdout.write(`${link}\n`)
    process.stderr.write(
      `holds until round ${until}, for …${peer.slice(-6)} alone; also: zen join ${url} --invitation LINK\n`,
    )
  }
}

type Status = z.infer<typeof taskStatusSchema>

async function taskOf(url: string, wanted: TaskId | undefined): Promise<Status> {
  const answer = tasksSchema.safeParse(await getJson(url, '/api/tasks'))
  if (!answer.success) throw new UsageError(`${url} is not the page of a seed node`)
  const { tasks } = answer.data
  const task = wanted === undefined ? tasks[0] : tasks.find(({ id }) => id === wanted)
  if (task === undefined) throw new UsageError(`this seed has no task${wanted === undefined ? ' yet' : ` ${wanted}`}`)
  return task
}

function invitersOf({ spec: { reputation } }: Status): PeerId[] {
  if (reputation === undefined) return []
  const { admission, institutions } = reputation
  const alone = admission.kind === 'invitation' ? admission.inviters : []
  return [...new Set([...alone, ...institutions.flatMap(({ inviters }) => inviters)])]
}
