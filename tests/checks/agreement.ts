/**
 * The same scenario twice: ten virtual peers in the simulator, and ten processes on loopback. Committed rounds, whose work
 * was taken and whose rejected and why, and every model's hash must be equal.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { simulate } from '../../simulator/index.ts'
import { type AgreedRound, agreed, agreedRounds, agreedSeed } from '../simulation/agreement/scenario.ts'
import type { CheckResult } from './consensus.ts'

const child = fileURLToPath(new URL('../simulation/agreement/real-peer.ts', import.meta.url))
const patienceMs = 150_000

export async function run(): Promise<CheckResult> {
  const [simulated, real] = [await virtualRounds(), await realRounds()]
  const failed: { seed: number; reason: string }[] = []
  let passed = 0
  for (const [who, { length }] of [
    ['the simulator', simulated],
    ['the processes', real],
  ] as const) {
    if (length >= agreedRounds) continue
    failed.push({ seed: agreedSeed, reason: `${who} committed ${length} rounds of ${agreedRounds}` })
  }
  for (let i = 0; i < agreedRounds; i++) {
    const [one, other] = [JSON.stringify(simulated[i]), JSON.stringify(real[i])]
    if (one === undefined || other === undefined) break
    process.stdout.write(`${one === other ? 'equal' : 'DIFFERENT'}  ${one}\n`)
    if (one === other) passed++
    else failed.push({ seed: agreedSeed, reason: `simulated ${one}\n  real      ${other}` })
  }
  return { passed, failed }
}

async function virtualRounds(): Promise<AgreedRound[]> {
  const rounds: AgreedRound[] = []
  await simulate({
    scenario: agreed,
    seed: agreedSeed,
    onLine(line) {
      if (line.kind !== 'commit') return
      const { round, model, contributors, rejected } = line
      rounds.push({ round, model, contributors, rejected })
    },
  })
  return rounds.slice(0, agreedRounds)
}

/** @throws when a process ends by itself before all rounds are there */
async function realRounds(): Promise<AgreedRound[]> {
  const children: ChildProcess[] = []
  const done = Promise.withResolvers<void>()
  const start = (...args: string[]) => {
    const started = spawn(process.execPath, [child, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    children.push(started)
    started.once('error', done.reject)
    started.once('exit', (code, signal) => done.reject(new Error(`${args[0]} ended by itself (${signal ?? code})`)))
    return started
  }
  const rounds: AgreedRound[] = []
  const timer = setTimeout(() => done.resolve(), patienceMs)
  try {
    const seed = start('seed-0')
    createInterface({ input: seed.stdout! }).on('line', (text) => {
      const told = JSON.parse(text) as AgreedRound | { readonly addresses: readonly string[] }
      if ('addresses' in told) {
        const address = told.addresses.find((one) => one.includes('/tcp/') && !one.includes('/ws'))!
        for (let i = 0; i < 8; i++) start(`devices-${i}`, address)
        start('liar-0', address)
        return
      }
      rounds.push(told)
      if (rounds.length >= agreedRounds) done.resolve()
    })
    await done.promise
    return rounds
  } finally {
    clearTimeout(timer)
    for (const one of children) one.kill('SIGKILL')
  }
}
