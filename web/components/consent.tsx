/** What taking part costs and shows, said before anything starts. Nothing is ticked or begun for anyone. @module */
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { costsOf } from '../costs.ts'
import { formatBytes } from '../format.ts'
import type { LoadableExamples, TaskSpec } from '../peer.ts'
import type { Preferences } from '../preferences.ts'
import { EngineSelect } from './engine-select.tsx'
import { BatteryIcon, ComputeIcon, EyeIcon, LockIcon, StopIcon, TrafficIcon } from './icons.tsx'
import { OwnData } from './own-data.tsx'

interface ConsentProps {
  readonly spec: TaskSpec
  readonly preferences: Preferences
  /** @param ownData - to train on instead of the task's */
  onContribute(ownData: LoadableExamples | undefined): void
}

export function Consent({ spec, preferences, onContribute }: ConsentProps) {
  const { bytesPerRound, shardBytes, memoryBytes } = costsOf(spec)
  const [ownData, setOwnData] = useState<LoadableExamples>()
  return (
    <section class="card consent" aria-labelledby="consent-title">
      <h2 id="consent-title">Before you start</h2>
      <ul class="terms">
        <Term icon={ComputeIcon} title="Uses your processor">
          One core or the graphics chip is busy while a round trains, with about {formatBytes(memoryBytes)} of memory.
        </Term>
        <Term icon={TrafficIcon} title="Uses your connection">
          About {formatBytes(bytesPerRound)} up and as much down a round, or a few times that when peers fetch from you
          {shardBytes !== undefined && `; and ${formatBytes(shardBytes)} of examples once`}.
        </Term>
        <Term icon={BatteryIcon} title="Uses your battery">
          A phone that trains gets warm. Better plug it in.
        </Term>
        <Term icon={EyeIcon} title="Others see your IP address">
          As in a video call, because peers connect directly. They also see a random name, kept in this browser, and the
          results you send.
        </Term>
        <Term icon={LockIcon} title="Your data never leaves">
          {shardBytes !== undefined && ownData === undefined
            ? 'This task brings its own examples. Nothing on this device is read.'
            : 'The files that you choose stay on this device. What is sent is the change of the model, which can still hint at what it was trained on.'}
        </Term>
        <Term icon={StopIcon} title="You can stop at any time">
          Pause, leave, or close this tab.
        </Term>
      </ul>
      <OwnData data={spec.data} required={shardBytes === undefined} onChoose={setOwnData} />
      <EngineSelect preferences={preferences} />
      <button
        type="button"
        class="button primary large"
        disabled={shardBytes === undefined && ownData === undefined}
        onClick={() => onContribute(ownData)}
      >
        Contribute
      </button>
      <p class="fine">Nothing starts before you press. A reload carries on; a pause or leaving does not.</p>
    </section>
  )
}

function Term({
  icon: Icon,
  title,
  children,
}: {
  icon: () => JSX.Element
  title: string
  children: ComponentChildren
}) {
  return (
    <li>
      <Icon />
      <div>
        <strong>{title}</strong>
        <p>{children}</p>
      </div>
    </li>
  )
}
