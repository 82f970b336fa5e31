/** What this device trains with: the fastest unless somebody knows better. Remembered on this device. @module */
import { useState } from 'preact/hooks'
import { type EngineChoice, engineChoices, type Preferences } from '../preferences.ts'

const names: Readonly<Record<EngineChoice, string>> = {
  auto: 'the fastest here',
  webgpu: 'the graphics chip (WebGPU)',
  wasm: 'the processor (WebAssembly)',
  cpu: 'plain JavaScript, slow',
}

export function EngineSelect({ preferences }: { readonly preferences: Preferences }) {
  const [chosen, choose] = useState(preferences.engine())
  const measured = preferences.measuredEngine()
  function change(value: string): void {
    const choice = engineChoices.find((one) => one === value) ?? 'auto'
    preferences.setEngine(choice)
    choose(choice)
  }
  return (
    <label class="engine-select">
      Train with
      <select value={chosen} onChange={(event) => change(event.currentTarget.value)}>
        {engineChoices.map((choice) => (
          <option key={choice} value={choice}>
            {choice === 'auto' && measured ? `${names.auto}, last time ${names[measured]}` : names[choice]}
          </option>
        ))}
      </select>
    </label>
  )
}
