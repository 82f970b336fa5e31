/** The last things that happened, newest first. @module */
import { formatTime } from '../format.ts'
import type { Snapshot } from '../peer.ts'

const shownAtMost = 6

export function Notices({ notices }: { notices: Snapshot['notices'] }) {
  if (notices.length === 0) return null
  return (
    <section class="card notices" aria-labelledby="notices-title">
      <h2 id="notices-title">What happened</h2>
      <ol>
        {notices
          .slice(-shownAtMost)
          .toReversed()
          .map(({ at, level, text }) => (
            <li key={`${at} ${text}`} class={level}>
              <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
              <span>{text}</span>
            </li>
          ))}
      </ol>
    </section>
  )
}
