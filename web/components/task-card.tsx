/** A task before one joins it: what is trained, how large it is, who is there, and what a round sends. @module */
import { costsOf, dataInWords, modelInWords, targetInWords } from '../costs.ts'
import { formatBytes, formatCount, formatPercent, formatQuantity } from '../format.ts'
import type { Offer } from '../seed-status.ts'
import { Ring } from './ring.tsx'

export function TaskCard({ offer: { spec, round, peers, accuracy } }: { offer: Offer }) {
  const { parameters, bytesPerRound } = costsOf(spec)
  return (
    <article class="card task-card">
      <div class="task-head">
        <div>
          <p class="eyebrow">Open to everyone</p>
          <h2>{spec.name}</h2>
          {spec.description !== '' && <p class="secondary">{spec.description}</p>}
        </div>
        <Ring peers={peers} />
      </div>
      <dl class="facts">
        <Fact name="Learns to tell" value={targetInWords(spec.data)} more={dataInWords(spec.data)} />
        <Fact name="Model" value={`${formatCount(parameters)} weights`} more={modelInWords(spec.model)} />
        <Fact name="Each round sends" value={formatBytes(bytesPerRound)} more="and receives as much" />
        <Fact
          name="Here now"
          value={peers === 0 ? 'Nobody yet' : formatQuantity(peers, 'peer')}
          more={progressInWords(round, accuracy)}
        />
      </dl>
    </article>
  )
}

function Fact({ name, value, more }: { name: string; value: string; more: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{more}</span>
      </dd>
    </div>
  )
}

function progressInWords(round: number, accuracy: number | undefined): string {
  if (round === 0) return 'the first round is next'
  const rounds = `after ${formatQuantity(round, 'round')}`
  return accuracy === undefined ? rounds : `${formatPercent(accuracy)} right ${rounds}`
}
