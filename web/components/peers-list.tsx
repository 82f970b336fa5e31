/** Who takes part, and how each is connected to this device. The line before a name is the one in the figure. @module */
import { useMemo, useState } from 'preact/hooks'
import { formatQuantity } from '../format.ts'
import type { PeerId, PeerView } from '../peer.ts'
import { engineInWords, pathInWords, shortPeer, statusInWords } from '../words.ts'
import { lineOf, MeshFigure } from './mesh-figure.tsx'

const shownAtFirst = 6

interface PeersListProps {
  readonly peers: readonly PeerView[]
  readonly self: PeerId
  /** whether this device trains now */
  readonly training: boolean
}

export function PeersList({ peers, self, training }: PeersListProps) {
  const [all, setAll] = useState(false)
  const others = useMemo(() => inStableOrder(peers.filter(({ peer }) => peer !== self)), [peers, self])
  const connected = others.filter(({ path }) => path !== undefined).length
  const shown = all ? others : others.slice(0, shownAtFirst)
  return (
    <section class="card peers" aria-labelledby="peers-title">
      <h2 id="peers-title">
        Peers <span class="count">{formatQuantity(connected, 'connection')}</span>
      </h2>
      {others.length === 0 ? (
        <p class="empty">Nobody else is here yet. Open this page on another device.</p>
      ) : (
        <>
          <MeshFigure peers={others} training={training} />
          <ul class="peer-rows">
            {shown.map((peer) => (
              <PeerRow key={peer.peer} peer={peer} />
            ))}
          </ul>
          <p class="fine">
            The bar is a peer’s reputation: earned by results that were accepted, soon lost by refused ones.
          </p>
        </>
      )}
      {others.length > shownAtFirst && (
        <button type="button" class="button quiet small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${others.length}`}
        </button>
      )}
    </section>
  )
}

function PeerRow({ peer: { peer, role, status, engine, path, reputation } }: { peer: PeerView }) {
  return (
    <li>
      <span class="line-sample" data-line={lineOf(path)} aria-hidden="true" />
      <div class="peer-who">
        <span class="peer-name" title={peer}>
          {shortPeer(peer)}
        </span>
        {role === 'seed' && <span class="tag">seed</span>}
        <span class="peer-path">{pathInWords(path)}</span>
      </div>
      <div class="peer-what">
        <span class="peer-status" data-status={status}>
          {statusInWords(status)}
        </span>
        <bdi class="peer-engine">{engineInWords(engine)}</bdi>
        <Reputation value={reputation} />
      </div>
    </li>
  )
}

/** Reputation is within [0.5, 1]; the bar shows that range. */
function Reputation({ value }: { value: number }) {
  return (
    <span class="reputation" title={`Reputation ${value.toFixed(2)}, of 0.5 to 1`}>
      <span class="sr-only">reputation {value.toFixed(2)}</span>
      <i aria-hidden="true" style={{ transform: `scaleX(${Math.max(0, Math.min(1, value * 2 - 1))})` }} />
    </span>
  )
}

/** Connected first, seeds before contributors, then by name: nobody moves because of a change of status. */
function inStableOrder(peers: readonly PeerView[]): readonly PeerView[] {
  const rank = ({ path, role }: PeerView) => (path === undefined ? 2 : 0) + (role === 'seed' ? 0 : 1)
  return peers.toSorted((a, b) => rank(a) - rank(b) || (a.peer < b.peer ? -1 : 1))
}
