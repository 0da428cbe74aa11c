/** What stands in a prompt at most, so that a paste stays a line. */
const LONGEST = 200;

/** Lines remembered at most; the oldest go. */
const MOST_LINES = 50;

/** A line being typed in the footer: a filter of rows, or a command. */
export interface Prompt {
  readonly kind: 'filter' | 'command';
  readonly text: string;
  /** Where the next character goes, in characters from the start. */
  readonly at: number;
  /** Lines back in the history; 0 is the one being typed. */
  readonly back: number;
  /** The line being typed, while an older one stands in its place. */
  readonly draft: string;
}

export const openPrompt = (kind: Prompt['kind'], text = ''): Prompt => ({
  kind,
  text,
  at: [...text].length,
  back: 0,
  draft: '',
});

/** What a key did to a prompt: it goes on, its line is to be taken, or it is given up. */
export type Typed =
  | { readonly is: 'open'; readonly prompt: Prompt }
  | { readonly is: 'entered' }
  | { readonly is: 'cancelled' };

const open = (prompt: Prompt): Typed => ({ is: 'open', prompt });

/** Characters that a terminal shows, on one line. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');

function inserted(prompt: Prompt, text: string): Prompt {
  const characters = [...prompt.text];
  const room = LONGEST - characters.length;
  const fresh = [...printable(text)].slice(0, Math.max(0, room));
  return {
    ...prompt,
    text: [...characters.slice(0, prompt.at), ...fresh, ...characters.slice(prompt.at)].join(''),
    at: prompt.at + fresh.length,
  };
}

function removed(prompt: Prompt, from: number, to: number): Prompt {
  const characters = [...prompt.text];
  const start = Math.max(0, from);
  return {
    ...prompt,
    text: [...characters.slice(0, start), ...characters.slice(to)].join(''),
    at: start,
  };
}

function recalled(prompt: Prompt, step: 1 | -1, history: readonly string[]): Prompt {
  const back = Math.min(history.length, Math.max(0, prompt.back + step));
  if (back === prompt.back) return prompt;
  const draft = prompt.back === 0 ? prompt.text : prompt.draft;
  const text = back === 0 ? draft : history[history.length - back]!;
  return { ...prompt, text, at: [...text].length, back, draft };
}

/** Where the word before the cursor begins. */
function wordStart({ text, at }: Prompt): number {
  const before = [...text].slice(0, at).join('');
  return [...before.replace(/\S+\s*$/u, '')].length;
}

/**
 * What a key does to the line, in the manner of a shell.
 *
 * @param key its name as the key table spells it; undefined for a paste.
 * @param text what it types.
 */
export function typed(
  prompt: Prompt,
  key: string | undefined,
  text: string,
  history: readonly string[],
): Typed {
  const { at } = prompt;
  const end = [...prompt.text].length;
  switch (key) {
    case 'enter':
      return { is: 'entered' };
    case 'escape':
    case 'ctrl+c':
      return { is: 'cancelled' };
    case 'backspace':
    case 'ctrl+h':
      if (end === 0) return { is: 'cancelled' };
      return open(at === 0 ? prompt : removed(prompt, at - 1, at));
    case 'delete':
    case 'ctrl+d':
      return open({ ...removed(prompt, at, at + 1), at });
    case 'ctrl+u':
      return open(removed(prompt, 0, at));
    case 'ctrl+k':
      return open({ ...removed(prompt, at, end), at });
    case 'ctrl+w':
      return open(removed(prompt, wordStart(prompt), at));
    case 'left':
      return open({ ...prompt, at: Math.max(0, at - 1) });
    case 'right':
      return open({ ...prompt, at: Math.min(end, at + 1) });
    case 'home':
    case 'ctrl+a':
      return open({ ...prompt, at: 0 });
    case 'end':
    case 'ctrl+e':
      return open({ ...prompt, at: end });
    case 'up':
      return open(recalled(prompt, 1, history));
    case 'down':
      return open(recalled(prompt, -1, history));
    default:
      // A name of several letters is a key that types nothing, but for the space bar.
      if (key !== undefined && [...key].length > 1 && key !== 'space') return open(prompt);
      return open(inserted(prompt, text));
  }
}

/** The history with one line more; what stands at its end already, and nothing at all, is not remembered again. */
export const rememberedLine = (history: readonly string[], line: string): readonly string[] =>
  line.trim() === '' || history.at(-1) === line ? history : [...history, line].slice(-MOST_LINES);
