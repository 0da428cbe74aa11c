import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Surface, type TerminalOutput } from '../../../components/terminal/surface.ts';

const ESC = '\u001B';
const QUESTION = `${ESC}[5n`;

interface Seen {
  readonly at: number;
  readonly text: string;
}

/** A terminal at the end of a line that takes everything at once and brings it at its own pace. */
class FarTerminal extends EventEmitter implements TerminalOutput {
  readonly isTTY = true;
  readonly columns = 100;
  readonly rows = 40;
  /** Whole writes, when their last byte arrived. */
  readonly seen: Seen[] = [];
  sent = 0;
  /** Bytes per ms. */
  rate: number;
  /** Whether questions are answered. */
  answers = true;
  readonly #tripMs: number;
  #freeAt = 0;
  onAnswer: () => void = () => {};

  constructor(rate: number, tripMs: number) {
    super();
    this.rate = rate;
    this.#tripMs = tripMs;
  }

  write(data: Uint8Array | string): boolean {
    const text = Buffer.from(data as Uint8Array).toString();
    this.sent += text.length;
    this.#freeAt = Math.max(this.#freeAt, Date.now()) + Buffer.byteLength(text) / this.rate;
    setTimeout(
      () => {
        this.seen.push({ at: Date.now(), text });
        const questions = text.split(QUESTION).length - 1;
        if (this.answers)
          for (let i = 0; i < questions; i++) setTimeout(() => this.onAnswer(), this.#tripMs / 2);
      },
      this.#freeAt - Date.now() + this.#tripMs / 2,
    );
    return true;
  }

  discard(): void {}
}

const open: Surface[] = [];

function surfaceOver(rate: number, tripMs: number) {
  const terminal = new FarTerminal(rate, tripMs);
  const surface = new Surface(terminal, {
    keepsLastCell: false,
    now: () => Date.now(),
    asks: true,
    fps: 10,
  });
  terminal.onAnswer = () => surface.answered();
  open.push(surface);
  surface.write(`${ESC}[?1049h`);
  surface.write(`${ESC}[?25l`);
  let tick = 0;
  /** Every row of a panel changes ten times a second, for so long. */
  const run = (ms: number): void => {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      tick += 1;
      const rows = Array.from({ length: 30 }, (_, y) => `${y} ${String(tick * 7919).repeat(20)}`);
      surface.set('data', { x: 0, y: 0, w: 100, h: 30, rows });
      vi.advanceTimersByTime(100);
    }
  };
  const framesIn = (ms: number): number => {
    const before = terminal.seen.length;
    run(ms);
    return terminal.seen.length - before;
  };
  return { terminal, surface, run, framesIn };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const surface of open.splice(0)) surface.close();
  vi.useRealTimers();
});

