import { type StartStep, startSteps } from '../session.ts'
import { CheckIcon } from './icons.tsx'

const steps = {
  storage: 'Open this browser’s storage',
  engine: 'Measure which engine is fastest',
  network: 'Connect to the mesh',
  task: 'Join the task',
} satisfies Record<StartStep, string>

/** Which step of starting is under way, and which are done. */
export function StartProgress({ current }: { current: StartStep }) {
  const now = startSteps.indexOf(current)
  return (
    <ol class="start-steps">
      {startSteps.map((step, i) => (
        <li key={step} data-state={i < now ? 'done' : i === now ? 'now' : 'later'} aria-current={i === now && 'step'}>
          {i < now ? <CheckIcon /> : <span class="dot" aria-hidden="true" />}
          {steps[step]}
        </li>
      ))}
    </ol>
  )
}
