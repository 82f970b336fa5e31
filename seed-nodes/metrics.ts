/**
 * A seed in numbers, for Prometheus: https://prometheus.io/docs/practices/naming. Values are read from the snapshot when
 * they are scraped; only what it forgets (refusals, whose rounds it keeps 500 of) is counted along.
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RejectionReason, Snapshot, TaskId, TaskView } from '../peer-core/index.ts'
import { distinctPeers } from './http/status-view.ts'

export interface Metrics {
  readonly contentType: string
  /** @returns the exposition format */
  render(): Promise<string>
  close(): void
}

export interface MetricsInit {
  /** `undefined` while the peer starts */
  readonly snapshot: () => Snapshot | undefined
  readonly version: string
  readonly healthy: () => boolean
}

export function createMetrics({ snapshot, version, healthy }: MetricsInit): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const task = ['task'] as const

  const tasks = () => snapshot()?.tasks ?? []

  new Gauge({
    name: 'zen_info',
    help: 'Version and peer id; 1 once the peer has started',
    labelNames: ['version', 'peer'],
    registers,
    collect() {
      const self = snapshot()?.self
      if (self !== undefined) this.labels(version, self).set(1)
    },
  })
  new Gauge({
    name: 'zen_healthy',
    help: '1 when /healthz says so',
    registers,
    collect() {
      this.set(healthy() ? 1 : 0)
    },
  })
  new Gauge({
    name: 'zen_round',
    help: 'Last committed round',
    labelNames: task,
    registers,
    collect() {
      for (const { id, rounds } of tasks()) this.labels(id).set(rounds.at(-1)?.round ?? 0)
    },
  })
  new Counter({
    name: 'zen_commits_total',
    help: 'Commits in the chain of the task, across restarts',
    labelNames: task,
    registers,
    collect() {
      this.reset()
      for (const { id, rounds } of tasks()) this.labels(id).inc(rounds.at(-1)?.round ?? 0)
    },
  })
  new Gauge({
    name: 'zen_model_accuracy_ratio',
    help: 'Accuracy of the last evaluated committed model on the test examples',
    labelNames: task,
    registers,
    collect() {
      this.reset()
      for (const { id, rounds } of tasks()) {
        const evaluated = rounds.findLast(({ accuracy }) => accuracy !== undefined)
        if (evaluated?.accuracy !== undefined) this.labels(id).set(evaluated.accuracy)
      }
    },
  })
  new Gauge({
    name: 'zen_quorum',
    help: '1 while a quorum of the committee is within reach',
    labelNames: task,
    registers,
    collect() {
      for (const { id, quorum } of tasks()) this.labels(id).set(quorum ? 1 : 0)
    },
  })
  new Counter({
    name: 'zen_consensus_refused_total',
    help: 'Messages of the committee that were dropped since the start, by reason',
    labelNames: ['task', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const { id, refusals } of tasks()) {
        for (const [reason, count] of Object.entries(refusals)) this.labels(id, reason).inc(count)
      }
    },
  })
  new Gauge({
    name: 'zen_peers',
    help: 'Peers heard of, by how they are connected; "none" through others only',
    labelNames: ['path'],
    registers,
    collect() {
      this.reset()
      for (const { path = 'none' } of distinctPeers(tasks())) this.labels(path).inc()
    },
  })
  new Counter({
    name: 'zen_traffic_bytes_total',
    help: 'Bytes since the start',
    labelNames: ['path', 'direction'],
    registers,
    collect() {
      this.reset()
      for (const [path, { sent, received }] of Object.entries(snapshot()?.traffic ?? {})) {
        this.labels(path, 'sent').inc(sent)
        this.labels(path, 'received').inc(received)
      }
    },
  })
  const contributions = contributionCounts()
  new Counter({
    name: 'zen_contributions_total',
    help: 'Contributions to committed rounds, by what became of them',
    labelNames: ['task', 'outcome'],
    registers,
    collect() {
      this.reset()
      for (const [id, outcomes] of contributions(tasks())) {
        for (const [outcome, count] of outcomes) this.labels(id, outcome).inc(count)
      }
    },
  })

  return { contentType: registry.contentType, render: () => registry.metrics(), close: () => registry.clear() }
}

type Outcome = 'accepted' | RejectionReason

function contributionCounts(): (tasks: readonly TaskView[]) => Map<TaskId, Map<Outcome, number>> {
  const totals = new Map<TaskId, Map<Outcome, number>>()
  const counted = new Map<TaskId, number>()
  return (tasks) => {
    for (const { id, rounds } of tasks) {
      const outcomes = totals.get(id) ?? new Map<Outcome, number>()
      totals.set(id, outcomes)
      const add = (outcome: Outcome, count: number) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count)
      for (const { round, contributors, rejected } of rounds) {
        if (round <= (counted.get(id) ?? 0)) continue
        add('accepted', contributors.length)
        for (const { reason } of rejected) add(reason, 1)
        counted.set(id, round)
      }
    }
    return totals
  }
}
