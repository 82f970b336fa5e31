/** What every part of a task's session works with. @module */
import type { Exchange } from '../exchange/index.ts'
import type { Identity, Random, TaskId } from '../foundation/index.ts'
import type { Aggregation, Clock, Network, Stores } from '../ports/index.ts'
import type { MessageType, TaskSpec, Tier } from '../wire/index.ts'

export interface SessionContext {
  readonly task: TaskId
  readonly spec: TaskSpec
  readonly identity: Identity
  /** what carries this peer; `edge` when absent */
  readonly tier?: Tier
  readonly network: Network
  readonly exchange: Exchange
  readonly stores: Stores
  readonly aggregation: Aggregation
  readonly clock: Clock
  readonly random: Random
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
  /** Signs and publishes on the task's topic, and hands it to our own parts like anyone's message. */
  say(type: Exclude<MessageType, 'task'>, value: object): void
  /** For a person to read. */
  notice(level: 'info' | 'warning', text: string): void
}
