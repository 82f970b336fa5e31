#!/usr/bin/env node
/**
 * The `zen` command. Exit codes: 0 done, 1 failed, 2 the input cannot be used (one line on stderr, nothing changed),
 * 130 interrupted twice.
 * @module
 */
import { Command, CommanderError } from 'commander'
import { version } from '../peer-core/version.ts'
import { doctorCommand } from './commands/doctor.ts'
import { idCommand } from './commands/id.ts'
import { inviteCommand } from './commands/invite.ts'
import { joinCommand } from './commands/join.ts'
import { modelCommand } from './commands/model.ts'
import { relayCommand } from './commands/relay.ts'
import { simulateCommand } from './commands/simulate.ts'
import { peersCommand, statusCommand } from './commands/status.ts'
import { taskCommand } from './commands/task.ts'
import { upCommand } from './commands/up.ts'
import { reportError } from './reporter.ts'
import { asUsageError } from './usage-error.ts'

const program = new Command('zen')
  .description('Zen Mesh: people train one model together, peer to peer, and keep their data')
  .version(version)
  .addCommand(upCommand())
  .addCommand(joinCommand())
  .addCommand(relayCommand())
  .addCommand(taskCommand())
  .addCommand(modelCommand())
  .addCommand(statusCommand())
  .addCommand(peersCommand())
  .addCommand(idCommand())
  .addCommand(inviteCommand())
  .addCommand(doctorCommand())
  .addCommand(simulateCommand())

for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
  command.exitOverride().configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'zen: ')) })
}

const json = process.argv.includes('--json')
try {
  await program.parseAsync()
  process.exit(0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2)
  const usage = asUsageError(error)
  reportError(usage ?? error, json)
  if (usage === undefined && process.env.ZEN_DEBUG !== undefined)
    process.stderr.write(`${String((error as Error)?.stack)}\n`)
  process.exit(usage === undefined ? 1 : 2)
}
