import type { ComponentChildren } from 'preact'
import { CheckIcon, WarningIcon } from './icons.tsx'

interface BannerProps {
  readonly level: 'info' | 'warning'
  readonly children: ComponentChildren
}

/** One thing that a person should know now. It is announced when it appears. */
export function Banner({ level, children }: BannerProps) {
  return (
    <div class={`banner ${level}`} role="status">
      {level === 'warning' ? <WarningIcon /> : <CheckIcon />}
      <div>{children}</div>
    </div>
  )
}