describe('a line that takes everything and brings it slowly', () => {
  test('is drawn on as often as half of it carries, the newest each time, and as often as asked for once it is broad', () => {
    // A frame is about 3 kB: 150 ms on this line.
    const { terminal, surface, run, framesIn } = surfaceOver(20, 40);
    run(5000);
    const frames = framesIn(5000);
    expect(frames).toBeGreaterThanOrEqual(12);
    expect(frames).toBeLessThanOrEqual(20);
    const load = surface.load();
    expect(load.bytesPerSecond).toBeCloseTo(20_000, -3.5);
    expect(load.roundTripMs).toBeCloseTo(40, -1);
    expect(load.mostFramesPerSecond).toBeLessThan(5);
    expect(load.framesPerSecond).toBeCloseTo(frames / 5, 0);
    // What arrives was drawn when the line was free, not a second ago.
    const waiting = terminal.sent - terminal.seen.reduce((sum, { text }) => sum + text.length, 0);
    expect(waiting).toBeLessThan(4000);

    terminal.rate = 10_000;
    run(5000);
    expect(framesIn(5000)).toBeGreaterThanOrEqual(45);
    expect(surface.load().mostFramesPerSecond).toBeGreaterThan(10);
    expect(surface.load().bytesPerSecond).toBeNull();
  });

  test('answers a key behind one frame at most, alone and at once', () => {
    const { terminal, surface, run } = surfaceOver(20, 40);
    run(5000);
    for (let i = 0; i < 10; i++) {
      run(500 + 100 * (i % 3));
      vi.advanceTimersByTime(37 * i);
      const before = terminal.seen.length;
      const pressedAt = Date.now();
      surface.expedite();
      surface.set('key', { x: 0, y: 35, w: 20, h: 1, rows: [`answer ${i}`] });
      vi.advanceTimersByTime(300);
      const answer = terminal.seen
        .slice(before)
        .find(({ text }) => text.includes(`${ESC}[36;`) || text.includes('answer'));
      expect(answer!.at - pressedAt).toBeLessThan(250);
      expect(answer!.text.length).toBeLessThan(100);
    }
  });

  test('brings a long frame in parts, what has the focus first, with keys in between', () => {
    const { terminal, surface, run } = surfaceOver(3, 40);
    surface.setFront({ x: 0, y: 20, w: 50, h: 10 });
    run(12_000);
    const parts = terminal.seen.slice(-6);
    // A quarter of a second each, and a row.
    for (const { text } of parts) expect(Buffer.byteLength(text)).toBeLessThan(1300);
    const rowsOf = ({ text }: Seen): number[] =>
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin so
      [...text.matchAll(/\u001B\[(\d+)(?:;\d+)?H/g)].map(([, row]) => Number(row) - 1);
    const drawn = terminal.seen.slice(-8).flatMap(rowsOf);
    // Every row has its turn.
    expect(new Set(drawn).size).toBe(30);
    const round = terminal.seen.findLastIndex((one) => rowsOf(one)[0] === 20);
    expect(rowsOf(terminal.seen[round]!).slice(0, 3)).toEqual([20, 21, 22]);

    const before = terminal.seen.length;
    surface.expedite();
    surface.set('key', { x: 0, y: 39, w: 20, h: 1, rows: ['answer'] });
    vi.advanceTimersByTime(800);
    expect(
      terminal.seen.slice(before, before + 2).some(({ text }) => text.includes('answer')),
    ).toBe(true);
  });
});

describe('a terminal that does not answer', () => {
  test('is asked at first only, and then drawn on as if there was no question', () => {
    const { terminal, run, framesIn, surface } = surfaceOver(10_000, 2);
    terminal.answers = false;
    run(2000);
    expect(framesIn(3000)).toBeGreaterThanOrEqual(28);
    expect(terminal.seen.slice(-20).some(({ text }) => text.includes(QUESTION))).toBe(false);
    expect(surface.load()).toMatchObject({ bytesPerSecond: null, roundTripMs: null });
  });

  test('and answers late is asked again', () => {
    const { terminal, run, surface } = surfaceOver(10_000, 2);
    terminal.answers = false;
    run(3000);
    surface.answered();
    surface.answered();
    terminal.answers = true;
    run(1000);
    expect(terminal.seen.at(-1)!.text).toContain(QUESTION);
    expect(surface.load().roundTripMs).not.toBeNull();
  });
});

describe('leaving', () => {
  test('waits for the answer that is under way, draws nothing meanwhile, and comes back whole', async () => {
    const { terminal, surface, run } = surfaceOver(20, 40);
    run(1050);
    const quiet = surface.hush();
    expect(quiet).not.toBeNull();
    let isQuiet = false;
    quiet!.then(() => {
      isQuiet = true;
    });
    const { sent } = terminal;
    surface.set('data', { x: 0, y: 0, w: 10, h: 1, rows: ['late'] });
    await vi.advanceTimersByTimeAsync(1);
    expect(isQuiet).toBe(false);
    await vi.advanceTimersByTimeAsync(400);
    expect(isQuiet).toBe(true);
    expect(terminal.sent).toBe(sent);
    expect(surface.hush()).toBeNull();
    surface.write(`${ESC}[?1049l`);
    expect(terminal.sent).toBeGreaterThan(sent);
    surface.write(`${ESC}[?1049h`);
    await vi.advanceTimersByTimeAsync(500);
    expect(terminal.seen.at(-1)!.text).toContain('late');
  });

  test('does not wait for ever, nor where nothing is under way', async () => {
    const stuck = surfaceOver(20, 40);
    stuck.run(1050);
    stuck.terminal.answers = false;
    const done = vi.fn();
    stuck.surface.hush()!.then(done);
    await vi.advanceTimersByTimeAsync(999);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalled();

    const idle = surfaceOver(20, 40);
    idle.run(100);
    await vi.advanceTimersByTimeAsync(2000);
    expect(idle.surface.hush()).toBeNull();
  });

  test('leaves no timer behind', () => {
    const { surface, run } = surfaceOver(20, 40);
    run(1050);
    surface.close();
    vi.advanceTimersByTime(2000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
