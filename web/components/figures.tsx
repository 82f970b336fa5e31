/** The model's state and "what did I add?", as four figures. @module */
import { formatBytes, formatCompact, formatCount, formatPercent, formatQuantity } from '../format.ts'
import type { RoundView, Snapshot, TaskSpec, TaskView } from '../peer.ts'

export function Figures({ task, traffic }: { task: TaskView; traffic: Snapshot['traffic'] }) {
  const { mine, rounds } = task
  const last = rounds.findLast(({ accuracy }) => accuracy !== undefined)
  const bytes = Object.values(traffic).reduce((sum, { sent, received }) => sum + sent + received, 0)
  return (
    <dl class="figures">
      <Figure {...qualityOf(last, task.spec.data.kind)} more={evaluationInWords(last)} />
      <Figure name="You added" value={formatQuantity(mine.accepted, 'round')} more={addedInWords(mine)} accent />
      <Figure name="Examples" value={formatCompact(mine.examples)} more={`in ${formatQuantity(mine.steps, 'step')}`} />
      <Figure name="Traffic" value={formatBytes(bytes)} more="up and down" />
    </dl>
  )
}

/** Of a text the perplexity, e to the loss: among how many tokens it wavers. */
function qualityOf(last: RoundView | undefined, kind: TaskSpec['data']['kind']): { name: string; value: string } {
  if (kind === 'text') {
    return { name: 'Perplexity', value: last?.loss === undefined ? '–' : Math.exp(last.loss).toFixed(2) }
  }
  return { name: 'Accuracy', value: last?.accuracy === undefined ? '–' : formatPercent(last.accuracy) }
}

function evaluationInWords(last: RoundView | undefined): string {
  if (last === undefined) return 'with the first round'
  return `${last.auc === undefined ? '' : `AUC ${last.auc.toFixed(3)} `}after round ${last.round}`
}

function addedInWords({ accepted, rejected }: TaskView['mine']): string {
  if (rejected > 0) return `${formatCount(rejected)} left out`
  return accepted === 0 ? 'none committed yet' : 'all that you sent'
}

function Figure({ name, value, more, accent }: { name: string; value: string; more: string; accent?: boolean }) {
  return (
    <div class={accent ? 'figure accent' : 'figure'}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{more}</span>
      </dd>
    </div>
  )
}
