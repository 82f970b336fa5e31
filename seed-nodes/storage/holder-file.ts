/**
 * Which process holds a store's directory, for whoever finds it taken.
 *
 * The truth is the kernel's lock that RocksDB takes: it ends with its process, however that ends. This file only names
 * the holder, and lets a second process turn away before the engine has touched anything. It is written by whoever has the
 * kernel's lock already, so two that find a dead process's file cannot both take it over.
 *
 * A process id is used again sooner or later (in a container at once), so on Linux the file also holds when the process
 * started; where that is unknown, a living process of that id counts as the holder.
 * @module
 */
import { readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from './files.ts'

const holderSchema = z.object({ pid: z.int().min(1), started: z.string().optional() })
type Holder = z.infer<typeof holderSchema>

/** @returns the id of a living process that says it holds `dir` */
export async function holderOf(dir: string): Promise<number | undefined> {
  const holder = await read(dir)
  if (holder === undefined || !isAlive(holder.pid)) return undefined
  return holder.started === undefined || holder.started === startOf(holder.pid) ? holder.pid : undefined
}

/** Call it only with the engine's lock in hand. */
export async function writeHolder(dir: string): Promise<void> {
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) }
  await replaceFile(fileIn(dir), `${JSON.stringify(holder)}\n`)
}

export async function removeHolder(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true })
}

function fileIn(dir: string): string {
  return join(dir, 'lock')
}

async function read(dir: string): Promise<Holder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(fileIn(dir), 'utf8')))
  } catch {
    // Absent or unreadable: the kernel's lock decides.
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Boot id and start in clock ticks since boot, field 22 of proc_pid_stat(5); `undefined` beyond Linux. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name, field 2, stands in parentheses and may hold spaces and parentheses.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3]
    return ticks && `${boot}/${ticks}`
  } catch {
    return undefined
  }
}
