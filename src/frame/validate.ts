import type { OutputLine } from './frame.ts';
import { lineSchema } from './schema.ts';

type Schema = { readonly [keyword: string]: unknown };

const definitions = lineSchema['$defs'] as Readonly<Record<string, Schema>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isOfType(value: unknown, type: unknown): boolean {
  if (Array.isArray(type)) return type.some((one) => isOfType(value, one));
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

/** What is wrong with the properties of an object; undefined when nothing is. */
function wrongProperty(value: Record<string, unknown>, schema: Schema): string | undefined {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  for (const key of (schema['required'] ?? []) as readonly string[])
    if (!Object.hasOwn(value, key)) return `${key} is missing`;
  const others = schema['additionalProperties'];
  for (const key of Object.keys(value)) {
    const below = Object.hasOwn(properties, key) ? properties[key] : others;
    if (below === false) return `${key} is unknown`;
    const found = isObject(below) ? wrong(value[key], below) : undefined;
    if (found !== undefined) return `${key} ${found}`;
  }
  return undefined;
}

function wrongItem(value: readonly unknown[], schema: Schema): string | undefined {
  const first = (schema['prefixItems'] ?? []) as readonly Schema[];
  const others = schema['items'];
  if (value.length < ((schema['minItems'] as number | undefined) ?? 0)) return 'is too short';
  if (value.length > ((schema['maxItems'] as number | undefined) ?? Number.POSITIVE_INFINITY))
    return 'is too long';
  for (const [at, item] of value.entries()) {
    const below = first[at] ?? others;
    if (below === false) return 'is too long';
    const found = isObject(below) ? wrong(item, below) : undefined;
    if (found !== undefined) return `${at} ${found}`;
  }
  return undefined;
}

/** Whether one of several schemas could be meant: decided by the constant that tells them apart, so that only that one is gone through. */
function mayMean(value: unknown, schema: Schema): boolean {
  const properties = resolved(schema)['properties'];
  if (!isObject(properties) || !isObject(value)) return true;
  for (const key of ['state', 'type']) {
    const property = properties[key];
    if (isObject(property) && 'const' in property && value[key] !== property['const']) return false;
  }
  return true;
}

function resolved(schema: Schema): Schema {
  const ref = schema['$ref'];
  return typeof ref === 'string' ? definitions[ref.slice('#/$defs/'.length)]! : schema;
}

function wrong(value: unknown, given: Schema): string | undefined {
  const schema = resolved(given);
  const several = (schema['oneOf'] ?? schema['anyOf']) as readonly Schema[] | undefined;
  if (several !== undefined) {
    let first: string | undefined;
    for (const one of several) {
      if (!mayMean(value, one)) continue;
      const found = wrong(value, one);
      if (found === undefined) return undefined;
      first ??= found;
    }
    return first ?? 'is none of what it may be';
  }
  if ('const' in schema && value !== schema['const']) return 'is not what it must be';
  if ('enum' in schema && !(schema['enum'] as readonly unknown[]).includes(value))
    return 'is none of its words';
  if ('type' in schema && !isOfType(value, schema['type'])) return 'has another type';
  if (typeof value === 'number' && value < ((schema['minimum'] as number | undefined) ?? value))
    return 'is too small';
  if (
    typeof value === 'string' &&
    value.length < ((schema['minLength'] as number | undefined) ?? 0)
  )
    return 'is empty';
  if (isObject(value)) return wrongProperty(value, schema);
  return Array.isArray(value) ? wrongItem(value, schema) : undefined;
}

/**
 * Holds something from elsewhere against the published schema: a screen shows lines of another machine, which may be anything.
 *
 * Knows the keywords that the schema uses and no others; a general validator would cost more at every start than this does in an hour.
 *
 * @returns what is wrong; undefined when it is a line.
 */
export const faultOf = (line: unknown): string | undefined => wrong(line, lineSchema);

/** Whether it is a line as published. */
export const isLine = (line: unknown): line is OutputLine => faultOf(line) === undefined;
