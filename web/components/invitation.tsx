/** Where a task lets in whom someone invites: the name to be invited by, and a place for the invitation. @module */
import { useState } from 'preact/hooks'
import { messageOf } from '../../peer-core/index.ts'
import { readInvitation } from '../../peer-core/wire/index.ts'
import type { PeerId, SignedInvitation } from '../peer.ts'

interface InvitationProps {
  readonly self: PeerId
  onBring(invitation: SignedInvitation): Promise<void>
}

export function Invitation({ self, onBring }: InvitationProps) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()

  async function bring(event: Event): Promise<void> {
    event.preventDefault()
    setFault(undefined)
    try {
      const invitation = readInvitation(text)
      if (invitation.invitation.peer !== self) throw new Error('it is for another browser, or another device')
      await onBring(invitation)
      setText('')
    } catch (error) {
      setFault(messageOf(error))
    }
  }

  return (
    <form class="invitation" onSubmit={(event) => void bring(event)}>
      <p>
        Send this name to whoever may invite you, and paste what they send back: <code class="own-name">{self}</code>
      </p>
      <label>
        Invitation
        <input
          name="invitation"
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button small" disabled={text.trim() === ''}>
        Use it
      </button>
      {fault !== undefined && <p role="alert">Not used: {fault}</p>}
    </form>
  )
}
