/** The committed rounds, newest first: who is in each, who is not and why. @module */
import { useState } from 'preact/hooks'
import { formatLoss, formatPercent, formatQuantity, formatTime } from '../format.ts'
import type { PeerId, RoundView } from '../peer.ts'
import { rejectionInWords, shortPeer } from '../words.ts'

const shownAtFirst = 8
const dotsShown = 8
const reasonsShown = 3

export function RoundsTable({ rounds, self }: { rounds: readonly RoundView[]; self: PeerId }) {
  const [all, setAll] = useState(false)
  // Test and training loss are not the same: one column holds one of them.
  const evaluated = rounds.some(({ loss }) => loss !== undefined)
  const shown = (all ? rounds : rounds.slice(-shownAtFirst)).toReversed()
  return (
    <section class="card rounds" aria-labelledby="rounds-title">
      <h2 id="rounds-title">Rounds</h2>
      {rounds.length === 0 ? (
        <p class="empty">None yet. A round is committed once enough peers have sent their results.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Round</th>
              <th scope="col" class="number">
                Accuracy
              </th>
              <th scope="col" class="number wide-only">
                {evaluated ? 'Loss' : 'Training loss'}
              </th>
              <th scope="col">Contributors</th>
              <th scope="col">You</th>
              <th scope="col" class="number wide-only">
                At
              </th>
            </tr>
          </thead>
          {shown.map((round) => (
            <Round key={round.hash} round={round} loss={evaluated ? round.loss : round.trainingLoss} self={self} />
          ))}
        </table>
      )}
      {rounds.length > shownAtFirst && (
        <button type="button" class="button quiet small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show the last ones' : `Show all ${rounds.length}`}
        </button>
      )}
    </section>
  )
}

function Round({ round, loss, self }: { round: RoundView; loss: number | undefined; self: PeerId }) {
  const { accuracy, contributors, rejected, mine, at } = round
  return (
    <tbody>
      <tr>
        <th scope="row">{round.round}</th>
        <td class="number">{accuracy === undefined ? '–' : formatPercent(accuracy)}</td>
        <td class="number wide-only">{loss === undefined ? '–' : formatLoss(loss)}</td>
        <td>
          <Contributors contributors={contributors} rejected={rejected.length} self={self} />
        </td>
        <td>
          <Mine mine={mine} />
        </td>
        <td class="number wide-only secondary">{formatTime(at)}</td>
      </tr>
      {rejected.length > 0 && (
        <tr class="reasons">
          <td colSpan={6}>
            <ul>
              {rejected.slice(0, reasonsShown).map(({ peer, reason }) => (
                <li key={peer}>
                  <span class="peer-name">{peer === self ? 'You' : shortPeer(peer)}</span>
                  {peer === self ? ' were' : ' was'} left out: {rejectionInWords(reason)}
                </li>
              ))}
              {rejected.length > reasonsShown && <li>and {rejected.length - reasonsShown} more</li>}
            </ul>
          </td>
        </tr>
      )}
    </tbody>
  )
}

/** A dot each, yours in colour, those left out hollow; the words are for who cannot see them. */
function Contributors({
  contributors,
  rejected,
  self,
}: {
  contributors: readonly PeerId[]
  rejected: number
  self: PeerId
}) {
  const shown = contributors.slice(0, dotsShown)
  return (
    <span class="contributors">
      <span class="dots" aria-hidden="true">
        {shown.map((peer) => (
          <i key={peer} class={peer === self ? 'mine' : undefined} />
        ))}
        {Array.from({ length: Math.min(rejected, dotsShown - shown.length) }, (_, i) => (
          <i key={i} class="out" />
        ))}
      </span>
      <span>{contributors.length}</span>
      <span class="sr-only">
        {contributors.length === 1 ? 'contributor' : 'contributors'}
        {rejected > 0 && `, ${formatQuantity(rejected, 'peer')} left out`}
      </span>
    </span>
  )
}

const mineInWords = { accepted: 'counted', rejected: 'left out', none: '–' } satisfies Record<RoundView['mine'], string>

function Mine({ mine }: { mine: RoundView['mine'] }) {
  return <span class={`mine-${mine}`}>{mineInWords[mine]}</span>
}
