import { PassThrough } from 'node:stream';
import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';
import { TtyInput, type TtyInputOptions } from '../../../components/terminal/tty-input.ts';

const ESC = '\u001B';

/** What a reader and the callbacks got, in order. */
function listener(options: TtyInputOptions = {}) {
  const source = new PassThrough();
  const heard: unknown[] = [];
  const input = new TtyInput(source, {
    onMouse: (report) => heard.push(report),
    onFunctionKey: (key) => heard.push(key),
    onFocus: (isFocused) => heard.push({ isFocused }),
    onAnswer: () => heard.push({ answered: true }),
    ...options,
  });
  const read = (): void => {
    for (let key = input.read(); key !== null; key = input.read()) heard.push(key);
  };
  const feed = (bytes: Uint8Array | string): void => {
    source.emit('data', typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    read();
  };
  return { source, input, heard, feed, read };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const none = { shift: false, alt: false, ctrl: false };

/** Bytes as terminals send them, and what they mean. */
const sequences: readonly (readonly [bytes: string, heard: readonly unknown[]])[] = [
  ['j', ['j']],
  ['jj', ['j', 'j']],
  ['é', ['é']],
  ['漢', ['漢']],
  ['😀', ['😀']],
  ['\r', ['\r']],
  ['\t', ['\t']],
  ['\u0003', ['\u0003']],
  [`${ESC}[A`, [`${ESC}[A`]],
  [`${ESC}[B`, [`${ESC}[B`]],
  [`${ESC}OA`, [`${ESC}OA`]],
  [`${ESC}[Z`, [`${ESC}[Z`]],
  [`${ESC}[1;5C`, [`${ESC}[1;5C`]],
  [`${ESC}[5~`, [`${ESC}[5~`]],
  [`${ESC}[3;5~`, [`${ESC}[3;5~`]],
  [`${ESC}[2$`, [`${ESC}[2$`]],
  [`${ESC}[97;5u`, [`${ESC}[97;5u`]],
  [`${ESC}[?1u`, [`${ESC}[?1u`]],
  [`${ESC}j`, [`${ESC}j`]],
  [`${ESC}é`, [`${ESC}é`]],
  [`${ESC}😀`, [`${ESC}😀`]],
  [`${ESC}${ESC}[A`, [`${ESC}${ESC}[A`]],
  [`${ESC}OP`, [{ number: 1, ...none }]],
  [`${ESC}OS`, [{ number: 4, ...none }]],
  [`${ESC}[15~`, [{ number: 5, ...none }]],
  [`${ESC}[24~`, [{ number: 12, ...none }]],
  [`${ESC}[[A`, [{ number: 1, ...none }]],
  [`${ESC}[1;5P`, [{ number: 1, ...none, ctrl: true }]],
  [`${ESC}[15;2~`, [{ number: 5, ...none, shift: true }]],
  [`${ESC}[1;1:3P`, []],
  [`${ESC}[<0;5;7M`, [{ kind: 'press', button: 0, x: 4, y: 6, ...none }]],
  [`${ESC}[<2;5;7m`, [{ kind: 'release', button: 2, x: 4, y: 6, ...none }]],
  [`${ESC}[<64;120;40M`, [{ kind: 'wheelUp', button: 0, x: 119, y: 39, ...none }]],
  [`${ESC}[<65;1;1M`, [{ kind: 'wheelDown', button: 1, x: 0, y: 0, ...none }]],
  [`${ESC}[<51;3;4M`, [{ kind: 'move', button: 3, x: 2, y: 3, ...none, ctrl: true }]],
  [`${ESC}[M !!`, [{ kind: 'press', button: 0, x: 0, y: 0, ...none }]],
  [`${ESC}[M#%'`, [{ kind: 'release', button: 3, x: 4, y: 6, ...none }]],
  [`${ESC}[I`, [{ isFocused: true }]],
  [`${ESC}[O`, [{ isFocused: false }]],
  [`${ESC}[200~a\r\n漢${ESC}[A${ESC}[201~`, [`${ESC}[200~a\r\n漢${ESC}[A${ESC}[201~`]],
  [`${ESC}]11;rgb:1111/2222/3333${ESC}\\`, []],
  [`${ESC}]10;rgb:1111/2222/3333\u0007`, []],
  [`${ESC}P>|kitty(0.42)${ESC}\\`, []],
  [`${ESC}[?62;4c`, []],
  [`${ESC}[24;80R`, []],
  [`${ESC}[0n`, [{ answered: true }]],
  [`${ESC}[3n`, [{ answered: true }]],
  [`${ESC}[0n${ESC}[0nj`, [{ answered: true }, { answered: true }, 'j']],
  [`${ESC}[1;2R`, [{ number: 3, ...none, shift: true }]],
  [`${ESC}[12\u0003`, ['\u0003']],
  [`${ESC}]1\u0003`, ['\u0003']],
];

describe('what a terminal sends', () => {
  test.each(sequences)('%j is heard as it is meant', (bytes, expected) => {
    const { feed, heard } = listener();
    feed(bytes);
    expect(heard).toEqual(expected);
  });

  test.each(sequences)('%j is heard the same however its bytes are split', (bytes, expected) => {
    const whole = Buffer.from(bytes);
    for (let at = 1; at < whole.length; at++) {
      const { feed, heard } = listener();
      feed(whole.subarray(0, at));
      feed(whole.subarray(at));
      expect(heard, `split at ${at}`).toEqual(expected);
    }
    const { feed, heard } = listener();
    for (const byte of whole) feed(Uint8Array.of(byte));
    expect(heard, 'byte by byte').toEqual(expected);
  });

  const anySequence = fc.constantFrom(...sequences);
  test.prop([fc.array(anySequence, { maxLength: 8 }), fc.array(fc.nat({ max: 40 }))])(
    'any run of keys is heard in order however it is cut',
    (keys, cuts) => {
      vi.useFakeTimers();
      const bytes = Buffer.from(keys.map(([sequence]) => sequence).join(''));
      const { feed, heard } = listener();
      let from = 0;
      for (const length of cuts) {
        feed(bytes.subarray(from, from + length));
        from += length;
      }
      feed(bytes.subarray(from));
      // Reports are told at once, keys wait to be read: each keeps its own order.
      const expected = keys.flatMap(([, meaning]) => meaning);
      const isKey = (one: unknown): boolean => typeof one === 'string';
      expect(heard.filter(isKey)).toEqual(expected.filter(isKey));
      expect(heard.filter((one) => !isKey(one))).toEqual(expected.filter((one) => !isKey(one)));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 200 })])('no bytes make it throw', (bytes) => {
    vi.useFakeTimers();
    const { feed, input } = listener();
    feed(bytes);
    vi.runAllTimers();
    expect(input.destroyed).toBe(false);
  });
});

