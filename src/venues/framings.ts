import { type Message, textOf } from '../model/record.ts';
import { createTexts, endOfText, matches, patternOf, take, textAt } from './bytes.ts';
import type { Framing } from './protocol.ts';

const FRAMINGS_KEPT = 8192;

/** Framings by a name, made once each so that a message costs no memory. A cache: it changes how fast an answer comes, never which. */
export function createFramings(make: (name: string) => Framing): (name: string) => Framing {
  const framings = new Map<string, Framing>();
  return (name) => {
    let framing = framings.get(name);
    if (framing === undefined) {
      framing = make(name);
      if (framings.size >= FRAMINGS_KEPT) framings.clear();
      framings.set(name, framing);
    }
    return framing;
  };
}

/**
 * Reads messages that name their stream in their first bytes: nothing behind the name is looked at.
 *
 * @param envelope  how such a message begins, up to the name.
 * @returns a reader that gives undefined for any other beginning, and for names that JSON has escaped: they have to be parsed.
 */
export function readerOf(
  envelope: string,
  make: (stream: string) => Framing,
): (msg: Message) => Framing | undefined {
  const beginning = patternOf(envelope);
  const start = envelope.length;
  const names = createTexts();
  const framingOf = createFramings(make);
  return (msg) => {
    if (typeof msg !== 'string' && take(msg) && matches(0, beginning)) {
      const end = endOfText(start);
      if (end > start) return framingOf(textAt(names, start, end));
    }
    const text = textOf(msg);
    if (!text.startsWith(envelope)) return undefined;
    const end = text.indexOf('"', start);
    const stream = text.slice(start, end);
    return end > start && !stream.includes('\\') ? framingOf(stream) : undefined;
  };
}
