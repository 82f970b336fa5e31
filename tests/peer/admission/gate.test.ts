/** What of the admissions that a body carries its voters refuse. */
import { describe, expect, it } from 'vitest'
import { type Hash, type Identity, sha256, type TaskId, utf8ToBytes } from '../../../peer-core/foundation/index.ts'
import { admittedBy, Gate } from '../../../peer-core/peer/admission/gate.ts'
import {
  initialReputation,
  type ReputationRules,
  searchWork,
  signInvitation,
} from '../../../peer-core/reputation/index.ts'
import { seal, type Ticket } from '../../../peer-core/wire/index.ts'
import { identity, rulesWith } from '../../reputation/peers.ts'

const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash
const task = hash('task') as TaskId
const [alice, bob, carol, host] = [1, 2, 3, 50].map(identity) as [Identity, Identity, Identity, Identity]
const byWork = rulesWith({ admission: { kind: 'work', bits: 8, freshRounds: 2 } })
const byInvitation = rulesWith({ admission: { kind: 'invitation', inviters: [host.peerId], perInviter: 2 } })

const apply = (who: Identity, ticket: Ticket, to: TaskId = task) =>
  seal(who, 'application', { task: to, ticket, at: 1 }).bytes
const work = (who: Identity, recent: Hash): Ticket => ({
  kind: 'work',
  work: searchWork({ task, peer: who.peerId, recent, bits: 8 }, 0, 100_000)!,
})
const invited = (who: Identity): Ticket => ({
  kind: 'invitation',
  ...signInvitation(host, { task, peer: who.peerId, until: 9 }),
})
/** After so many commits. */
function problemOf(rules: ReputationRules, admitted: Uint8Array[], round = 1): string | undefined {
  const gate = new Gate(task, rules)
  for (let of = 1; of <= round; of++) gate.committed(of, hash(`commit ${of}`))
  return gate.problemOf(admitted, { ...initialReputation(rules), round })
}

describe('Gate', () => {
  it('lets in who shows what the task asks for, and reads the same from the body', () => {
    const admitted = [apply(alice, work(alice, hash('commit 1'))), apply(bob, work(bob, task))]
    expect(problemOf(byWork, admitted)).toBeUndefined()
    expect(admittedBy(admitted)).toEqual([{ peer: alice.peerId }, { peer: bob.peerId }])
    expect(admittedBy([apply(carol, invited(carol))])).toEqual([{ peer: carol.peerId, inviter: host.peerId }])
  })

  it('refuses what nobody signed, or signed for something else', () => {
    const good = apply(alice, work(alice, task))
    const changed = Uint8Array.from(good)
    changed[changed.length - 1]! ^= 1
    expect(problemOf(byWork, [changed])).toMatch(/cannot be read/)
    expect(problemOf(byWork, [Uint8Array.of(1, 2, 3)])).toMatch(/cannot be read/)
    expect(problemOf(byWork, [apply(alice, work(alice, task), hash('other') as TaskId)])).toMatch(/cannot be read/)
    const { bytes } = seal(alice, 'evaluation', { task, round: 1, model: task, loss: 1, accuracy: 1, examples: 1 })
    expect(problemOf(byWork, [bytes])).toMatch(/nobody applied for/)
  })

  it('refuses work of another, of long ago, and of nobody', () => {
    expect(problemOf(byWork, [apply(bob, work(alice, task))])).toMatch(/work-missing/)
    expect(problemOf(byWork, [apply(bob, { kind: 'none' })])).toMatch(/work-needed/)
    const old = [apply(alice, work(alice, hash('commit 1')))]
    expect([1, 2, 3, 4].map((round) => problemOf(byWork, old, round) === undefined)).toEqual([true, true, true, false])
    expect(problemOf(byWork, old, 4)).toMatch(/work-stale/)
  })

  it('refuses a peer twice, and more guests than an inviter has, in whatever order', () => {
    const once = apply(alice, work(alice, task))
    expect(problemOf(byWork, [once, apply(alice, work(alice, hash('commit 1')))])).toMatch(/already-admitted/)
    const guests = [alice, bob, carol].map((who) => apply(who, invited(who)))
    expect(problemOf(byInvitation, guests.slice(1))).toBeUndefined()
    expect(problemOf(byInvitation, guests)).toMatch(/inviter-full/)
    expect(problemOf(byInvitation, guests.toReversed())).toMatch(/inviter-full/)
  })
})
