/**
 * Sleepers: honest until they have a name, liars from then on.
 * @module
 */
import { type Attack, each } from './attack.ts'

/** @param rounds - how many rounds the liars send their own honest deltas first */
export function sleeper(rounds: number, attack: Attack): Attack {
  const asAsked = each((own) => own)
  return (view) => (view.round < rounds ? asAsked : attack)(view)
}
