/** Tendermint with one rule broken, to see that the check finds it; and what Byzantine members run. */
import { cast } from '../../../peer-core/consensus/actions.ts'
import { isQuorum } from '../../../peer-core/consensus/power.ts'
import { type Rule, type Rules, tendermintRules } from '../../../peer-core/consensus/rules.ts'
import { powerFor } from '../../../peer-core/consensus/tally.ts'

/** Lines 22 and 28 without `lockedRound`: prevotes for whatever is valid. */
const prevoteAnything: Rule = (d) => {
  const proposal = d.rounds.get(d.round)?.proposal
  if (d.phase !== 'propose' || proposal === undefined) return false
  const verdict = d.candidates.get(proposal.value)?.verdict
  if (verdict === undefined || verdict === 'pending') return false
  cast(d, 'prevote', verdict === 'valid' ? proposal.value : null)
  return true
}

export const heedless: Rules = {
  ...tendermintRules,
  prevoteFresh: prevoteAnything,
  prevoteReproposed: prevoteAnything,
}

/** Lines 36–43 precommit without keeping `lockedValue` and `validValue`. */
export const withoutLock: Rules = {
  ...tendermintRules,
  lockOnPolka: (d) => {
    const held = tendermintRules.lockOnPolka(d)
    d.locked = undefined
    d.valid = undefined
    return held
  },
}

/** Line 29 believes any claimed polka, however old: `lockedRound ≤ vr` is not asked. */
export const withOldPolka: Rules = {
  ...tendermintRules,
  prevoteReproposed: (d) => {
    const proposal = d.rounds.get(d.round)?.proposal
    if (d.phase !== 'propose' || proposal === undefined || proposal.validRound === -1) return false
    const { value, validRound } = proposal
    const verdict = d.candidates.get(value)?.verdict
    const prevotes = d.rounds.get(validRound)?.prevotes
    if (verdict === undefined || verdict === 'pending' || prevotes === undefined) return false
    if (!isQuorum(powerFor(prevotes, value), d.committee!.total)) return false
    cast(d, 'prevote', verdict === 'valid' ? value : null)
    return true
  },
}

/** An objection weighs as a veto in whatever round. */
export const withStubbornness: Rules = {
  ...tendermintRules,
  prevoteFresh: (d) => {
    const value = d.rounds.get(d.round)?.proposal?.value
    const candidate = value && d.candidates.get(value)
    if (candidate?.objected) d.candidates = new Map(d.candidates).set(value!, { ...candidate, vetoed: true })
    return tendermintRules.prevoteFresh(d)
  },
}
