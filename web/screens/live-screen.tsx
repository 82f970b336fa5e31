/** Taking part: what this device does, how the model learns, and with whom. @module */
import { useCallback, useMemo } from 'preact/hooks'
import { ActivityCard } from '../components/activity-card.tsx'
import { Banner } from '../components/banner.tsx'
import { Confusion } from '../components/confusion.tsx'
import { Curves } from '../components/curves.tsx'
import { Figures } from '../components/figures.tsx'
import { Header } from '../components/header.tsx'
import { Invitation } from '../components/invitation.tsx'
import { Notices } from '../components/notices.tsx'
import { PeersList } from '../components/peers-list.tsx'
import { RoundsTable } from '../components/rounds-table.tsx'
import { Traffic } from '../components/traffic.tsx'
import { drawnClasses, TryModel } from '../components/try-model.tsx'
import { useLasting, useStore } from '../hooks/use-store.ts'
import type { Peer, PeerId, RoundView, TaskId } from '../peer.ts'
import { engineInWords, rejectionInWords, shortPeer } from '../words.ts'

/** A connection that is made anew takes this long. */
const quorumPatienceMs = 4_000

interface LiveScreenProps {
  readonly peer: Peer
  readonly taskId: TaskId
  onPause(): void
  onResume(): void
  onLeave(): void
}

export function LiveScreen({ peer, taskId, onPause, onResume, onLeave }: LiveScreenProps) {
  const { self, engine, tasks, traffic, notices } = useStore(peer.subscribe, peer.snapshot)
  const task = tasks.find(({ id }) => id === taskId)
  const predict = useCallback((image: Float32Array) => peer.predict(taskId, image), [peer, taskId])
  const rounds = task?.rounds
  // Rounds change seldom, the rest ten times a second.
  const learning = useMemo(() => rounds && <Curves rounds={rounds} />, [rounds])
  const table = useMemo(() => rounds && <RoundsTable rounds={rounds} self={self} />, [rounds, self])
  const away = useLasting(task?.quorum === false, quorumPatienceMs)
  if (task === undefined) return null
  const drawn = drawnClasses(task.spec)
  return (
    <>
      <Header>
        <span class="chip" title={engine.detail}>
          {engineInWords(engine.name)}
        </span>
        <span class="chip" title={self}>
          you are <b class="peer-name">{shortPeer(self)}</b>
        </span>
      </Header>
      <main class="live">
        <h1 class="sr-only">{task.spec.name}</h1>
        {away && (
          <Banner level="warning">
            <strong>The seeds are away.</strong> Training goes on with the peers you can reach; results are committed
            when a seed returns.
          </Banner>
        )}
        <LeftOut rounds={task.rounds} self={self} />
        <ActivityCard task={task} engine={engine} onPause={onPause} onResume={onResume} onLeave={onLeave} />
        {task.activity.kind === 'admission' && task.spec.reputation?.admission.kind === 'invitation' && (
          <section class="card">
            <Invitation self={self} onBring={(invitation) => peer.bring(taskId, invitation)} />
          </section>
        )}
        <Figures task={task} traffic={traffic} />
        <div class="live-main">
          {learning}
          {table}
          <div class="live-pair">
            <Traffic traffic={traffic} />
            <Notices notices={notices} />
          </div>
        </div>
        <div class="live-side">
          {drawn !== undefined && <TryModel classes={drawn} round={task.rounds.at(-1)?.round ?? 0} predict={predict} />}
          {task.confusion !== undefined && task.spec.data.kind !== 'text' && (
            <Confusion classes={task.spec.data.classes} counts={task.confusion} />
          )}
          <PeersList peers={task.peers} self={self} training={task.activity.kind === 'training'} />
        </div>
      </main>
    </>
  )
}

/** Told while the last round is one that this device's result was left out of. */
function LeftOut({ rounds, self }: { rounds: readonly RoundView[]; self: PeerId }) {
  const last = rounds.at(-1)
  if (last?.mine !== 'rejected') return null
  const reason = last.rejected.find(({ peer }) => peer === self)?.reason
  return (
    <Banner level="warning">
      <strong>Your result was left out of round {last.round}.</strong>{' '}
      {reason !== undefined && `Reason: ${rejectionInWords(reason)}. `}
      You need not do anything: this device takes part in the next round again.
    </Banner>
  )
}
