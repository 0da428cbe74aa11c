import * as v from 'valibot';
import { cleanText } from '../../components/format/cell-width.ts';
import { hexOfIndex } from '../../components/terminal/palette.ts';
import { dark } from '../../themes/dark.ts';
import { themeNamed, themes } from '../../themes/index.ts';
import type { Hex, RampName, Role, Style, Theme } from '../../themes/theme.ts';
import { jsonOf } from './json-text.ts';
import { nearWord } from './near-word.ts';

/** The sixteen names, by index. */
const NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'brightBlack',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;

const A_COLOUR = `a colour: #rrggbb, an index 0 to 255, or ${NAMES.slice(0, 8).join(', ')} or bright of these like brightRed`;

/** A colour as it may be written, as 24 bits. Names and the first sixteen indexes are those of xterm: what a terminal makes of them cannot be asked. */
function hexOfColour(written: unknown): Hex | undefined {
  if (typeof written === 'number')
    return Number.isInteger(written) && written >= 0 && written <= 255
      ? hexOfIndex(written)
      : undefined;
  if (typeof written !== 'string') return undefined;
  if (/^#[0-9a-f]{6}$/i.test(written)) return written.toLowerCase() as Hex;
  const index = NAMES.findIndex((name) => name.toLowerCase() === written.toLowerCase());
  return index < 0 ? undefined : hexOfIndex(index);
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const colour = v.pipe(
  v.custom<unknown>((written) => hexOfColour(written) !== undefined, A_COLOUR),
  v.transform((written) => hexOfColour(written)!),
);
/** A strict object tells of the first unknown key only. */
const only = <E extends v.ObjectEntries>(entries: E) => v.objectWithRest(entries, v.never());

const style = only({
  fg: v.optional(v.nullable(colour)),
  bg: v.optional(v.nullable(colour)),
  bold: v.optional(v.boolean()),
  dim: v.optional(v.boolean()),
  italic: v.optional(v.boolean()),
  underline: v.optional(v.boolean()),
  inverse: v.optional(v.boolean()),
});
type Written = Hex | v.InferOutput<typeof style>;
const written = v.lazy(
  (value): v.GenericSchema<unknown, Written> => (isPlain(value) ? style : colour),
);

const ROLES = Object.keys(dark.roles) as Role[];
const RAMPS = Object.keys(dark.ramps) as RampName[];
const optionalOf = <K extends string, S extends v.GenericSchema>(keys: readonly K[], schema: S) =>
  only(
    Object.fromEntries(keys.map((key) => [key, v.optional(schema)])) as Record<
      K,
      v.OptionalSchema<S, undefined>
    >,
  );

const ramp = v.pipe(v.array(colour), v.minLength(2), v.maxLength(32));
const schema = only({
  extends: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (name) => themeNamed(name) !== undefined,
        `a built-in theme: ${themes.map(({ name }) => name).join(', ')}`,
      ),
    ),
  ),
  background: v.optional(colour),
  roles: v.optional(optionalOf(ROLES, written), {}),
  ramps: v.optional(optionalOf(RAMPS, ramp), {}),
  series: v.optional(v.pipe(v.array(written), v.minLength(1), v.maxLength(32))),
});

/** Mistakes of one file that are told. */
const MOST_MISTAKES = 8;
const LONGEST_VALUE = 40;

function sentenceOf(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map(({ key }) => String(key));
  const where = cleanText(keys.join('.'));
  if (issue.expected === 'never') {
    const known =
      { roles: ROLES, ramps: RAMPS, '': Object.keys(schema.entries) }[
        keys.slice(0, -1).join('.')
      ] ?? Object.keys(style.entries);
    const [what, name] =
      keys.length === 2 && keys[0] === 'roles' ? ['role', keys[1]!] : ['key', keys.join('.')];
    const near = nearWord(keys.at(-1)!, known);
    return `${what} '${cleanText(name)}' unknown${near === undefined ? `; there is ${known.join(', ')}` : `; did you mean '${near}'?`}`;
  }
  const got =
    issue.received.length > LONGEST_VALUE
      ? `${issue.received.slice(0, LONGEST_VALUE)}…`
      : issue.received;
  const isOurs = issue.type === 'custom' || issue.type === 'check';
  const expected = isOurs ? issue.message : (issue.expected ?? issue.message);
  return `${where === '' ? 'whole' : where}: expected ${expected}, got ${cleanText(got)}`;
}

/** A style with what was written over it; a colour alone is that of the text, or of the ground where a role is one. */
function styled(base: Style | undefined, over: Written, isGround = false): Style {
  const change = typeof over === 'string' ? { [isGround ? 'bg' : 'fg']: over } : over;
  const all = Object.entries({ ...base, ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
}

/** A theme, or everything that is wrong with its file, a sentence each. */
export type ThemeFile = { readonly theme: Theme } | { readonly mistakes: readonly string[] };

/**
 * Reads the text of a theme's file:
 *
 *     { "extends": "dark", "background": "#101010", "roles": { "rising": "#00d7af", "demo": { "fg": 16, "bg": "yellow" } } }
 *
 * With `extends` what is left out is that of the built-in theme, down to single attributes of a role; `null` takes a colour away. Without it everything has to be there.
 */
export function themeOf(name: string, text: string): ThemeFile {
  const json = jsonOf(text);
  if ('mistake' in json) return { mistakes: [json.mistake] };
  if (!isPlain(json.value)) return { mistakes: ['expected one object, like {"extends": "dark"}'] };
  const parsed = v.safeParse(schema, json.value);
  if (!parsed.success) return { mistakes: parsed.issues.slice(0, MOST_MISTAKES).map(sentenceOf) };
  const { output } = parsed;
  const base = output.extends === undefined ? undefined : themeNamed(output.extends);
  const missing = base === undefined ? missingIn(output) : [];
  if (missing.length > 0)
    return {
      mistakes: [
        `without "extends" everything has to be there; missing: ${missing.slice(0, MOST_MISTAKES).join(', ')}${missing.length > MOST_MISTAKES ? ', …' : ''}`,
      ],
    };
  const roles = ROLES.map((role): [Role, Style] => {
    const over = output.roles[role];
    const own = base?.roles[role];
    return [role, over === undefined ? own! : styled(own, over, role === 'selection')];
  });
  return {
    theme: {
      name,
      background: output.background ?? base!.background,
      roles: Object.fromEntries(roles) as Theme['roles'],
      ramps: Object.fromEntries(
        RAMPS.map((ramp) => [ramp, output.ramps[ramp] ?? base!.ramps[ramp]]),
      ) as Theme['ramps'],
      series: output.series?.map((one) => styled(undefined, one)) ?? base!.series,
    },
  };
}

function missingIn(given: v.InferOutput<typeof schema>): string[] {
  return [
    ...(given.background === undefined ? ['background'] : []),
    ...ROLES.filter((role) => given.roles[role] === undefined).map((role) => `roles.${role}`),
    ...RAMPS.filter((ramp) => given.ramps[ramp] === undefined).map((ramp) => `ramps.${ramp}`),
    ...(given.series === undefined ? ['series'] : []),
  ];
}
