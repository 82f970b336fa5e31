/**
 * Everyone's standing, folded from the commits: the same to the digit for everyone who has them.
 *
 * A round's contributions are scored while the next round runs (scoring.ts), and the next commit carries what their scorers found: no
 * round waits for scores, and who delivers last is scored as well as anyone. So the machine learns of a commit's refusals and evidence with
 * that commit, and of what its contributions are worth with the one after.
 * @module
 */
import { accusedOf, type CommitBody, decodeEvidence } from '../consensus/index.ts'
import type { Hash, PeerId } from '../foundation/index.ts'
import {
  applyEvidence,
  type Barred,
  type Cohort,
  decisiveScores,
  drawCohort,
  drawScorers,
  type Finding,
  initialReputation,
  openRules,
  type ReputationRules,
  type ReputationState,
  type RoundEvidence,
  reasonToWait,
  rootOf,
  scorersFor,
  standingOf,
  weightOf,
} from '../reputation/index.ts'
import {
  type Accepted,
  decode,
  limits,
  open,
  provableReasons,
  readSealed,
  type ScoresMessage,
  scoresSchema,
  type TaskSpec,
} from '../wire/index.ts'
import type { Commit } from './commit.ts'

/** A commit whose contributions are being scored. */
interface Scored {
  readonly round: number
  readonly commit: Hash
  readonly contributions: readonly Accepted[]
  /** who may score them, drawn before the round */
  readonly scorers: readonly PeerId[]
}

export class Standings {
  readonly rules: ReputationRules
  readonly #spec: TaskSpec
  readonly #committee: readonly PeerId[]
  #state: ReputationState
  #scored: Scored | undefined
  #head: Hash
  #scorers: readonly PeerId[]

  /** @param genesis - what the first commit names as its parent */
  constructor(spec: TaskSpec, genesis: Hash) {
    this.#spec = spec
    this.rules = spec.reputation ?? openRules
    this.#committee = spec.committee.map(({ peer }) => peer)
    this.#state = initialReputation(this.rules)
    this.#head = genesis
    this.#scorers = this.#drawScorers()
  }

  /** The next commit of the chain. */
  add({ body, hash }: Pick<Commit, 'body' | 'hash'>): void {
    this.#state = applyEvidence(this.#state, this.#evidenceOf(body), this.rules)
    this.#scored = {
      round: body.round,
      commit: hash,
      contributions: body.contributions,
      scorers: this.#scorers,
    }
    this.#head = hash
    this.#scorers = this.#drawScorers()
  }

  /** in thousandths, as of the last commit */
  weightOf(peer: PeerId): number {
    return weightOf(this.#state, peer)
  }

  /** Names everyone's standing, and so every weight, as of the last commit. */
  get root(): Hash {
    return rootOf(this.#state)
  }

  /** Why the open round does not take this peer's work, if it does not, and the first round that may. */
  bar(peer: PeerId): { readonly why: Barred; readonly until?: number } | undefined {
    const why = reasonToWait(this.#state, this.rules, peer)
    if (why === undefined) return undefined
    const standing = standingOf(this.#state, peer)
    return standing === undefined ? { why } : { why, until: Math.max(standing.from, standing.suspendedUntil) }
  }

  /** Whose work the open round takes, of those who have some. */
  cohort(candidates: readonly PeerId[]): Cohort {
    const { byzantineShare } = this.#spec.aggregation
    return drawCohort(this.#state, this.rules, { candidates, roundHash: this.#head, byzantineShare })
  }

  /** Who scores the contributions to the open round. */
  get scorers(): readonly PeerId[] {
    return this.#scorers
  }

  /** Whether what a scorer says is about the last commit's contributions, whole, and its to say. */
  mayScore(scorer: PeerId, { round, commit, scores }: ScoresMessage): boolean {
    const scored = this.#scored
    if (scored === undefined || round !== scored.round || commit !== scored.commit) return false
    return scores.length === scored.contributions.length && scored.scorers.includes(scorer)
  }

  /** What is wrong with the scores that the next body carries, to whoever votes on it. */
  problemOf({ scores }: Pick<CommitBody, 'scores'>): string | undefined {
    const seen = new Set<PeerId>()
    for (const bytes of scores) {
      try {
        const { type, peer, payload } = open(bytes, limits.scoresBytes)
        if (type !== 'scores' || !this.mayScore(peer, decode(scoresSchema, payload, limits.scoresBytes))) {
          return 'scores of nobody who may give them'
        }
        if (seen.has(peer)) return `two scores of …${peer.slice(-6)}`
        seen.add(peer)
      } catch {
        return 'scores that cannot be read'
      }
    }
    return undefined
  }

  #drawScorers(): readonly PeerId[] {
    const { rules } = this
    const able = (Object.keys(this.#state.peers) as PeerId[]).filter((peer) => {
      const proven = (standingOf(this.#state, peer)?.quality ?? 0) >= rules.provenAt
      return proven && reasonToWait(this.#state, rules, peer) === undefined
    })
    return drawScorers({ roundHash: this.#head, committee: this.#committee, proven: able, count: rules.scorers })
  }

  #evidenceOf(body: CommitBody): RoundEvidence {
    return {
      round: body.round,
      admitted: this.#admittedBy(body),
      accepted: this.#judgedBy(body),
      // What only one member saw is in the commit for a person to read, and changes nobody's standing.
      rejected: body.rejected.filter(({ reason }) => provableReasons.has(reason)),
      equivocated: [...new Set(offencesIn(body).map(accusedOf))],
    }
  }

  /** Where nothing is asked of newcomers: whoever is named. */
  #admittedBy({ contributions, rejected }: CommitBody): { readonly peer: PeerId }[] {
    if (this.rules.admission.kind !== 'free') return []
    return [...contributions, ...rejected].map(({ peer }) => ({ peer }))
  }

  /** The contributions of the commit before, with what their scorers found. */
  #judgedBy({ scores }: CommitBody): RoundEvidence['accepted'] {
    const sheets = scores.map((bytes) => {
      // Members have verified it before they signed for it.
      const { peer, payload } = readSealed(bytes, limits.scoresBytes)
      return { scorer: peer, scores: decode(scoresSchema, payload, limits.scoresBytes).scores }
    })
    const institutionOf = (peer: PeerId) => standingOf(this.#state, peer)?.institution
    return (this.#scored?.contributions ?? []).map(({ peer }, i) => {
      const findings = sheets.flatMap(({ scorer, scores: given }): Finding[] => {
        const score = given[i] ?? null
        const mayJudge = scorersFor(peer, [scorer], institutionOf).length > 0
        return score === null || !mayJudge ? [] : [{ scorer, score }]
      })
      const committee = scorersFor(peer, this.#committee, institutionOf)
      const decisive = decisiveScores(findings, committee, this.rules.minimumScores)
      return { peer, scores: [...decisive], ...(decisive.length === 0 ? {} : { enough: decisive.length }) }
    })
  }
}

/** Committed evidence of a vote or a proposal that an honest member does not sign: all of it ends a member's standing as a voter. */
function offencesIn({ evidence }: CommitBody) {
  return evidence.map(decodeEvidence).filter(({ type }) => type !== 'score')
}
