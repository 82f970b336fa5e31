import { describe, expect, it } from 'vitest'
import { outcomeAsJson, outcomeInWords } from '../../seed-nodes/simulation/tell.ts'
import { scenarioSchema, simulate } from '../../simulator/index.ts'

const scenario = scenarioSchema.parse({ untilSeconds: 2, promise: { rounds: 9 } })
const cut = await simulate({ scenario, seed: 1, untilSeconds: 1 })
const forked = { ...cut, broken: ['commits that contradict each other: 1, none is allowed'] }
const kept = { ...cut, judged: 'promise' as const }

describe('outcomeAsJson', () => {
  it('says what was judged, and what of it was broken', () => {
    const told = (outcome: typeof cut) => JSON.parse(outcomeAsJson({ outcome, wallSeconds: 1 }))
    expect(told(cut)).toMatchObject({ judged: 'safety', broken: [], cancelled: false })
    expect(told(forked)).toMatchObject({ judged: 'safety', broken: forked.broken })
    expect(told(kept)).toMatchObject({ judged: 'promise', broken: [] })
  })
})

describe('outcomeInWords', () => {
  const told = (outcome: typeof cut) => outcomeInWords({ outcome, wallSeconds: 1 })

  it('does not call a promise kept that was not judged, and tells broken safety all the same', () => {
    expect(told(cut)).toMatch(/^promise +not judged: the run was cut short$/m)
    expect(told(forked)).toMatch(/^promise +broken$/m)
    expect(told(kept)).toMatch(/^promise +kept$/m)
  })
})
