import { fc } from '@fast-check/vitest';
import { nextUniform, type Random } from '../../src/stats/random.ts';

/** Values that no venue sends, or not there. */
const ODD: readonly string[] = [
  'null',
  'true',
  '""',
  '-1',
  '0',
  '-0.0',
  '1e999',
  '-1e999',
  '1e-320',
  '9007199254740993',
  '9'.repeat(400),
  `0.${'0'.repeat(400)}1`,
  '"NaN"',
  '"Infinity"',
  '"-5"',
  '"1e5"',
  '"1e400"',
  '"0x1F"',
  '" 1"',
  '"٣"',
  '"0.00000000000000000001"',
  `"${'9'.repeat(400)}"`,
  '"\\ud800"',
  '"\\u0000"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[["1","1"],["1"]]',
  '[[1,2],[3,4]]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":2,"length":-1}',
  '1790755200000',
  '"1790755200000"',
  '8640000000000001',
  '-62135596800000',
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
];

const BYTES: readonly string[] = [
  '0',
  '9',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '-',
  '.',
  'e',
  '\u0000',
  '\u001f',
  ' ',
  '\ud83d',
  'é',
];

/** A key, or a value that is no list and no object, in JSON without blanks. */
const VALUE = /(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(?=[,\]}])/g;
const PAIR = /"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(?=[,}])/g;

/** Draws damage to texts. The same seed draws the same. */
export class Mangler {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(nextUniform(this.#random) * end);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  cut(text: string): string {
    return text.slice(0, this.below(text.length));
  }

  beheaded(text: string): string {
    return text.slice(1 + this.below(Math.max(1, text.length - 1)));
  }

  damaged(text: string): string {
    const at = this.below(text.length);
    return text.slice(0, at) + this.of(BYTES) + text.slice(at + 1);
  }

  /** A piece of one message in the middle of another. */
  spliced(text: string, other: string): string {
    const at = this.below(text.length);
    const from = this.below(other.length);
    const piece = other.slice(from, from + 1 + this.below(60));
    return text.slice(0, at) + piece + text.slice(at + this.below(40));
  }

  /** One value replaced by one of another type, or out of all bounds. */
  mistyped(text: string): string {
    return this.#replaced(text, VALUE, () => this.of(ODD));
  }

  /** A key that comes twice, with different values. */
  doubled(text: string): string {
    return this.#replaced(text, PAIR, ([pair, key]) => `${pair},"${key}":${this.of(ODD)}`);
  }

  /** A key of which objects know more than they should, in the place of one or beside it. */
  poisoned(text: string): string {
    const key = this.of(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'length']);
    return this.#replaced(text, PAIR, ([pair, , value]) =>
      this.below(2) === 0 ? `"${key}":${value}` : `${pair},"${key}":{"polluted":${value}}`,
    );
  }

  /** A key that is missing. */
  robbed(text: string): string {
    return this.#replaced(text, PAIR, () => '"unheardOf":1');
  }

  /** One of everything. */
  all(text: string, other: string): readonly string[] {
    return [
      this.cut(text),
      this.beheaded(text),
      this.damaged(text),
      this.damaged(this.damaged(text)),
      this.spliced(text, other),
      this.mistyped(text),
      this.mistyped(this.mistyped(text)),
      this.doubled(text),
      this.poisoned(text),
      this.robbed(text),
      this.mistyped(this.robbed(text)),
    ];
  }

  #replaced(text: string, what: RegExp, by: (match: RegExpExecArray) => string): string {
    // Somewhere from a place that is drawn on: collecting all of them costs too much where a message is long.
    what.lastIndex = this.below(text.length);
    let match = what.exec(text);
    if (match === null) {
      what.lastIndex = 0;
      match = what.exec(text);
    }
    if (match === null) return text;
    return text.slice(0, match.index) + by(match) + text.slice(match.index + match[0].length);
  }
}

/** A message cut short at every place. */
export const cuts = (msg: string): string[] =>
  Array.from({ length: msg.length }, (_, end) => msg.slice(0, end));

/** A message with one byte damaged, at every place. */
export const damages = (msg: string): string[] =>
  Array.from({ length: msg.length }, (_, at) => {
    const byte = '0"\\{[,-e\u0000'[at % 9]!;
    return msg.slice(0, at) + byte + msg.slice(at + 1);
  });

/** Something cut out of a message, and something else put in its place. */
export interface Splice {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** Splices that put in short texts, and values that nobody expects. */
export const splicesWith = (odd: fc.Arbitrary<string>): fc.Arbitrary<Splice[]> =>
  fc.array(
    fc.record({
      at: fc.nat(2000),
      remove: fc.nat(40),
      insert: fc.oneof(fc.string({ maxLength: 8 }), odd),
    }),
    { maxLength: 3 },
  );

/** A message after some splices, one after the other. */
export function spliced(msg: string, splices: readonly Splice[]): string {
  let text = msg;
  for (const { at, remove, insert } of splices) {
    const from = at % (text.length + 1);
    text = text.slice(0, from) + insert + text.slice(from + remove);
  }
  return text;
}

/** A message with its `nth` value, counted round and round, replaced by the JSON text `value`. */
export function retyped(msg: string, nth: number, value: string): string {
  const values = [...msg.matchAll(VALUE)];
  const { index, 0: old } = values[nth % Math.max(1, values.length)] ?? { index: 0, 0: '' };
  return msg.slice(0, index) + value + msg.slice(index + old.length);
}
