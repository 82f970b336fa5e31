import { type Fault, ZenError } from '../peer-core/index.ts'

export type SimulationFault = Fault &
  (
    | { readonly code: 'BAD_SCENARIO'; readonly where: string; readonly line: number; readonly field: string }
    | { readonly code: 'BAD_SIZE'; readonly devices: number; readonly field: string }
    | { readonly code: 'UNKNOWN_SCENARIO'; readonly name: string }
    | { readonly code: 'BAD_TRANSCRIPT'; readonly where: string; readonly line: number }
  )
/** What a person gave the simulator cannot be used; the message is one line that says where and what would do. */
export class SimulationError extends ZenError<SimulationFault> {}
