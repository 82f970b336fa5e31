/** One thing to say, and at most two things to do about it. @module */
import type { ComponentChildren } from 'preact'
import { Header } from '../components/header.tsx'

interface MessageScreenProps {
  readonly title: string
  /** while something is under way */
  readonly busy?: boolean
  readonly children?: ComponentChildren
  readonly actions?: readonly Action[]
}

/** The first is the likely one. */
export interface Action {
  readonly name: string
  readonly onPress: () => void
}

export function MessageScreen({ title, busy = false, children, actions = [] }: MessageScreenProps) {
  return (
    <>
      <Header />
      <main class="message" aria-busy={busy}>
        <div role="status">
          <h1>{title}</h1>
          {children}
        </div>
        {actions.length > 0 && (
          <div class="message-actions">
            {actions.map(({ name, onPress }, i) => (
              <button
                key={name}
                type="button"
                class={i > 0 ? 'button quiet' : busy ? 'button' : 'button primary'}
                onClick={onPress}
              >
                {name}
              </button>
            ))}
          </div>
        )}
      </main>
    </>
  )
}
