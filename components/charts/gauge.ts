import type { Role } from '../../themes/theme.ts';
import type { Painter } from '../terminal/painter.ts';
import { Cells } from './cells.ts';
import { drawGauge, SLOT_COUNT } from './contrib.ts';
import { assertCells, clamped } from './scale.ts';

/** One part of a whole. */
interface GaugePart {
  /** 0–1 of the whole; parts beyond one whole are cut, NaN counts as nothing. */
  readonly share: number;
  readonly role: Role;
}

export interface GaugeOptions {
  /** At most eight, from the left. */
  readonly parts: readonly GaugePart[];
  readonly width: number;
  readonly painter: Painter;
  readonly ascii?: boolean;
}

/** What parts look like when colour cannot tell them apart. */
const PATTERNS = '█▒░▓';
const ASCII_PATTERNS = '#=+:';

/**
 * Shares of a whole as one row of exactly `width` cells: a ratio, long against short, margin used. Rounding gives each part its nearest whole
 * cells, the sum included, and anything above nothing at least one.
 */
export function gauge({ parts, width, painter, ascii }: GaugeOptions): string {
  assertCells(width);
  if (parts.length > SLOT_COUNT) {
    throw new RangeError(`Invariant: a gauge has at most ${SLOT_COUNT} parts`);
  }
  const cells = new Cells(width, 1);
  const track = painter.sgr('grid');
  cells.write(0, 0, (ascii === true ? '.' : '─').repeat(width), track);
  if (width === 0) return '';
  const drawn = drawGauge(
    wholeCells(parts, width).map((count, slot) => ({ cells: count, slot })),
    width,
  );
  for (const [x, { slot }] of drawn.entries()) {
    if (slot < 0) continue;
    cells.put(x, 0, glyphOf(slot, painter, ascii === true), painter.sgr(parts[slot]!.role));
  }
  return cells.rows()[0]!;
}

function glyphOf(slot: number, painter: Painter, ascii: boolean): string {
  if (ascii) return ASCII_PATTERNS[slot % ASCII_PATTERNS.length]!;
  return painter.isColoured ? '━' : PATTERNS[slot % PATTERNS.length]!;
}

/** Cells of each part: cumulative rounding, so that neither a part nor the sum is off by more than one half. */
function wholeCells(parts: readonly GaugePart[], width: number): number[] {
  let sum = 0;
  let used = 0;
  return parts.map(({ share }) => {
    const isSomething = Number.isFinite(share) && share > 0;
    if (isSomething) sum = clamped(sum + share);
    const end = Math.min(width, Math.max(Math.round(sum * width), used + (isSomething ? 1 : 0)));
    const count = end - used;
    used = end;
    return count;
  });
}
