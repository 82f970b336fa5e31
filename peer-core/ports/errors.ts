import { ZenError } from '../foundation/index.ts'

export type StoreFault =
  | { code: 'GAP'; expected: number; actual: number }
  | { code: 'CONFLICT'; round: number; stored: string; offered: string }
  | { code: 'LOCKED'; path: string; pid?: number }
  | { code: 'UNUSABLE'; path: string; reason: string }
  | { code: 'UNAVAILABLE'; operation: string; afterMs: number }
  | { code: 'QUOTA'; wanted: number }
  | { code: 'NEWER_FORMAT'; path: string; found: number; supported: number }
  | { code: 'CLOSED'; operation: string }
export class StoreError extends ZenError<StoreFault> {}

export type TrainerFault =
  | { code: 'NO_ENGINE'; tried: string }
  | { code: 'DIVERGED'; step: number }
  | { code: 'WRONG_LENGTH'; expected: number; actual: number }
  | { code: 'UNKNOWN_DATA'; data: string }
  | { code: 'ENGINE_LOST'; engine: string; reason: string }
export class TrainerError extends ZenError<TrainerFault> {}