describe('a lone escape', () => {
  test('is a key once nothing has followed it for the hold', () => {
    const { feed, heard, read } = listener({ escapeMs: 100 });
    feed(ESC);
    vi.advanceTimersByTime(99);
    read();
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(1);
    read();
    expect(heard).toEqual([ESC]);
  });

  test('joins a sequence whose rest comes late, but within the hold', () => {
    const { feed, heard } = listener({ escapeMs: 100 });
    feed(ESC);
    vi.advanceTimersByTime(60);
    feed('[A');
    expect(heard).toEqual([`${ESC}[A`]);
  });

  test.each([
    [`${ESC}[0n`, { answered: true }],
    [`${ESC}[I`, { isFocused: true }],
    [`${ESC}[<0;5;7M`, { kind: 'press', button: 0, x: 4, y: 6, ...none }],
  ])(
    'right before %j of the terminal’s own stays a key, wherever the bytes are split',
    (bytes, report) => {
      const whole = Buffer.from(`${ESC}${bytes}x`);
      for (let at = 1; at < whole.length; at++) {
        const { feed, heard } = listener();
        feed(whole.subarray(0, at));
        feed(whole.subarray(at));
        expect(
          heard.filter((one) => typeof one === 'string'),
          `split at ${at}`,
        ).toEqual([ESC, 'x']);
        expect(heard).toContainEqual(report);
      }
    },
  );

  test('pressed twice is two keys', () => {
    const { feed, heard, read } = listener({ escapeMs: 25 });
    feed(ESC + ESC);
    vi.advanceTimersByTime(25);
    read();
    expect(heard).toEqual([ESC, ESC]);
  });

  test('with a bracket is Alt and that key, not the beginning of something', () => {
    const { feed, heard, read } = listener();
    feed(`${ESC}[`);
    vi.advanceTimersByTime(100);
    read();
    feed('j');
    expect(heard).toEqual([`${ESC}[`, 'j']);
  });

  test('that began a sequence which never ends is dropped and counted, not typed', () => {
    const onDropped = vi.fn();
    const { feed, heard, read, input } = listener({ onDropped });
    feed(`${ESC}[1;`);
    vi.advanceTimersByTime(100);
    read();
    expect(heard).toEqual([]);
    expect(input.dropped).toBe(1);
    expect(onDropped).toHaveBeenCalledWith(1);
  });
});

