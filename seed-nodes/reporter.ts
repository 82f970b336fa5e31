/**
 * What a command prints while it runs: JSON lines for programs, sentences for people. Where commits are evaluated, each is
 * reported with its evaluation; one that lags far behind is no longer waited for.
 * @module
 */

import type { Writable } from 'node:stream'
import { messageOf, minute, type PeerEvent, type TaskId } from '../peer-core/index.ts'
import { type DataSummary, summaryInWords } from './data/data-summary.ts'

type Figures = Pick<Extract<PeerEvent, { kind: 'evaluation' }>, 'loss' | 'accuracy' | 'auc' | 'f1'>
type CommitEvent = Extract<PeerEvent, { kind: 'commit' }>

export interface Reporter {
  ready(facts: { http?: string; multiaddrs: readonly string[]; peerId: string; task?: TaskId; name?: string }): void
  /** What is trained on. */
  data(summary: DataSummary): void
  event(event: PeerEvent): void
  /** Something that a person should know of, and that does not end the command. */
  warn(text: string): void
  /** Something went wrong that does not end the command. */
  fault(where: string, error: unknown): void
  /** Tells all commits that are still waiting for their evaluation. */
  flush(): void
  /** Resolves when so many commits were told; later ones are not. @param onLast - called at the last one, before its evaluation */
  told(rounds: number, onLast: () => void): Promise<void>
}

interface Limit {
  readonly rounds: number
  readonly onLast: () => void
  readonly resolve: () => void
}

/** Commits that may wait for their evaluation, when training is faster than that. */
const mostWaiting = 8
/** After the last commit, its evaluation has this long. */
const lastEvaluationMs = minute

export function createReporter(json: boolean, evaluates: boolean, out: Writable = process.stdout): Reporter {
  const line = (value: object) => out.write(`${JSON.stringify(value)}\n`)
  const say = (text: string) => out.write(`${text}\n`)
  const waiting: CommitEvent[] = []
  let limit: Limit = { rounds: Number.POSITIVE_INFINITY, onLast() {}, resolve() {} }
  let seen = 0
  let told = 0

  const tell = (commit: CommitEvent, evaluation?: Figures) => {
    const { task, round, model, contributors, rejected, bytes, ms } = commit
    const loss = evaluation?.loss ?? commit.trainingLoss
    if (json) {
      line({
        event: 'commit',
        task,
        round,
        model,
        contributors: contributors.length,
        rejected: rejected.length,
        ...(rejected.length === 0 ? {} : { reasons: rejected }),
        loss,
        accuracy: evaluation?.accuracy,
        auc: evaluation?.auc,
        f1: evaluation?.f1,
        bytes,
        ms,
      })
    } else {
      const parts = [
        `round ${round}`,
        `${contributors.length} contributed`,
        ...(rejected.length === 0
          ? []
          : [`${rejected.length} left out (${[...new Set(rejected.map((one) => one.reason))].join(', ')})`]),
        ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
        ...(evaluation === undefined ? [] : [`accuracy ${(100 * evaluation.accuracy).toFixed(2)} %`]),
        ...(evaluation?.auc === undefined ? [] : [`AUC ${evaluation.auc.toFixed(3)}`]),
        `${(ms / 1_000).toFixed(1)} s`,
      ]
      say(parts.join('  ·  '))
    }
    told++
    if (told >= limit.rounds) limit.resolve()
  }

  const reporter: Reporter = {
    ready({ http, multiaddrs, peerId, task, name }) {
      if (json) return void line({ event: 'ready', http, multiaddrs, peerId, task, name })
      if (name !== undefined) say(`Task: ${name}`)
      if (http !== undefined) say(`Open ${http} in a browser to take part.`)
      say('From another machine:')
      for (const address of multiaddrs) say(`  zen join ${address}`)
      say('')
    },
    data(summary) {
      if (json) return void line({ event: 'data', ...summary })
      for (const text of summaryInWords(summary)) say(text)
    },
    event(event) {
      switch (event.kind) {
        case 'commit':
          if (seen >= limit.rounds) return
          seen++
          if (seen === limit.rounds) limit.onLast()
          if (!evaluates) return tell(event)
          waiting.push(event)
          if (waiting.length > mostWaiting) tell(waiting.shift()!)
          if (seen === limit.rounds) setTimeout(reporter.flush, lastEvaluationMs).unref()
          return
        case 'evaluation': {
          const at = waiting.findIndex((commit) => commit.round === event.round)
          if (at !== -1) tell(waiting.splice(at, 1)[0]!, event)
          return
        }
        case 'round':
          if (json) line({ event: 'round', task: event.task, round: event.round, phase: event.phase })
          return
        case 'trained':
          if (json)
            line({
              event: 'trained',
              task: event.task,
              round: event.round,
              steps: event.steps,
              ms: Math.round(event.ms),
            })
          return
        case 'fetched':
          if (json) line({ event: 'fetched', task: event.task, model: event.model, sources: event.sources })
          return
        case 'notice':
          if (json) line({ event: 'notice', level: event.level, text: event.text })
          else if (event.level === 'warning') process.stderr.write(`zen: ${event.text}\n`)
          return
        default:
          event satisfies never
      }
    },
    warn: (text) => reporter.event({ kind: 'notice', level: 'warning', text }),
    fault: (where, error) => reporter.warn(`${where}: ${messageOf(error)}`),
    flush() {
      while (waiting.length > 0) tell(waiting.shift()!)
    },
    told: (rounds, onLast) =>
      new Promise((resolve) => {
        limit = { rounds, onLast, resolve }
      }),
  }
  return reporter
}

/** One line on stderr, or one JSON object on stdout. */
export function reportError(error: unknown, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ event: 'error', message: messageOf(error) })}\n`)
  process.stderr.write(`zen: ${messageOf(error)}\n`)
}
