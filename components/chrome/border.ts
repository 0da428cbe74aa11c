import { type Brush, cellsOf, line, type Part } from '../panels/line.ts';

/** Glyphs of a border. */
export const ROUND = {
  topLeft: '╭',
  top: '─',
  topRight: '╮',
  bottomLeft: '╰',
  bottom: '─',
  bottomRight: '╯',
  left: '│',
  right: '│',
};
/** Glyphs of a border around the past, which is told from now without colours as well. */
export const DOUBLE = {
  topLeft: '╔',
  top: '═',
  topRight: '╗',
  bottomLeft: '╚',
  bottom: '═',
  bottomRight: '╝',
  left: '║',
  right: '║',
};
/** The same in ASCII. */
export const DOUBLE_PLAIN = {
  topLeft: '#',
  top: '=',
  topRight: '#',
  bottomLeft: '#',
  bottom: '=',
  bottomRight: '#',
  left: '#',
  right: '#',
};
/** `ROUND` in ASCII. */
export const PLAIN = {
  topLeft: '+',
  top: '-',
  topRight: '+',
  bottomLeft: '+',
  bottom: '-',
  bottomRight: '+',
  left: '|',
  right: '|',
};

/** Rows of exactly `w` − 4 cells in a border with words at either end of its upper edge: as many rows as given and two more, each of `w` cells. */
export function framed(
  rows: readonly string[],
  title: readonly Part[],
  corner: readonly Part[],
  w: number,
  brush: Brush,
): string[] {
  const style = brush.ascii ? PLAIN : ROUND;
  const rule = (cells: number): Part => [style.top.repeat(Math.max(0, cells)), 'borderFocus'];
  const room = w - 6 - cellsOf(title);
  const right: readonly Part[] = corner.length > 0 && cellsOf(corner) + 3 <= room ? corner : [];
  const left = right.length === 0 ? room : room - cellsOf(right) - 3;
  const side: Part = [style.left, 'borderFocus'];
  return [
    line(
      [
        [`${style.topLeft}${style.top} `, 'borderFocus'],
        ...title,
        ' ',
        rule(left),
        ...(right.length === 0 ? [] : [' ', ...right, ' ', rule(1)]),
        rule(1),
        [style.topRight, 'borderFocus'],
      ],
      w,
      brush,
    ),
    ...rows.map((row) => line([side, ' ', { painted: row, cells: w - 4 }, ' ', side], w, brush)),
    line(
      [[style.bottomLeft, 'borderFocus'], rule(w - 2), [style.bottomRight, 'borderFocus']],
      w,
      brush,
    ),
  ];
}
