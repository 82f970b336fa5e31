import { describe, expect, it } from 'vitest'
import type { Snapshot } from '../../peer-core/index.ts'
import { createMetrics } from '../../seed-nodes/metrics.ts'
import { peer, round, snapshot, taskId } from './snapshot.ts'

async function scrape(snapshots: readonly (Snapshot | undefined)[]): Promise<string[]> {
  let now = snapshots[0]
  const metrics = createMetrics({ snapshot: () => now, version: '0.1.0', healthy: () => true })
  let text = ''
  for (const next of snapshots) {
    now = next
    text = await metrics.render()
  }
  metrics.close()
  return text.split('\n')
}

describe('createMetrics', () => {
  it('tells rounds, peers by path, traffic and the process, in Prometheus’ words', async () => {
    const lines = await scrape([snapshot()])
    expect(lines).toEqual(
      expect.arrayContaining([
        `zen_round{task="${taskId}"} 3`,
        `zen_commits_total{task="${taskId}"} 3`,
        `zen_model_accuracy_ratio{task="${taskId}"} 0.8`,
        `zen_quorum{task="${taskId}"} 1`,
        'zen_healthy 1',
        'zen_peers{path="webrtc"} 2',
        'zen_peers{path="none"} 1',
        'zen_traffic_bytes_total{path="webrtc",direction="sent"} 100',
        'zen_traffic_bytes_total{path="tcp",direction="received"} 2',
        `zen_consensus_refused_total{task="${taskId}",reason="BAD_SIGNATURE"} 4`,
        `zen_contributions_total{task="${taskId}",outcome="accepted"} 6`,
        `zen_contributions_total{task="${taskId}",outcome="non-finite"} 3`,
      ]),
    )
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true)
  })

  it('has a help and a type for every metric of its own', async () => {
    const lines = await scrape([snapshot()])
    const names = new Set(lines.filter((line) => /^zen_/.test(line)).map((line) => line.split(/[{ ]/)[0]))
    expect(names.size).toBeGreaterThan(7)
    for (const name of names) {
      expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true)
      expect(lines).toContain(`# TYPE ${name} ${name?.endsWith('_total') ? 'counter' : 'gauge'}`)
    }
  })

  it('counts contributions on when the snapshot has forgotten their rounds', async () => {
    const [task] = snapshot().tasks
    const later = { ...task!, rounds: [round(3), round(4, { rejected: [{ peer: peer(4), reason: 'silent' }] })] }
    const lines = await scrape([snapshot(), snapshot(), snapshot({ tasks: [later] })])
    expect(lines).toContain(`zen_contributions_total{task="${taskId}",outcome="accepted"} 8`)
    expect(lines).toContain(`zen_contributions_total{task="${taskId}",outcome="non-finite"} 3`)
    expect(lines).toContain(`zen_contributions_total{task="${taskId}",outcome="silent"} 1`)
  })

  it('forgets a path on which nobody is any more', async () => {
    const [task] = snapshot().tasks
    const lines = await scrape([snapshot(), snapshot({ tasks: [{ ...task!, peers: [] }] })])
    expect(lines.some((line) => line.startsWith('zen_peers{'))).toBe(false)
  })

  it('tells of the process alone while the peer starts', async () => {
    const lines = await scrape([undefined])
    expect(lines).toContain('zen_healthy 1')
    expect(lines.some((line) => line.startsWith('zen_round{'))).toBe(false)
  })
})