describe('bounds', () => {
  test('a giant paste is cut and the rest counted', () => {
    const onDropped = vi.fn();
    const { feed, heard } = listener({ onDropped });
    feed(`${ESC}[200~`);
    for (let i = 0; i < 100; i++) feed('x'.repeat(1000));
    feed(`${ESC}[201~j`);
    expect(heard).toEqual([`${ESC}[200~${'x'.repeat(65_536)}${ESC}[201~`, 'j']);
    expect(onDropped).toHaveBeenCalledWith(100_000 - 65_536);
  });

  test('a paste whose end is lost does not kill the keyboard', () => {
    const { feed, heard, read } = listener();
    feed(`${ESC}[200~abc`);
    vi.advanceTimersByTime(1000);
    read();
    feed('j');
    expect(heard).toEqual([`${ESC}[200~abc${ESC}[201~`, 'j']);
  });

  test('keys that nobody reads are bounded, but Ctrl-C gets through', () => {
    const source = new PassThrough();
    const input = new TtyInput(source);
    source.emit('data', Buffer.from('x'.repeat(100_000)));
    source.emit('data', Buffer.from('\u0003'));
    const keys: string[] = [];
    for (let key = input.read(); key !== null; key = input.read()) keys.push(key);
    expect(keys.length).toBe(1025);
    expect(keys.at(-1)).toBe('\u0003');
    expect(input.dropped).toBe(100_000 - 1024);
  });

  test('an endless escape sequence does not grow without end', () => {
    const { feed, input, heard } = listener();
    for (let i = 0; i < 1000; i++) feed(i === 0 ? `${ESC}]11;` : 'a'.repeat(100));
    expect(input.dropped).toBeGreaterThan(0);
    // What came after the bound reads as text again, like any terminal would take it.
    expect(heard.every((key) => key === 'a')).toBe(true);
  });
});

describe('as a stream', () => {
  test('passes raw mode and reference counting on, and does without them on a pipe', () => {
    const setRawMode = vi.fn();
    const ref = vi.fn();
    const source = Object.assign(new PassThrough(), { setRawMode, ref });
    const input = new TtyInput(source);
    expect(input.setRawMode(true).ref().setEncoding()).toBe(input);
    expect(setRawMode).toHaveBeenCalledWith(true);
    expect(ref).toHaveBeenCalledOnce();
    const piped = new TtyInput(new PassThrough());
    expect(() => piped.setRawMode(true).ref().unref()).not.toThrow();
  });

  test('reads nothing while the terminal belongs to somebody else', () => {
    const source = new PassThrough();
    const input = new TtyInput(source);
    input.setRawMode(false);
    expect(source.isPaused()).toBe(true);
    input.setRawMode(true);
    expect(source.isPaused()).toBe(false);
  });

  test('ends when the terminal does, a held escape included', async () => {
    vi.useRealTimers();
    const source = new PassThrough();
    const input = new TtyInput(source);
    const keys: string[] = [];
    input.on('data', (key) => keys.push(key));
    source.emit('data', Buffer.from(ESC));
    const ended = new Promise((resolve) => input.on('end', resolve));
    source.emit('error', Object.assign(new Error('read EIO'), { code: 'EIO' }));
    source.emit('close');
    await ended;
    expect(keys).toEqual([ESC]);
  });

  test('leaves nothing behind when destroyed', () => {
    const source = new PassThrough();
    const before = ['data', 'end', 'close', 'error'].map((name) => source.listenerCount(name));
    const input = new TtyInput(source);
    source.emit('data', Buffer.from(ESC));
    input.destroy();
    expect(['data', 'end', 'close', 'error'].map((name) => source.listenerCount(name))).toEqual(
      before,
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
