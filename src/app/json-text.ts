const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/uy;

type Wanted = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'more' | 'end';

const NAMES: Readonly<Record<Wanted, string>> = {
  value: 'a value',
  valueOrEnd: "a value or ']'",
  key: 'a key in double quotes',
  keyOrEnd: "a key in double quotes or '}'",
  colon: "':'",
  more: "',' or the end",
  end: 'the end of the file',
};

/** What is wanted after a token, or undefined where that token was not. `open` holds the brackets that are open. */
function after(wanted: Wanted, token: string, open: string[]): Wanted | undefined {
  const done = (): Wanted => (open.length === 0 ? 'end' : 'more');
  const closes = token === '}' ? '{' : token === ']' ? '[' : undefined;
  if (closes !== undefined) {
    const mayEnd = wanted === 'more' || wanted === (closes === '{' ? 'keyOrEnd' : 'valueOrEnd');
    if (!mayEnd || open.pop() !== closes) return undefined;
    return done();
  }
  if (wanted === 'more') return token === ',' ? (open.at(-1) === '{' ? 'key' : 'value') : undefined;
  if (wanted === 'colon') return token === ':' ? 'value' : undefined;
  if (wanted === 'key' || wanted === 'keyOrEnd') return token[0] === '"' ? 'colon' : undefined;
  if (wanted === 'end' || token === ',' || token === ':') return undefined;
  if (token !== '{' && token !== '[') return done();
  open.push(token);
  return token === '{' ? 'keyOrEnd' : 'valueOrEnd';
}

/** Where a text stops being JSON, and what should stand there. Parsers of JSON tell the place of some mistakes only. */
function mistakeIn(text: string): string {
  const open: string[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    SPACE.exec(text);
    at = SPACE.lastIndex;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    const next: Wanted | undefined = token === undefined ? undefined : after(wanted, token, open);
    if (token === undefined || next === undefined) break;
    at += token.length;
    wanted = next;
  }
  const before = text.slice(0, at).split('\n');
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  return `${place}: expected ${NAMES[wanted]}`;
}

/** A text read as JSON, or in `mistake` the first place where it is none and what was expected there. */
export function jsonOf(text: string): { readonly value: unknown } | { readonly mistake: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { mistake: mistakeIn(text) };
  }
}
