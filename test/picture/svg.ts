import type xterm from '@xterm/headless';

type Terminal = InstanceType<typeof xterm.Terminal>;
type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<Terminal['buffer']['active']['getLine']>>['getCell']>
>;

const WIDTH = 8.4;
const HEIGHT = 17;
const FONT = 14;
const MARGIN = 12;

const hex = (value: number): string => `#${value.toString(16).padStart(6, '0')}`;

/** The 256 palette beyond the 16 names: the colour cube and the greys. */
function palette(index: number): string {
  if (index < 16) {
    const names =
      '000000 cd3131 0dbc79 e5e510 2472c8 bc3fbc 11a8cd e5e5e5 666666 f14c4c 23d18b f5f543 3b8eea d670d6 29b8db ffffff';
    return `#${names.split(' ')[index]}`;
  }
  if (index >= 232) return hex((8 + (index - 232) * 10) * 0x010101);
  const step = (n: number) => (n === 0 ? 0 : 55 + 40 * n);
  const at = index - 16;
  return hex(
    (step(Math.floor(at / 36)) << 16) | (step(Math.floor(at / 6) % 6) << 8) | step(at % 6),
  );
}

const colour = (isRgb: boolean, isPalette: boolean, value: number, fallback: string): string =>
  isRgb ? hex(value) : isPalette ? palette(value) : fallback;

interface Look {
  readonly fore: string;
  readonly back: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

function lookOf(cell: Cell, ink: string, paper: string): Look {
  const fore = colour(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor(), ink);
  const back = colour(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor(), paper);
  const isInverse = cell.isInverse() !== 0;
  return {
    fore: isInverse ? back : fore,
    back: isInverse ? fore : back,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
  };
}

const EIGHTHS_UP = '▁▂▃▄▅▆▇█';
const EIGHTHS_RIGHT = '▏▎▍▌▋▊▉█';
/** Which arms a box-drawing character has: left, right, up, down. */
const ARMS: Readonly<Record<string, string>> = {
  '─': 'lr',
  '━': 'lr',
  '│': 'ud',
  '┃': 'ud',
  '┌': 'rd',
  '╭': 'rd',
  '┏': 'rd',
  '┐': 'ld',
  '╮': 'ld',
  '┓': 'ld',
  '└': 'ru',
  '╰': 'ru',
  '┗': 'ru',
  '┘': 'lu',
  '╯': 'lu',
  '┛': 'lu',
  '├': 'rud',
  '┤': 'lud',
  '┬': 'lrd',
  '┴': 'lru',
  '┼': 'lrud',
};

const rect = (x: number, y: number, w: number, h: number, fill: string): string =>
  `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" fill="${fill}"/>`;

/** Glyphs whose alignment no font guarantees are drawn; undefined for all others. */
function shape(glyph: string, x: number, y: number, fill: string): string | undefined {
  const code = glyph.codePointAt(0) ?? 0;
  if (code >= 0x2800 && code <= 0x28ff) {
    const order = [0, 1, 2, 6, 3, 4, 5, 7];
    let dots = '';
    for (let at = 0; at < 8; at += 1)
      if ((code >> order[at]!) & 1)
        dots += rect(
          x + (at < 4 ? 1.4 : 5.4),
          y + ((at % 4) + 0.25) * (HEIGHT / 4),
          1.9,
          1.9,
          fill,
        );
    return dots;
  }
  const up = EIGHTHS_UP.indexOf(glyph) + 1;
  if (up > 0) return rect(x, y + HEIGHT * (1 - up / 8), WIDTH, (HEIGHT * up) / 8, fill);
  const right = EIGHTHS_RIGHT.indexOf(glyph) + 1;
  if (right > 0) return rect(x, y, (WIDTH * right) / 8, HEIGHT, fill);
  if (glyph === '▀') return rect(x, y, WIDTH, HEIGHT / 2, fill);
  if (glyph === '▐') return rect(x + WIDTH / 2, y, WIDTH / 2, HEIGHT, fill);
  const arms = ARMS[glyph];
  if (arms === undefined) return undefined;
  const [cx, cy] = [x + WIDTH / 2, y + HEIGHT / 2];
  const thick = '━┃┏┓┗┛'.includes(glyph) ? 2 : 1;
  const half = thick / 2;
  return [...arms]
    .map((arm) => {
      if (arm === 'l') return rect(x, cy - half, WIDTH / 2 + half, thick, fill);
      if (arm === 'r') return rect(cx - half, cy - half, WIDTH / 2 + half, thick, fill);
      if (arm === 'u') return rect(cx - half, y, thick, HEIGHT / 2 + half, fill);
      return rect(cx - half, cy - half, thick, HEIGHT / 2 + half, fill);
    })
    .join('');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The screen of a terminal emulator as an SVG picture. */
export function svgOf(terminal: Terminal, ink: string, paper: string): string {
  const { cols, rows, buffer } = terminal;
  const parts: string[] = [];
  for (let y = 0; y < rows; y += 1) {
    const line = buffer.active.getLine(buffer.active.viewportY + y);
    if (line === undefined) continue;
    const top = MARGIN + y * HEIGHT;
    let run = { text: '', from: 0, look: undefined as Look | undefined };
    const flush = () => {
      const { text, from, look } = run;
      if (look !== undefined && text.trim() !== '')
        parts.push(
          `<text x="${(MARGIN + from * WIDTH).toFixed(1)}" y="${(top + 12.8).toFixed(1)}" fill="${look.fore}"${look.isBold ? ' font-weight="bold"' : ''}${look.isDim ? ' opacity="0.6"' : ''} textLength="${(text.length * WIDTH).toFixed(1)}" xml:space="preserve">${escaped(text)}</text>`,
        );
      run = { text: '', from: 0, look: undefined };
    };
    for (let x = 0; x < cols; x += 1) {
      const cell = line.getCell(x);
      if (cell === undefined || cell.getWidth() === 0) continue;
      const look = lookOf(cell, ink, paper);
      const glyph = cell.getChars() || ' ';
      const left = MARGIN + x * WIDTH;
      if (look.back !== paper) parts.push(rect(left, top, WIDTH + 0.2, HEIGHT, look.back));
      const drawn = glyph === ' ' ? undefined : shape(glyph, left, top, look.fore);
      if (drawn !== undefined) {
        flush();
        parts.push(drawn);
        continue;
      }
      const isSame =
        run.look !== undefined &&
        run.look.fore === look.fore &&
        run.look.back === look.back &&
        run.look.isBold === look.isBold &&
        run.look.isDim === look.isDim;
      if (!isSame) {
        flush();
        run = { text: '', from: x, look };
      }
      run.text += glyph;
    }
    flush();
  }
  const [width, height] = [cols * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height.toFixed(0)}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT}">`,
    `<rect width="100%" height="100%" rx="8" fill="${paper}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
