/** A seed node as a process of its own: started, read line by line, killed with real signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ZenEvent {
  readonly event: string
  readonly [field: string]: unknown
}

export interface ZenProcess {
  readonly process: ChildProcess
  readonly events: readonly ZenEvent[]
  /** when each of them came, ms since 1970 */
  readonly arrivals: readonly number[]
  /** What it wrote to stderr. */
  errors(): string
  /** The first event, from the start on, that fits. @throws when the process ends first, or after `ms` */
  until(fits: (event: ZenEvent) => boolean, ms: number): Promise<ZenEvent>
  /** How it ended, with the end of its stderr; `undefined` while it runs. */
  obituary(): string | undefined
  /** Its exit code. */
  exit(ms: number): Promise<number | null>
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Where a process runs. */
export interface Machine {
  /** stands before a command that is to run there */
  readonly prefix: readonly string[]
  readonly address: string
  /** The JSON at a URL, as seen from there. */
  get(url: string): Promise<unknown>
}

export const thisMachine: Machine = {
  prefix: [],
  address: '127.0.0.1',
  get: async (url) => (await fetch(url)).json(),
}

const running = new Set<ZenProcess>()

export function zen(...args: readonly string[]): ZenProcess {
  return zenOn(thisMachine, ...args)
}

export function zenOn({ prefix }: Machine, ...args: readonly string[]): ZenProcess {
  const [command, ...rest] = [...prefix, process.execPath, 'seed-nodes/cli.ts', ...args]
  const child = spawn(command!, rest, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events: ZenEvent[] = []
  const arrivals: number[] = []
  const watchers = new Set<() => void>()
  let errors = ''
  /** how it ended, in words */
  let ended: string | undefined
  const tell = () => {
    for (const watcher of [...watchers]) watcher()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    events.push(JSON.parse(line))
    arrivals.push(Date.now())
    tell()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const closed = once(child, 'close').then(([code, signal]) => {
    ended = signal === null ? `with exit code ${code}` : `by ${signal}`
    running.delete(started)
    tell()
    return code as number | null
  })

  const started: ZenProcess = {
    process: child,
    events,
    arrivals,
    errors: () => errors,
    obituary: () =>
      ended === undefined ? undefined : `zen ${args.join(' ')}: ended ${ended}; stderr: ${errors.slice(-2_000)}`,
    until: (fits, ms) =>
      new Promise((resolve, reject) => {
        const settle = (settled: () => void) => {
          clearTimeout(timer)
          watchers.delete(look)
          settled()
        }
        const fail = (why: string) => {
          const last = events
            .slice(-3)
            .map((event) => JSON.stringify(event))
            .join('\n')
          settle(() =>
            reject(new Error(`zen ${args.join(' ')}: ${why}\nstderr: ${errors.slice(-2_000)}\nlast events:\n${last}`)),
          )
        }
        const look = () => {
          const found = events.find(fits)
          if (found !== undefined) settle(() => resolve(found))
          else if (ended !== undefined) fail(`the process ended ${ended}`)
        }
        const timer = setTimeout(() => fail(`not within ${ms} ms`), ms)
        watchers.add(look)
        look()
      }),
    async exit(ms) {
      const late = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`still running after ${ms} ms; stderr: ${errors}`)), ms).unref()
      })
      return Promise.race([closed, late])
    },
    async kill(signal = 'SIGKILL') {
      if (ended === undefined) child.kill(signal)
      await closed
    },
  }
  running.add(started)
  return started
}

/** For `afterEach`: ends what a test left running. */
export async function endProcesses(): Promise<void> {
  await Promise.all([...running].map((one) => one.kill()))
}

export const isCommit = (round: number) => (event: ZenEvent) => event.event === 'commit' && Number(event.round) >= round
export const isReady = (event: ZenEvent) => event.event === 'ready'
