/** The mark: a circle drawn in one stroke, closed by one more peer. @module */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="logo-chords" d="M22.43 8.34 14.26 25.85 6.15 14.26Z" />
      <path class="logo-ring" d="M25.27 12.25A10 10 0 1 1 18.08 6.22" />
      <circle class="logo-peer" cx="22.43" cy="8.34" r="2.9" />
    </svg>
  )
}
