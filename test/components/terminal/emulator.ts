import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import type { TerminalOutput } from '../../../components/terminal/surface.ts';

/** One cell as a terminal shows it: its text (empty for the second half of a wide character) and its style. */
export interface ShownCell {
  readonly text: string;
  readonly style: string;
}

/**
 * A terminal to write to and to look at: xterm's own emulator without a window.
 *
 * What is written is taken in at once and shown after `settled`.
 */
export class Emulator extends EventEmitter implements TerminalOutput {
  readonly isTTY = true;
  readonly writes: string[] = [];
  /** What `write` answers. */
  accepts = true;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  constructor(columns: number, rows: number) {
    super();
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  write(data: Uint8Array | string): boolean {
    this.writes.push(typeof data === 'string' ? data : Buffer.from(data).toString());
    this.#terminal.write(data);
    return this.accepts;
  }

  /** The window changes its size; the program is told, as SIGWINCH would. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.emit('resize');
  }

  /** Resolves once everything written is on the screen. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write('', resolve));
  }

  get bytes(): number {
    return this.writes.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }

  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  get cursor(): { readonly x: number; readonly y: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { x: cursorX, y: cursorY };
  }

  /** Lines that have been scrolled away. */
  get scrolled(): number {
    return this.#terminal.buffer.active.baseY;
  }

  line(y: number): string {
    const { active } = this.#terminal.buffer;
    return (
      active
        .getLine(active.baseY + y)
        ?.translateToString()
        .trimEnd() ?? ''
    );
  }

  get lines(): string[] {
    return Array.from({ length: this.rows }, (_, y) => this.line(y));
  }

  /** Cells of one row. */
  cells(y: number): ShownCell[] {
    const { active } = this.#terminal.buffer;
    const line = active.getLine(active.baseY + y)!;
    return Array.from({ length: this.columns }, (_, x) => {
      const cell = line.getCell(x)!;
      const isTail = cell.getWidth() === 0;
      return { text: isTail ? '' : cell.getChars() || ' ', style: styleOf(cell) };
    });
  }
}

type XtermCell = NonNullable<
  ReturnType<
    NonNullable<
      ReturnType<InstanceType<typeof xterm.Terminal>['buffer']['active']['getLine']>
    >['getCell']
  >
>;

function styleOf(cell: XtermCell): string {
  const colour = (isDefault: boolean, isRgb: boolean, value: number): string => {
    if (isDefault) return '-';
    return isRgb ? `#${value.toString(16).padStart(6, '0')}` : `p${value}`;
  };
  return [
    colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    cell.isBold() ? 'bold' : '',
    cell.isDim() ? 'dim' : '',
    cell.isItalic() ? 'italic' : '',
    cell.isUnderline() ? 'underline' : '',
    cell.isInverse() ? 'inverse' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
