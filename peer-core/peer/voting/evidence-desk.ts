/**
 * Evidence on its way into the chain: judged as it comes in, kept until a commit names it, put into the bodies that this member
 * proposes and looked at in those of others.
 * @module
 */
import {
  addEvidence,
  type CommitBody,
  commitEvidence,
  decodeEvidence,
  type Evidence,
  type EvidencePool,
  type EvidenceVerdict,
  emptyPool,
  encode,
  heightOf,
  judge,
  maxEvidence,
  maxEvidenceAge,
  offenceKey,
  type ProposalHeader,
  statementsOf,
  type Verify,
  type Vote,
} from '../../consensus/index.ts'
import { type Hash, kiB, type TaskId } from '../../foundation/index.ts'
import type { Committees } from '../committees.ts'

/** Of one body, all evidence together. */
const mostProposedBytes = 16 * kiB
/** Bodies whose verdict is remembered: those of the last heights. */
const mostVerdicts = 64
/** Statements are remembered of the first rounds of the open height and those beside it: of each member so many at most, whatever others sign. */
const roundsRemembered = 16

export class EvidenceDesk {
  readonly #task: TaskId
  readonly #committees: Committees
  readonly #verify: Verify
  #pool: EvidencePool = emptyPool
  readonly #verdicts = new Map<Hash, 'valid' | 'invalid'>()
  /** The first of each member in each place. */
  readonly #statements = new Map<string, ProposalHeader | Vote>()

  constructor(task: TaskId, committees: Committees, verify: Verify) {
    this.#task = task
    this.#committees = committees
    this.#verify = verify
  }

  /** This member recomputed a body. */
  recomputed(value: Hash, verdict: 'valid' | 'invalid'): void {
    this.#verdicts.set(value, verdict)
    if (this.#verdicts.size > mostVerdicts) this.#verdicts.delete(this.#verdicts.keys().next().value!)
  }

  /** Takes in what is proven; what cannot be judged here is for others. @param height - the open one */
  add(evidence: Evidence, height: number): void {
    if (this.#judge(evidence) === 'proven') this.#pool = addEvidence(this.#pool, evidence, height)
    if (evidence.type === 'equivocation') return
    for (const statement of statementsOf(evidence)) {
      if (this.#isOfMember(statement) && this.#verify(statement)) this.saw(statement, height)
    }
  }

  /**
   * Two statements of one place prove an equivocation to everyone, also when one came as evidence of something that
   * cannot be judged here.
   *
   * @param statement - by a member of its height's committee, its signature checked
   */
  saw(statement: ProposalHeader | Vote, height: number): void {
    const { type, height: at, round, member, value } = statement
    if (Math.abs(at - height) > 1 || round >= roundsRemembered) return
    const place = `${type}/${at}/${round}/${member}`
    const first = this.#statements.get(place)
    if (first === undefined) this.#statements.set(place, statement)
    else if (first.value !== value) this.add(equivocationOf(first, statement), height)
  }

  /** For a body of `height` with room for `room` bytes: of what this member can still prove the oldest first, as many as fit. */
  toPropose(height: number, room: number): Uint8Array[] {
    const provable = [...this.#pool.pending.values()].filter((evidence) => this.#judge(evidence) === 'proven')
    const oldest = provable.sort((a, b) => heightOf(a) - heightOf(b))
    const chosen: Uint8Array[] = []
    let left = Math.min(room, mostProposedBytes)
    for (const evidence of oldest) {
      const bytes = encode(evidence)
      if (heightOf(evidence) >= height || bytes.length > left || chosen.length >= maxEvidence) continue
      left -= bytes.length
      chosen.push(bytes)
    }
    return chosen
  }

  /** What a body's evidence is worth: `refuted` when any of it is, or was committed before. */
  weigh({ evidence, height }: CommitBody): EvidenceVerdict {
    const seen = new Set<string>()
    let verdict: EvidenceVerdict = 'proven'
    for (const bytes of evidence) {
      const one = readEvidence(bytes)
      if (one === undefined) return 'refuted'
      const key = offenceKey(one)
      const age = height - heightOf(one)
      if (age < 1 || age > maxEvidenceAge || seen.has(key) || this.#pool.committed.has(key)) return 'refuted'
      seen.add(key)
      const judged = this.#judge(one)
      if (judged === 'refuted') return 'refuted'
      if (judged === 'pending') verdict = 'pending'
    }
    return verdict
  }

  /** A commit named it: it counts, and is not proposed again. */
  committed({ evidence, height }: CommitBody): void {
    this.#pool = commitEvidence(this.#pool, evidence.map(decodeEvidence), height)
    for (const [place, statement] of this.#statements) if (statement.height < height) this.#statements.delete(place)
  }

  #judge(evidence: Evidence): EvidenceVerdict {
    if (!statementsOf(evidence).every((statement) => this.#isOfMember(statement))) return 'refuted'
    return judge(evidence, this.#verify, (value) => this.#verdicts.get(value) ?? 'pending')
  }

  #isOfMember({ task, member, height }: ProposalHeader | Vote): boolean {
    return task === this.#task && this.#committees.at(height).indexOf.has(member)
  }
}

/** @param first - of the same kind as `second` */
function equivocationOf(first: ProposalHeader | Vote, second: ProposalHeader | Vote): Evidence {
  return { type: 'equivocation', first, second } as Evidence
}

function readEvidence(bytes: Uint8Array): Evidence | undefined {
  try {
    return decodeEvidence(bytes)
  } catch {
    return undefined
  }
}
