/** Line icons on a grid of 20, drawn for this page. They stand beside words and are hidden from screen readers. @module */
import type { ComponentChildren, JSX } from 'preact'

function icon(children: ComponentChildren): () => JSX.Element {
  return () => (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  )
}

export const ComputeIcon = icon(
  <>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" />
    <path d="M8 2.5v3M12 2.5v3M8 14.5v3M12 14.5v3M2.5 8h3M2.5 12h3M14.5 8h3M14.5 12h3" />
  </>,
)

export const TrafficIcon = icon(<path d="M6.5 16.5v-12M3 8l3.5-3.5L10 8M13.5 3.5v12M10 12l3.5 3.5L17 12" />)

export const BatteryIcon = icon(
  <>
    <rect x="2.5" y="6" width="13" height="8" rx="2" />
    <path d="M17.5 9v2M5.5 9v2M8.5 9v2" />
  </>,
)

export const EyeIcon = icon(
  <>
    <path d="M2 10c1.8-3.3 4.6-5 8-5s6.2 1.7 8 5c-1.8 3.3-4.6 5-8 5s-6.2-1.7-8-5Z" />
    <circle cx="10" cy="10" r="2.3" />
  </>,
)

export const LockIcon = icon(
  <>
    <rect x="4.5" y="9" width="11" height="8" rx="2" />
    <path d="M7 9V6.5a3 3 0 0 1 6 0V9" />
  </>,
)

export const StopIcon = icon(
  <>
    <circle cx="10" cy="10" r="7.5" />
    <path d="M8.2 7.5v5M11.8 7.5v5" />
  </>,
)

export const WarningIcon = icon(<path d="M10 3 2.5 16.5h15L10 3ZM10 8.5v3.7M10 14.2v.1" />)
export const CheckIcon = icon(<path d="m4.5 10.5 3.7 3.7 7.3-8.2" />)
export const SunIcon = icon(
  <>
    <circle cx="10" cy="10" r="3.2" />
    <path d="M10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8M4.7 4.7 6 6M14 14l1.3 1.3M4.7 15.3 6 14M14 6l1.3-1.3" />
  </>,
)
