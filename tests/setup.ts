/**
 * Before every test file: properties are tried on the same examples in every run, so that a merge is not refused for what another
 * run would not have met. `ZEN_PROPERTY_SEED=random npm test` looks at others.
 */
import fc from 'fast-check'

const seed = process.env.ZEN_PROPERTY_SEED ?? '20261122'
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
