/** A task's control topic on one peer: every message passes `validate` before it is forwarded and its handler after. @module */
import { messageOf, type PeerId } from '../foundation/index.ts'
import type { Verdict } from '../ports/index.ts'
import { controlTopic, seal } from '../wire/index.ts'
import { type Message, readMessage } from './message.ts'
import type { SessionContext } from './session-context.ts'

type Of<T extends Message['type']> = Extract<Message, { type: T }>

export interface TopicParts {
  /** What only this task's state can judge; form, signature and task are checked already. */
  readonly validate: { readonly [T in Message['type']]: (message: Of<T>) => Verdict }
  readonly deliver: { readonly [T in Message['type']]: (message: Of<T>) => void }
  /** The sender's bytes were no message. */
  onMalformed(from: PeerId): void
}

type Context = Pick<SessionContext, 'identity' | 'network' | 'task' | 'signal' | 'notice'>

export class TaskTopic {
  readonly #context: Context
  readonly #parts: TopicParts

  constructor(context: Context, parts: TopicParts) {
    this.#context = context
    this.#parts = parts
  }

  /** @returns stops listening */
  start(): () => void {
    const { network, task } = this.#context
    return network.gossip.subscribe(controlTopic(task), {
      validate: (data, from) => this.#validate(data, from),
      deliver: (data) => this.#deliver(readMessage(data, task)),
    })
  }

  /** Signs and publishes; what is said of ourselves is heard by our own parts like anyone's. */
  say(type: Message['type'], value: object): void {
    const { identity, network, task, signal, notice } = this.#context
    const { bytes } = seal(identity, type, value)
    network.gossip.publish(controlTopic(task), bytes).catch((error: unknown) => {
      if (!signal.aborted) notice('warning', `could not publish ${type}: ${messageOf(error)}`)
    })
    if (type !== 'commit') this.#deliver(readMessage(bytes, task))
  }

  #validate(data: Uint8Array, from: PeerId): Verdict {
    let message: Message
    try {
      message = readMessage(data, this.#context.task)
    } catch {
      this.#parts.onMalformed(from)
      return 'reject'
    }
    const validate = this.#parts.validate[message.type] as (message: Message) => Verdict
    return validate(message)
  }

  #deliver(message: Message): void {
    const deliver = this.#parts.deliver[message.type] as (message: Message) => void
    deliver(message)
  }
}
