import { RESET } from '../terminal/painter.ts';

/**
 * A rectangle of one-cell characters, each with the colour sequence it is drawn in. What a chart is put together on.
 */
export class Cells {
  readonly width: number;
  readonly height: number;
  readonly #texts: string[];
  readonly #styles: string[];

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#texts = new Array<string>(width * height).fill(' ');
    this.#styles = new Array<string>(width * height).fill('');
  }

  /** Outside of the rectangle nothing happens. */
  put(x: number, y: number, text: string, style: string): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    this.#texts[y * this.width + x] = text;
    this.#styles[y * this.width + x] = style;
  }

  /** Writes one-cell characters from `x` on. */
  write(x: number, y: number, text: string, style: string): void {
    let at = x;
    for (const character of text) this.put(at++, y, character, style);
  }

  /** Rows of exactly `width` cells; neighbours of one style share a sequence. */
  rows(): string[] {
    return Array.from({ length: this.height }, (_, y) => {
      let row = '';
      let style = '';
      for (let i = y * this.width; i < (y + 1) * this.width; i++) {
        const next = this.#styles[i]!;
        if (next !== style) {
          row += style === '' ? next : RESET + next;
          style = next;
        }
        row += this.#texts[i]!;
      }
      return style === '' ? row : row + RESET;
    });
  }
}
