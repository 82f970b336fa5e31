/** `zen id`: the peer id of a seed that is yet to start, for the task file of a consortium. @module */
import { Command } from 'commander'
import { loadIdentity } from '../identity-file.ts'
import { jsonOption } from './options.ts'

export function idCommand(): Command {
  return new Command('id')
    .description("print a seed's peer id, for the committee of a task file; makes its identity when there is none")
    .option('--dir <dir>', 'where the seed keeps everything', '.zen/seed')
    .addOption(jsonOption())
    .action(async ({ dir, json }: { dir: string; json: boolean }) => {
      const { peerId } = await loadIdentity(dir)
      process.stdout.write(json ? `${JSON.stringify({ event: 'id', peerId })}\n` : `${peerId}\n`)
    })
}
