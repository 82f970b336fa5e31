/**
 * This device in the middle, its peers around it, a line for each connection. Peers that it only heard of stand further
 * out, without a line. Nothing is drawn that the peer does not know.
 * @module
 */
import { formatQuantity } from '../format.ts'
import type { Path, PeerView } from '../peer.ts'

const width = 320
const height = 216
const centre = { x: width / 2, y: height / 2 }
const near = { x: 104, y: 68 }
const far = { x: 142, y: 94 }
/** More would touch each other. */
const shownAtMost = 28

export type Line = 'direct' | 'server' | 'relayed' | 'none'

/** How a connection is drawn: solid between browsers, thin to a server, dashed through a relay. */
export function lineOf(path: Path | undefined): Line {
  switch (path) {
    case undefined:
      return 'none'
    case 'relayed':
      return 'relayed'
    case 'webrtc':
    case 'webrtc-direct':
    case 'memory':
      return 'direct'
    case 'websocket':
    case 'tcp':
      return 'server'
  }
}

/** @param peers - the others, in an order that does not change with their status */
export function MeshFigure({ peers, training }: { peers: readonly PeerView[]; training: boolean }) {
  const shown = peers.slice(0, shownAtMost)
  const connected = shown.filter(({ path }) => path !== undefined)
  const heardOf = shown.filter(({ path }) => path === undefined)
  const placed = [...around(connected, near, 0), ...around(heardOf, far, 30)]
  return (
    <svg class="mesh" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summaryOf(connected, heardOf)}>
      <ellipse class="mesh-orbit" cx={centre.x} cy={centre.y} rx={near.x} ry={near.y} />
      {placed.map(({ peer, x, y }) => (
        <line
          key={peer.peer}
          class="mesh-line"
          data-line={lineOf(peer.path)}
          x1={centre.x}
          y1={centre.y}
          x2={x}
          y2={y}
        />
      ))}
      {placed.map(({ peer, x, y }) => (
        <g
          key={peer.peer}
          class="mesh-peer"
          data-status={peer.status}
          data-heard={peer.path === undefined ? '' : undefined}
          style={{ transform: `translate(${x}px, ${y}px)` }}
        >
          {peer.role === 'seed' ? <rect x="-6" y="-6" width="12" height="12" rx="3.5" /> : <circle r="5.5" />}
        </g>
      ))}
      <g class="mesh-self" data-training={training} style={{ transform: `translate(${centre.x}px, ${centre.y}px)` }}>
        <circle class="mesh-pulse" r="9" />
        <circle r="9" />
        <text y="25">you</text>
      </g>
    </svg>
  )
}

interface Placed {
  readonly peer: PeerView
  readonly x: number
  readonly y: number
}

/** Evenly, and never straight below, where the middle has its name. @param turnDegrees - clockwise */
function around(peers: readonly PeerView[], radius: { x: number; y: number }, turnDegrees: number): readonly Placed[] {
  const step = 360 / peers.length
  const first = (peers.length % 2 === 0 ? step / 2 : 0) - 90 + turnDegrees
  return peers.map((peer, i) => {
    const angle = ((first + i * step) * Math.PI) / 180
    return { peer, x: centre.x + radius.x * Math.cos(angle), y: centre.y + radius.y * Math.sin(angle) }
  })
}

function summaryOf(connected: readonly PeerView[], heardOf: readonly PeerView[]): string {
  return `You are connected to ${formatQuantity(connected.length, 'peer')} and have heard of ${heardOf.length} more`
}
