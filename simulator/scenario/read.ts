/** Scenario files: JSON in, a checked scenario out, or one line that names the line, the field and what it may be. @module */
import { z } from 'zod'
import { messageOf } from '../../peer-core/index.ts'
import { SimulationError } from '../errors.ts'
import { brokenLine, lineOf } from './json-position.ts'
import { type Scenario, scenarioSchema } from './schema.ts'

/**
 * @param file - its text
 * @param where - a file's name, for the message
 * @throws {@link SimulationError} `BAD_SCENARIO` as `file:line: field: what is wrong, and what is allowed`
 */
export function readScenario(file: string, where: string): Scenario {
  // Some editors begin with a mark.
  const text = file.replace(/^\uFEFF/, '')
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
  return fail(
    lineOf(text, path),
    fieldName(path),
    stray === undefined ? whyNot(issue, value) : noSuchField(issue, value),
  )
}

function noSuchField(issue: z.core.$ZodIssue, value: unknown): string {
  const fields = Object.keys(schemaAt(issue.path, value).properties ?? {})
  return `no such field; expected ${fields.map((one) => `"${one}"`).join(', ')}`
}

/** What checks of our own say is left as it is. */
function whyNot(issue: z.core.$ZodIssue, value: unknown): string {
  const may = issue.code === 'custom' ? undefined : allowed(schemaAt(issue.path, value))
  if (may === undefined) return issue.message
  const found = issue.path.reduce<unknown>(
    (here, key) => (here as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  return found === undefined ? `missing; expected ${may}` : `${told(found)}; expected ${may}`
}

function told(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

/** Of a union's complaints, those of the branch that came farthest. */
function mostSpecific(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue
  const branches = issue.errors.filter((branch) => branch.length > 0)
  const [deepest] = branches.toSorted((a, b) => b[0]!.path.length - a[0]!.path.length)
  if (deepest === undefined || deepest[0]!.path.length === 0) {
    return { ...issue, message: branches.map((branch) => branch[0]!.message).join(', or ') }
  }
  return mostSpecific({ ...deepest[0]!, path: [...issue.path, ...deepest[0]!.path] })
}

interface JsonSchema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Record<string, JsonSchema>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** What may stand at this place; of a union, the kind that the value says it is. */
function schemaAt(path: readonly PropertyKey[], value: unknown): JsonSchema {
  let schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  let here = value
  for (const key of [...path, undefined]) {
    const kind = (here as { kind?: unknown } | undefined)?.kind
    const isOfKind = (one: JsonSchema) => kind !== undefined && one.properties?.kind?.const === kind
    schema = (schema.oneOf ?? schema.anyOf)?.find(isOfKind) ?? schema
    if (key === undefined) break
    schema = (typeof key === 'number' ? schema.items : schema.properties?.[String(key)]) ?? {}
    here = (here as Record<PropertyKey, unknown> | undefined)?.[key]
  }
  return schema
}

/** In words; `undefined` where a schema does not tell. */
function allowed(schema: JsonSchema): string | undefined {
  const { type, description, minimum, exclusiveMinimum, maximum, minItems, maxItems } = schema
  if (description !== undefined) return description
  const options = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (options !== undefined) return options.map((one) => JSON.stringify(one)).join(', ')
  const kinds = schema.oneOf?.map(({ properties }) => properties?.kind?.const)
  if (kinds?.every((kind) => kind !== undefined))
    return `an object whose "kind" is ${kinds.map((kind) => `"${kind}"`).join(', ')}`
  const branches = schema.anyOf?.map(allowed)
  if (branches !== undefined) return branches.every((one) => one !== undefined) ? branches.join(', or ') : undefined
  if (type === 'number' || type === 'integer') {
    const from = exclusiveMinimum === undefined ? `from ${minimum}` : `above ${exclusiveMinimum}`
    // The widest that a whole number can be says nothing.
    const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
    const range = minimum === undefined && exclusiveMinimum === undefined ? '' : ` ${from}${to === '' ? ' up' : to}`
    return `a ${type === 'integer' ? 'whole number' : 'number'}${range}`
  }
  if (type === 'array') return `a list${maxItems === undefined ? '' : ` of ${minItems ?? 0} to ${maxItems}`}`
  if (type === 'object') return 'an object'
  return type === 'string' ? 'a text' : type === 'boolean' ? 'true or false' : undefined
}

function fieldName(path: readonly PropertyKey[]): string {
  const named = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
  return named.join('') || 'the scenario'
}
