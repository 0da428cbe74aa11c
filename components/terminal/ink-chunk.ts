/** What Ink wanted with one write: Ink erases, moves and prints as if it owned the screen. */
export interface InkChunk {
  /** Lines of a new frame, when the chunk holds one. */
  readonly frame: readonly string[] | undefined;
  /** Mode switches for the terminal itself (alternate screen, paste, keyboard protocol), in order; the cursor's visibility is not among them. */
  readonly modes: readonly string[];
}

/** Where Ink believes its cursor is, counted from its frame's first line, and whether it wants it seen. */
export interface InkCursor {
  line: number;
  column: number;
  isVisible: boolean;
}

const ESC = '\u001B';

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const control = /\u001B\[([?<>=]?)([0-9;]*)([@-ln-~])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
const trailingControls = /(?:\u001B\[[?<>=]?[0-9;]*[@-ln-~])+$/;

/**
 * Takes one of Ink's writes apart: erasing and moving sequences before the frame and cursor placement after it are followed by `cursor` and
 * dropped, mode switches are handed out, the rest is the frame.
 */
export function readInkChunk(chunk: string, cursor: InkCursor): InkChunk {
  const modes: string[] = [];
  const start = followControls(chunk, 0, cursor, modes);
  if (start === chunk.length) return { frame: undefined, modes };
  const tail = trailingControls.exec(chunk);
  const end = tail === null || tail.index < start ? chunk.length : tail.index;
  const lines = chunk.slice(start, end).split('\n');
  cursor.line = lines.length - 1;
  cursor.column = 0;
  if (end < chunk.length) followControls(chunk, end, cursor, modes);
  // A frame that does not fill the screen ends with a line feed.
  if (lines.at(-1) === '') lines.pop();
  return { frame: lines, modes };
}

function followControls(chunk: string, from: number, cursor: InkCursor, modes: string[]): number {
  let at = from;
  while (chunk.startsWith(ESC, at)) {
    control.lastIndex = at;
    const match = control.exec(chunk);
    if (match === null) break;
    follow(match[0], match[1]!, match[2]!, match[3]!, cursor, modes);
    at = control.lastIndex;
  }
  return at;
}

function follow(
  sequence: string,
  mark: string,
  parameters: string,
  final: string,
  cursor: InkCursor,
  modes: string[],
): void {
  if (mark !== '') {
    if (parameters === '25') cursor.isVisible = final === 'h';
    // Ink brackets its frames in synchronized output; ours has its own.
    else if (parameters !== '2026') modes.push(sequence);
    return;
  }
  const amount = Number.parseInt(parameters, 10) || 1;
  switch (final) {
    case 'A':
      cursor.line = Math.max(0, cursor.line - amount);
      return;
    case 'B':
      cursor.line += amount;
      return;
    case 'G':
      cursor.column = amount - 1;
      return;
    case 'C':
      cursor.column += amount;
      return;
    case 'D':
      cursor.column = Math.max(0, cursor.column - amount);
      return;
    case 'H':
      cursor.line = amount - 1;
      cursor.column = (Number.parseInt(parameters.split(';')[1] ?? '', 10) || 1) - 1;
      return;
    case 'J':
    case 'K':
      return;
    default:
      modes.push(sequence);
  }
}
