/** The first thing a stranger sees: what this is, what is trained, what it costs, and one button. @module */
import { useState } from 'preact/hooks'
import { Banner } from '../components/banner.tsx'
import { Consent } from '../components/consent.tsx'
import { Header } from '../components/header.tsx'
import { TaskCard } from '../components/task-card.tsx'
import { formatCompact, formatQuantity } from '../format.ts'
import type { LoadableExamples, TaskId, TaskView } from '../peer.ts'
import type { Preferences } from '../preferences.ts'
import type { Offer, SeedStatus } from '../seed-status.ts'

interface StartScreenProps {
  readonly offers: readonly Offer[]
  /** what this page cannot take part in */
  readonly unusable: SeedStatus['unusable']
  /** what was added before leaving */
  readonly farewell: TaskView['mine'] | undefined
  readonly preferences: Preferences
  /** @param ownData - to train on instead of the task's */
  onContribute(task: TaskId, ownData: LoadableExamples | undefined): void
}

export function StartScreen({ offers, unusable, farewell, preferences, onContribute }: StartScreenProps) {
  const [chosenId, choose] = useState<TaskId | undefined>(offers[0]?.id)
  const chosen = offers.find(({ id }) => id === chosenId) ?? offers[0]
  return (
    <>
      <Header />
      <main class="start">
        <div class="start-what">
          {farewell !== undefined && <Farewell mine={farewell} />}
          <h1>Teach a model together</h1>
          <p class="lead">
            Zen Mesh trains one model on many devices at once, browser to browser. Lend this one for a while: it
            practises on examples, shares only what it learned, and you watch the model get better.
          </p>
          {offers.length > 1 && <Choice offers={offers} chosen={chosen?.id} onChoose={choose} />}
          {chosen === undefined ? (
            unusable.length === 0 && (
              <p class="card empty">This seed offers no task yet. Leave this page open, or come back later.</p>
            )
          ) : (
            <TaskCard offer={chosen} />
          )}
          {unusable.map(({ name, why }) => (
            <Banner key={name} level="warning">
              <strong>{name} cannot be joined from this page.</strong> {why}
            </Banner>
          ))}
        </div>
        {chosen !== undefined && (
          <Consent
            key={chosen.id}
            spec={chosen.spec}
            preferences={preferences}
            onContribute={(ownData) => onContribute(chosen.id, ownData)}
          />
        )}
      </main>
    </>
  )
}

interface ChoiceProps {
  readonly offers: readonly Offer[]
  readonly chosen: TaskId | undefined
  onChoose(task: TaskId): void
}

function Choice({ offers, chosen, onChoose }: ChoiceProps) {
  return (
    <fieldset class="choice">
      <legend>Choose a task</legend>
      {offers.map(({ id, spec }) => (
        <label key={id}>
          <input type="radio" name="task" value={id} checked={id === chosen} onChange={() => onChoose(id)} />
          {spec.name}
        </label>
      ))}
    </fieldset>
  )
}

function Farewell({ mine }: { mine: TaskView['mine'] }) {
  return (
    <Banner level="info">
      <strong>You have left; nothing runs any more.</strong>{' '}
      {mine.accepted > 0
        ? `Thank you: your work is in ${formatQuantity(mine.accepted, 'round')}, ${formatCompact(mine.examples)} examples in all.`
        : 'No round was committed while you were here.'}
    </Banner>
  )
}
