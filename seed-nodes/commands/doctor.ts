/** `zen doctor`: can this machine take part? Each check says what it saw, and what to do when it is not well. @module */

import { statfs } from 'node:fs/promises'
import { availableParallelism, freemem } from 'node:os'
import { Command } from 'commander'
import { GiB, MiB, messageOf } from '../../peer-core/index.ts'
import { presetModel } from '../../peer-core/learning/index.ts'
import { createRelay } from '../../relay/create-relay.ts'
import { createNodeTrainer } from '../trainer/index.ts'
import { jsonOption } from './options.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly found: string
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check whether this machine can take part')
    .option('--dir <dir>', 'folder whose disk is looked at', '.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code 1 when a check fails.')
    .action(async ({ dir, json }: { dir: string; json: boolean }) => {
      let allOk = true
      for (const check of [node, memory, () => disk(dir), ports, engine]) {
        const finding = await check()
        allOk &&= finding.ok
        const line = json
          ? JSON.stringify(finding)
          : `${finding.ok ? 'ok  ' : 'FAIL'}  ${finding.check}: ${finding.found}`
        process.stdout.write(`${line}\n`)
      }
      if (!allOk) process.exitCode = 1
    })
}

async function node(): Promise<Finding> {
  return { check: 'node', ok: true, found: `${process.version}, ${availableParallelism()} cores` }
}

async function memory(): Promise<Finding> {
  const free = freemem()
  return { check: 'memory', ok: free > 512 * MiB, found: `${(free / GiB).toFixed(1)} GiB free (0.5 needed)` }
}

async function disk(dir: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(dir)
    return {
      check: 'disk',
      ok: bavail * bsize > GiB,
      found: `${((bavail * bsize) / GiB).toFixed(1)} GiB free (1 needed)`,
    }
  } catch (error) {
    return { check: 'disk', ok: false, found: messageOf(error) }
  }
}

async function ports(): Promise<Finding> {
  try {
    const relay = await createRelay({ secretSeed: crypto.getRandomValues(new Uint8Array(32)) })
    const found = relay.addresses().map((address) => address.split('/p2p/')[0])
    await relay.stop()
    return { check: 'ports', ok: true, found: `can listen: ${found.join(', ')}` }
  } catch (error) {
    return { check: 'ports', ok: false, found: messageOf(error) }
  }
}

async function engine(): Promise<Finding> {
  const model = presetModel('mlp', { shape: [28, 28, 1], classes: 10 })
  try {
    const trainer = await createNodeTrainer({ probe: { model, batchSize: 32 } })
    const { name, detail, msPerStep } = trainer.engine
    await trainer.close()
    return { check: 'engine', ok: true, found: `${name} (${detail}), ${msPerStep?.toFixed(2)} ms a step` }
  } catch (error) {
    return { check: 'engine', ok: false, found: messageOf(error) }
  }
}
