/** Which screen is shown: one for each state of the session. @module */
import { useErrorBoundary } from 'preact/hooks'
import { messageOf } from '../peer-core/index.ts'
import { StartProgress } from './components/start-progress.tsx'
import { useStore } from './hooks/use-store.ts'
import type { Preferences } from './preferences.ts'
import { LiveScreen } from './screens/live-screen.tsx'
import { MessageScreen } from './screens/message-screen.tsx'
import { StartScreen } from './screens/start-screen.tsx'
import type { Session } from './session.ts'

export function App({ session, preferences }: { session: Session; preferences: Preferences }) {
  const [broken] = useErrorBoundary()
  const state = useStore(session.subscribe, session.state)
  if (broken !== undefined) {
    return (
      <MessageScreen title="This page has a fault" actions={[{ name: 'Reload', onPress: () => location.reload() }]}>
        <p>{messageOf(broken)}</p>
      </MessageScreen>
    )
  }
  switch (state.kind) {
    case 'looking':
      return <MessageScreen title="Looking for what is being trained …" busy />
    case 'no-seed':
      return (
        <MessageScreen title="No seed can be reached" actions={[{ name: 'Try again', onPress: session.look }]}>
          <p>
            A seed is the server that introduces peers to each other. {sentence(state.why)} It may be restarting, or
            this device may be offline.
          </p>
        </MessageScreen>
      )
    case 'offer':
      return (
        <StartScreen
          offers={state.seed.tasks}
          unusable={state.seed.unusable}
          farewell={state.farewell}
          preferences={preferences}
          onContribute={(task, ownData) => void session.contribute(task, { ownData })}
        />
      )
    case 'starting':
      return (
        <MessageScreen title="Getting ready" busy actions={[{ name: 'Cancel', onPress: session.cancel }]}>
          <StartProgress current={state.step} />
        </MessageScreen>
      )
    case 'failed':
      return (
        <MessageScreen
          title="This device could not join"
          actions={[
            { name: 'Try again', onPress: () => void session.contribute(state.task) },
            { name: 'Back', onPress: session.cancel },
          ]}
        >
          <p>{sentence(state.why)} What this browser has stored is kept, also its name in the mesh.</p>
        </MessageScreen>
      )
    case 'elsewhere':
      return (
        <MessageScreen
          title="Another tab is training"
          actions={[
            { name: 'Use this tab instead', onPress: () => void session.contribute(state.task, { takeOver: true }) },
          ]}
        >
          <p>One tab of this browser takes part at a time, so that your device is not used twice.</p>
        </MessageScreen>
      )
    case 'live':
      return (
        <LiveScreen
          peer={state.peer}
          taskId={state.task}
          onPause={session.pause}
          onResume={session.resume}
          onLeave={() => void session.leave()}
        />
      )
    case 'leaving':
      return <MessageScreen title="Leaving …" busy />
  }
}

/** `the seed does not answer` → `The seed does not answer.` */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
