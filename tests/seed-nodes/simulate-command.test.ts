import { expect, it } from 'vitest'
import { simulateCommand } from '../../seed-nodes/commands/simulate.ts'

const run = (...args: string[]) =>
  simulateCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(args, { from: 'user' })

it.each(['0.5s', '8761h', '99999999999h'])('refuses to play for %s, which no scenario may last', async (duration) => {
  await expect(run('home', '--until', duration, '--print')).rejects.toThrow('expected a second to a year, 8760h')
})

it.each(['', '90x', '-1'])('refuses "%s", which is no duration', async (duration) => {
  await expect(run('home', '--until', duration, '--print')).rejects.toThrow('expected a duration such as 90s, 5m or 1h')
})
