/** Scenario files: JSON in, a checked scenario out, or one line that names the line, the field and what it may be. @module */
import { z } from 'zod'
import { messageOf } from '../../peer-core/index.ts'
import { SimulationError } from '../errors.ts'
import { brokenLine, lineDeeperThan, lineOf } from './json-position.ts'
import { type Scenario, scenarioSchema } from './schema.ts'

/** Far more than any scenario needs, and little enough to be read and complained of in a moment. */
const most = { characters: 1_000_000, levels: 32 }

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
  if (text.length > most.characters) {
    return fail(1, 'the file', `${text.length} characters; expected at most ${most.characters}`)
  }
  const deep = lineDeeperThan(most.levels, text)
  if (deep !== undefined) {
    return fail(deep, 'the file', `lists and objects nested too deep; expected at most ${most.levels} levels`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail(brokenLine(text), 'the file', `not JSON: ${messageOf(error).replaceAll('\n', ' ')}`)
  }
  const checked = checkScenario(value)
  return 'scenario' in checked ? checked.scenario : fail(lineOf(text, checked.path), checked.field, checked.why)
}

interface Refusal {
  readonly path: readonly PropertyKey[]
  readonly field: string
  /** what is wrong, and what is allowed */
  readonly why: string
}

/** @returns the scenario, or what is wrong with it first */
export function checkScenario(value: unknown): { readonly scenario: Scenario } | Refusal {
  const result = scenarioSchema.safeParse(value)
  if (result.success) return { scenario: result.data }
  const issue = mostSpecific(result.error.issues[0]!)
  const stray = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = stray === undefined ? issue.path : [...issue.path, stray]
  const why = stray === undefined ? whyNot(issue, value) : noSuchField(issue, value)
  return { path, field: fieldName(path), why }
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
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** What may stand at this place; of a union, the kind that the value says it is, or else the first that has such a place. */
function schemaAt(path: readonly PropertyKey[], value: unknown): JsonSchema {
  let schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  let here = value
  for (const key of path) {
    const ofKind = ofItsKind(schema, here)
    const kinds = key === 'kind' && ofKind === undefined ? kindsOf(schema) : undefined
    if (kinds !== undefined) return { enum: kinds }
    const branches = [ofKind ?? schema, ...(schema.anyOf ?? [])]
    schema = branches.map((one) => memberOf(one, key)).find((one) => one !== undefined) ?? {}
    here = (here as Record<PropertyKey, unknown> | undefined)?.[key]
  }
  return ofItsKind(schema, here) ?? schema
}

/** Of a union, what the value says it is. */
function ofItsKind({ oneOf, anyOf }: JsonSchema, value: unknown): JsonSchema | undefined {
  const kind = (value as { kind?: unknown } | undefined)?.kind
  return (oneOf ?? anyOf)?.find(({ properties }) => kind !== undefined && properties?.kind?.const === kind)
}

function memberOf({ items, properties }: JsonSchema, key: PropertyKey): JsonSchema | undefined {
  return typeof key === 'number' ? items : properties?.[String(key)]
}

/** What the objects of a union say they are. */
function kindsOf({ oneOf }: JsonSchema): unknown[] | undefined {
  const kinds = oneOf?.map(({ properties }) => properties?.kind?.const)
  return kinds?.every((kind) => kind !== undefined) ? kinds : undefined
}

/** In words; `undefined` where a schema does not tell. */
function allowed(schema: JsonSchema): string | undefined {
  const { type, description, minItems, maxItems } = schema
  if (description !== undefined) return description
  const options = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  if (options !== undefined) return options.map((one) => JSON.stringify(one)).join(', ')
  const kinds = kindsOf(schema)
  if (kinds !== undefined) return `an object whose "kind" is ${kinds.map((kind) => `"${kind}"`).join(', ')}`
  const branches = schema.anyOf?.map(allowed)
  if (branches !== undefined) return branches.every((one) => one !== undefined) ? branches.join(', or ') : undefined
  if (type === 'number' || type === 'integer') {
    return `a ${type === 'integer' ? 'whole number' : 'number'}${range(schema)}`
  }
  if (type === 'array') return `a list${maxItems === undefined ? '' : ` of ${minItems ?? 0} to ${maxItems}`}`
  if (type === 'object') return 'an object'
  if (type === 'string') return `a text${lengths(schema)}`
  return type === 'boolean' ? 'true or false' : undefined
}

function range({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  if (minimum === undefined && exclusiveMinimum === undefined) return ''
  const from = exclusiveMinimum === undefined ? `from ${minimum}` : `above ${exclusiveMinimum}`
  if (exclusiveMaximum !== undefined) return ` ${from} to below ${exclusiveMaximum}`
  // The widest that a whole number can be says nothing.
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? ` ${from} up` : ` ${from} to ${maximum}`
}

function lengths({ minLength = 0, maxLength }: JsonSchema): string {
  if (maxLength === undefined) return minLength === 0 ? '' : ` of ${minLength} characters or more`
  return minLength === 0 ? ` of at most ${maxLength} characters` : ` of ${minLength} to ${maxLength} characters`
}

function fieldName(path: readonly PropertyKey[]): string {
  const named = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
  return named.join('') || 'the scenario'
}
