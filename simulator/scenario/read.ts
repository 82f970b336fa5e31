/** Scenario files: JSON in, a checked scenario out, or one line that names the line, the field and what it may be. @module */
import { z } from 'zod'
import { messageOf } from '../../peer-core/index.ts'
import { SimulationError } from '../errors.ts'
import { brokenLine, lineOf } from './json-position.ts'
import { type Scenario, scenarioSchema } from './schema.ts'

/**
 * @param where - a file's name, for the message
 * @throws {@link SimulationError} `BAD_SCENARIO` as `file:line: field: what is wrong, and what is allowed`
 */
export function readScenario(text: string, where: string): Scenario {
  const fail = (line: number, field: string, why: string): never => {
    throw new SimulationError({ code: 'BAD_SCENARIO', where, line, field }, `${where}:${line}: ${field}: ${why}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail(brokenLine(text), 'the file', `not JSON: ${messageOf(error).replaceAll('\n', ' ')}`)
  }
  const result = scenarioSchema.safeParse(value)
  if (result.success) return result.data
  const issue = mostSpecific(result.error.issues[0]!)
  const stray = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = stray === undefined ? issue.path : [...issue.path, stray]
  const why =
    stray === undefined
      ? issue.message
      : `no such field; expected ${fieldsAt(issue.path, value)
          .map((one) => `"${one}"`)
          .join(', ')}`
  return fail(lineOf(text, path), fieldName(path), why)
}

/** Of a union's complaints, those of the branch that came farthest. */
function mostSpecific(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const branches = issue.errors.filter((branch) => branch.length > 0)
  const [deepest] = branches.toSorted((a, b) => b[0]!.path.length - a[0]!.path.length)
  if (deepest === undefined || deepest[0]!.path.length === 0) {
    return { ...issue, code: 'custom', message: branches.map((branch) => branch[0]!.message).join(', or ') }
  }
  return mostSpecific({ ...deepest[0]!, path: [...issue.path, ...deepest[0]!.path] })
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly const?: unknown
}

/** Names that an object at this place may have; of a union, those of the kind that the value says it is. */
function fieldsAt(path: readonly PropertyKey[], value: unknown): string[] {
  let schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  let here = value
  for (const key of [...path, undefined]) {
    const kind = (here as { kind?: unknown } | undefined)?.kind
    schema = (schema.oneOf ?? schema.anyOf)?.find((one) => one.properties?.kind?.const === kind) ?? schema
    if (key === undefined) break
    schema = (typeof key === 'number' ? schema.items : schema.properties?.[String(key)]) ?? {}
    here = (here as Record<PropertyKey, unknown>)[key]
  }
  return Object.keys(schema.properties ?? {})
}

function fieldName(path: readonly PropertyKey[]): string {
  const named = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
  return named.join('') || 'the scenario'
}
