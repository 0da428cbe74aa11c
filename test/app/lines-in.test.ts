import { describe, expect, test } from 'vitest';
import { LineIntake } from '../../src/app/lines-in.ts';
import { LinesSoFar } from '../../src/app/shared-lines.ts';
import type { OutputLine } from '../../src/frame/frame.ts';
import { event, frame, series } from '../support/frames.ts';
import { scan } from '../support/scans.ts';

const GATE = event('gateOpened', 'BTC gate opened');
const lines: readonly OutputLine[] = [frame(), GATE, series({ hours: 30 })];
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');

function taken(pieces: readonly string[]) {
  const took: OutputLine[] = [];
  const intake = new LineIntake((line) => took.push(line));
  for (const piece of pieces) intake.push(piece);
  intake.end();
  return { took: JSON.parse(JSON.stringify(took)) as unknown, leftOut: intake.leftOut };
}
const asSent: unknown = JSON.parse(JSON.stringify(lines));

describe('lines from elsewhere', () => {
  test.each([7, 64, 4096, 1e9])('are whole whatever the pieces are: %i characters', (size) => {
    const pieces: string[] = [];
    for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
    expect(taken(pieces)).toEqual({ took: asSent, leftOut: { count: 0, reason: '' } });
  });

  test('that are none are left out and counted, and the others taken', () => {
    const garbage = ['hello', '{"v":1}', '[]', 'null', '{"v":1,"type":"frame"', '\\u0000'];
    const mixed = garbage.map((line) => `${line}\n${text}`).join('');
    const { took, leftOut } = taken([mixed]);
    expect(took).toHaveLength(garbage.length * lines.length);
    expect(leftOut).toEqual({ count: garbage.length, reason: 'no JSON' });
  });

  test('of another version say so', () => {
    const { leftOut } = taken([`${JSON.stringify({ ...lines[0], v: 2 })}\n`]);
    expect(leftOut).toEqual({ count: 1, reason: 'lines of version 2, and this program reads 1' });
  });

  test('that were cut off at the end are left out', () => {
    expect(taken([text, text.slice(0, 50)]).leftOut).toEqual({ count: 1, reason: 'no JSON' });
  });

  test('without an end do not fill the memory', () => {
    const long = 'x'.repeat(2 ** 20);
    const pieces = [...Array.from({ length: 40 }, () => long), '\n', text];
    const { took, leftOut } = taken(pieces);
    expect(leftOut).toEqual({ count: 1, reason: 'too long' });
    expect(took).toEqual(asSent);
  });
});

describe('lines for those who come later', () => {
  test('are the newest frame of each asset and the newest scan, all closed cells and the latest events, bounded', () => {
    const soFar = new LinesSoFar();
    const one = series({ hours: 30 });
    const [first, second, ...rest] = one.cells;
    soFar.note({ ...one, whole: true, cells: [first!, second!] });
    soFar.note({ ...one, whole: false, cells: [{ ...second!, mu: 9 }, ...rest] });
    for (let i = 0; i < 1000; i += 1) soFar.note({ ...GATE, subject: `${i}` });
    soFar.note(frame({ seconds: 1 }));
    soFar.note(frame({ seconds: 2 }));
    soFar.note(frame({ asset: 'ETH' }));
    soFar.note(scan(2));
    soFar.note(scan(3));
    const told = soFar.lines;
    expect(told[0]).toEqual({ ...one, whole: true, cells: [first, { ...second, mu: 9 }, ...rest] });
    const events = told.filter(({ type }) => type === 'event');
    expect(events).toHaveLength(200);
    expect(events.at(-1)).toMatchObject({ subject: '999' });
    expect(told.filter(({ type }) => type === 'frame')).toEqual([
      frame({ seconds: 2 }),
      frame({ asset: 'ETH' }),
    ]);
    expect(told.filter(({ type }) => type === 'scan')).toEqual([scan(3)]);
  });
});
