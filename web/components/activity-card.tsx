/** What this device does right now, how far it is, and the two buttons that stop it. @module */

import { useState } from 'preact/hooks'
import { formatLoss, formatQuantity, formatRemaining } from '../format.ts'
import { useNow } from '../hooks/use-store.ts'
import { useWakeLock } from '../hooks/use-wake-lock.ts'
import type { EngineInfo, TaskView } from '../peer.ts'
import { activityInWords, speedInWords } from '../words.ts'
import { SunIcon } from './icons.tsx'
import { ProgressBar } from './progress-bar.tsx'

interface ActivityCardProps {
  readonly task: TaskView
  readonly engine: EngineInfo
  onPause(): void
  onResume(): void
  onLeave(): void
}

export function ActivityCard({ task, engine, onPause, onResume, onLeave }: ActivityCardProps) {
  const { activity, deadline, mixes, quorum, spec } = task
  const now = useNow(1_000, activity.kind === 'waiting' || deadline !== undefined)
  const words = activityInWords(activity, engine, spec.round.deadlineMs, now)
  const paused = activity.kind === 'paused'
  return (
    <section class="card activity" data-kind={activity.kind} aria-label="What this device does">
      <p class="eyebrow">
        <span class="beacon" aria-hidden="true" />
        {spec.name}
      </p>
      <p class="headline">
        {words.headline.split(', ').map((part, i, parts) => (
          // Breaks after a comma or not at all, so that growing numbers move nothing.
          <span key={i}>{i < parts.length - 1 ? `${part}, ` : part}</span>
        ))}
      </p>
      <p class="sr-only" role="status" aria-live="polite">
        {words.announcement}
      </p>
      <ProgressBar share={words.progress} label="This round" />
      <p class="activity-detail">
        <span>{words.detail ?? speedInWords(engine)}</span>
        {activity.kind === 'training' && Number.isFinite(activity.loss) && (
          <span>loss {formatLoss(activity.loss)}</span>
        )}
        {quorum && activity.kind === 'training' && deadline !== undefined && deadline > now && (
          <span>the round closes in {formatRemaining(deadline, now)} at the latest</span>
        )}
        {!quorum && mixes > 0 && <span>mixed with neighbours {formatQuantity(mixes, 'time')}</span>}
      </p>
      <div class="activity-actions">
        <button type="button" class={paused ? 'button primary' : 'button'} onClick={paused ? onResume : onPause}>
          {paused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" class="button quiet" onClick={onLeave}>
          Leave
        </button>
        <KeepScreenOn active={!paused} />
      </div>
    </section>
  )
}

function KeepScreenOn({ active }: { active: boolean }) {
  const [wanted, setWanted] = useState(false)
  const { supported } = useWakeLock(wanted && active)
  if (!supported) return null
  return (
    <button type="button" class="button quiet toggle" aria-pressed={wanted} onClick={() => setWanted(!wanted)}>
      <SunIcon />
      <span>Stay awake</span>
    </button>
  )
}
