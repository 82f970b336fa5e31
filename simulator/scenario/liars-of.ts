/** How many of a scenario's contributors an attack takes for its liars. @module */
import type { AttackSpec, Scenario } from './schema.ts'

/** @returns `liars` of the `of` devices that it names */
export function liarsOf({ who, share }: AttackSpec, population: Scenario['population']) {
  const of = population.reduce((sum, { name, count }) => sum + ([undefined, name].includes(who) ? count : 0), 0)
  return { of, liars: Math.round(share * of) }
}
