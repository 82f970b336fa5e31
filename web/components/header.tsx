import type { ComponentChildren } from 'preact'
import { Logo } from './logo.tsx'

/** @param children - what belongs to this device: its engine, its name */
export function Header({ children }: { children?: ComponentChildren }) {
  return (
    <header class="header">
      <span class="brand">
        <Logo />
        <span>Zen Mesh</span>
      </span>
      <div class="header-side">{children}</div>
    </header>
  )
}
