/** @param share - done, in [0, 1]; `undefined` shows an empty track */
export function ProgressBar({ share, label }: { share: number | undefined; label: string }) {
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
    >
      <div style={{ transform: `scaleX(${share ?? 0})` }} />
    </div>
  )
}
