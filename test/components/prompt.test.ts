import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { openPrompt, type Prompt, rememberedLine, typed } from '../../components/prompt.ts';

/** Types keys by name; characters stand for themselves. */
function after(keys: readonly string[], start: Prompt, history: readonly string[] = []): Prompt {
  let prompt = start;
  for (const key of keys) {
    const next = typed(prompt, key, key === 'space' ? ' ' : key, history);
    if (next.is !== 'open') throw new Error(`${key} closed the prompt`);
    prompt = next.prompt;
  }
  return prompt;
}

const line = (keys: readonly string[], text = '', history: readonly string[] = []): string =>
  after(keys, openPrompt('command', text), history).text;

describe('a prompt', () => {
  test('takes letters where its cursor is', () => {
    expect(line([...'oi'])).toBe('oi');
    expect(line(['left', 'left', 'x', 'end', 'space', '!'], 'oi')).toBe('xoi !');
    expect(line(['home', 'delete', 'a'], 'bc')).toBe('ac');
  });

  test('removes letters, words and either side of the cursor', () => {
    expect(line(['backspace'], 'oi漢')).toBe('oi');
    expect(line(['ctrl+w'], 'theme  light ')).toBe('theme  ');
    expect(line(['left', 'ctrl+u'], 'abc')).toBe('c');
    expect(line(['left', 'ctrl+k'], 'abc')).toBe('ab');
    expect(line(['home', 'backspace'], 'abc')).toBe('abc');
  });

  test('Backspace on an empty line, Escape and Ctrl-C give it up, Enter takes it', () => {
    for (const key of ['backspace', 'escape', 'ctrl+c'])
      expect(typed(openPrompt('filter'), key, '', [])).toEqual({ is: 'cancelled' });
    expect(typed(openPrompt('filter', 'x'), 'enter', '', [])).toEqual({ is: 'entered' });
  });

  test('recalls lines and comes back to the one being typed', () => {
    const history = ['zoom', 'theme light'];
    expect(line(['a', 'up'], '', history)).toBe('theme light');
    expect(line(['a', 'up', 'up', 'up'], '', history)).toBe('zoom');
    expect(line(['a', 'up', 'up', 'down', 'down'], '', history)).toBe('a');
  });

  test('a paste is one line of bounded length', () => {
    const { prompt } = typed(openPrompt('filter'), undefined, `a\nb\u001B[31m${'x'.repeat(999)}`, [
      'old',
    ]) as { prompt: Prompt };
    expect(prompt.text.startsWith('ab[31mxxx')).toBe(true);
    expect(prompt.text).toHaveLength(200);
  });

  test.prop([
    fc.array(
      fc.oneof(
        fc.constantFrom('left', 'right', 'home', 'end', 'up', 'down', 'delete', 'ctrl+w', 'ctrl+k'),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      { maxLength: 40 },
    ),
  ])('keeps its cursor in its line whatever is typed', (keys) => {
    let prompt = openPrompt('command');
    for (const key of keys) {
      const next = typed(prompt, key, key, ['zoom', 'help']);
      if (next.is === 'open') prompt = next.prompt;
    }
    expect(prompt.at).toBeGreaterThanOrEqual(0);
    expect(prompt.at).toBeLessThanOrEqual([...prompt.text].length);
  });
});

test('the last 50 lines are remembered, none twice in a row, none empty', () => {
  let lines: readonly string[] = [];
  for (let i = 0; i < 60; i += 1) lines = rememberedLine(rememberedLine(lines, `fps ${i}`), ' ');
  expect(lines).toHaveLength(50);
  expect(lines.at(-1)).toBe('fps 59');
  expect(rememberedLine(lines, 'fps 59')).toBe(lines);
});
