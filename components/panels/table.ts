import { fitted } from '../format/cell-width.ts';
import { type Brush, line, type Part, widthOf } from './line.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** Cells, without the gap before it. */
  readonly w: number;
  /** Columns with the highest number go first when the table is too wide; 0 always stays. */
  readonly drop: number;
  readonly align?: 'left' | 'right';
  /** Takes what is left over, up to this many cells more. */
  readonly grow?: number;
  /** Exactly `w` cells. */
  readonly cell: (row: Row, w: number) => Part;
}

export interface Chosen<Row> {
  readonly column: Column<Row>;
  readonly w: number;
}

const GAP = 1;
const WIDEST_GAP = 3;

const total = (columns: readonly Chosen<never>[], gap: number): number =>
  columns.reduce((sum, { w }) => sum + w, 0) + gap * Math.max(0, columns.length - 1);

/** The columns that fit into `w` cells, in their order, with their widths. */
function chosen<Row>(columns: readonly Column<Row>[], w: number): Chosen<Row>[] {
  let kept = columns.map((column) => ({ column, w: column.w }));
  while (kept.length > 1 && total(kept as never, GAP) > w) {
    const worst = Math.max(...kept.map(({ column }) => column.drop));
    if (worst === 0) break;
    const at = kept.findLastIndex(({ column }) => column.drop === worst);
    kept = kept.filter((_, i) => i !== at);
  }
  let spare = w - total(kept as never, GAP);
  return kept.map(({ column, w: own }) => {
    const more = Math.max(0, Math.min(spare, column.grow ?? 0));
    spare -= more;
    return { column, w: own + more };
  });
}

/** Which column a table is sorted by, and which way. */
export interface SortMark {
  readonly title: string;
  readonly reversed: boolean;
}

/**
 * A table in rows of exactly `w` cells, its header first: columns of fixed width that do not move, right-aligned unless they say
 * otherwise; the least important ones go when it is too narrow.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  w: number,
  brush: Brush,
  options: {
    readonly sort?: SortMark | undefined;
    readonly header?: boolean;
    /** Index of the row that is chosen: it lies on a ground of its own. */
    readonly chosen?: number | undefined;
  } = {},
): string[] {
  const kept = chosen(columns, w);
  const slack = w - total(kept as never, GAP);
  const gap = Math.max(
    GAP,
    Math.min(WIDEST_GAP, GAP + Math.floor(slack / Math.max(1, kept.length - 1))),
  );
  const space = ' '.repeat(gap);
  const titles: Part[] = kept.flatMap(({ column, w: cells }, i): Part[] => {
    const isSorted = options.sort?.title === column.title;
    const mark =
      options.sort?.reversed === true ? (brush.ascii ? '^' : '▴') : brush.ascii ? 'v' : '▾';
    const text = isSorted ? `${column.title}${mark}` : column.title;
    const title: Part = [
      fitted(text, cells, { align: column.align ?? 'right', ascii: brush.ascii }),
      isSorted ? 'accent' : 'header',
    ];
    return i === 0 ? [title] : [space, title];
  });
  const body = rows.map((row, at) => {
    const drawn = line(
      kept.flatMap(({ column, w: cells }, i): Part[] => {
        const part = column.cell(row, cells);
        const filled: Part[] =
          widthOf(part) < cells ? [part, ' '.repeat(cells - widthOf(part))] : [part];
        return i === 0 ? filled : [space, ...filled];
      }),
      w,
      brush,
    );
    return at === options.chosen ? brush.painter.laid('selection', drawn) : drawn;
  });
  return options.header === false ? body : [line(titles, w, brush), ...body];
}
