import { describe, expect, test } from 'vitest';
import { type Painter, painterFor, RESET } from '../../../components/terminal/painter.ts';
import { nearest16, nearest256 } from '../../../components/terminal/palette.ts';
import { dark } from '../../../themes/dark.ts';
import { highContrast } from '../../../themes/high-contrast.ts';
import { themes } from '../../../themes/index.ts';
import { light } from '../../../themes/light.ts';
import { noColour } from '../../../themes/no-colour.ts';
import type { Role, Theme } from '../../../themes/theme.ts';

const rolesOf = (theme: Theme) => Object.keys(theme.roles) as Role[];
const levels = [0, 4, 8, 24] as const;
const coloured = themes.filter((theme) => theme !== noColour);

describe('mapping down', () => {
  test.each([
    ['#5f87af', 67],
    ['#ff0000', 196],
    ['#000000', 16],
    ['#ffffff', 231],
    ['#808080', 244],
  ] as const)('%s is palette colour %i', (hex, index) => {
    expect(nearest256(hex)).toBe(index);
  });

  test('a calm colour keeps its hue among the sixteen names instead of turning grey', () => {
    expect(nearest16('#4fbf8b', '#0f1318')).toBe(2);
    expect([1, 9]).toContain(nearest16('#f0727f', '#0f1318'));
    expect([4, 12]).toContain(nearest16('#0a62b8', '#fafbfc'));
  });

  test('a grey stays grey and readable', () => {
    expect(nearest16('#808c9a', '#0f1318')).toBe(8);
    expect(nearest16('#2a323c', '#fafbfc')).toBe(0);
  });
});

describe('sequences', () => {
  test('say the same at every level', () => {
    const of = (level: 0 | 4 | 8 | 24) => painterFor(dark, level).sgr('ask');
    expect(of(24)).toBe('\u001B[38;2;240;114;127m');
    expect(of(8)).toMatch(/^.\[38;5;\d+m$/);
    expect(of(4)).toBe('\u001B[91m');
    expect(of(0)).toBe('');
  });

  test('text is closed again, and left alone where the theme says nothing', () => {
    expect(painterFor(dark, 24).paint('ask', 'x')).toBe(`\u001B[38;2;240;114;127mx${RESET}`);
    expect(painterFor(noColour, 24).paint('ask', 'x')).toBe('x');
  });

  test('there is one painter per theme and level', () => {
    expect(painterFor(dark, 8)).toBe(painterFor(dark, 8));
    expect(painterFor(dark, 8)).not.toBe(painterFor(light, 8));
  });

  test('without colour, only attributes remain', () => {
    for (const theme of themes) {
      const painter = painterFor(theme, 0);
      for (const role of rolesOf(theme)) {
        expect(painter.sgr(role)).toMatch(/^(?:.\[(?:[12347];?)+m)?$/);
      }
    }
  });

  test.each(levels)('badges stand out at level %i', (level) => {
    for (const theme of themes) {
      for (const role of ['riskCritical', 'frozen', 'past', 'demo', 'replay'] as const) {
        // A background colour of its own, or reversed.
        expect(painterFor(theme, level).sgr(role)).toMatch(/[[;](?:7|4[0-8]|10[0-7])[;m]/);
      }
    }
  });
});

describe('with sixteen names', () => {
  const pairs = [
    ['bid', 'ask'],
    ['long', 'short'],
    ['rising', 'falling'],
    ['riskLow', 'riskMedium'],
    ['riskMedium', 'riskHigh'],
    ['riskHigh', 'riskCritical'],
    ['live', 'stale'],
    ['text', 'dim'],
    ['text', 'provisional'],
    ['border', 'borderFocus'],
  ] as const;
  test.each(coloured.map((theme) => [theme.name, theme] as const))(
    '%s keeps opposites apart',
    (_, theme) => {
      const painter = painterFor(theme, 4);
      for (const [one, other] of pairs) {
        // A high-contrast theme lets no text be faint when sixteen names are all there is.
        if (theme === highContrast && other === 'dim') continue;
        expect(painter.sgr(one), `${one} and ${other}`).not.toBe(painter.sgr(other));
      }
    },
  );
});

describe('a selected row', () => {
  const last = (painter: Painter, role: Role) => painter.on('selection').sgr(role);

  test('keeps the colour of each role on the background of the selection', () => {
    expect(last(painterFor(dark, 24), 'bid')).toBe('\u001B[38;2;79;191;139;48;2;32;48;63m');
    expect(last(painterFor(dark, 24), 'selection')).toContain('48;2;32;48;63');
  });

  test('is reversed where sixteen names have no subtle background', () => {
    expect(last(painterFor(dark, 4), 'bid')).toBe('\u001B[7;32m');
    expect(last(painterFor(noColour, 24), 'bid')).toBe('\u001B[7m');
    expect(last(painterFor(dark, 0), 'bid')).toBe('\u001B[7m');
  });

  test('that is painted already gets the background under each of its pieces, a badge keeps its own', () => {
    const painter = painterFor(dark, 24);
    const row = `a ${painter.paint('bid', '1')} ${painter.paint('demo', ' DEMO ')} `;
    const ground = '\u001B[48;2;32;48;63m';
    const again = RESET + ground;
    expect(painter.laid('selection', row)).toBe(
      `${ground}a ${painter.sgr('bid')}1${again} ${painter.sgr('demo')} DEMO ${again} ${RESET}`,
    );
    const few = painterFor(dark, 4);
    expect(few.laid('selection', `a ${few.paint('bid', '1')}`)).toBe('\u001B[7ma 1\u001B[0m');
    const none = painterFor(noColour, 24);
    expect(none.laid('selection', 'a')).toBe('\u001B[7ma\u001B[0m');
  });

  test('leaves a badge its own background', () => {
    expect(last(painterFor(dark, 24), 'demo')).toBe(painterFor(dark, 24).sgr('demo'));
  });
});

describe('scales', () => {
  test('run from stop to stop', () => {
    const painter = painterFor(dark, 24);
    expect(painter.ramp('heat', 0)).toBe('\u001B[38;2;22;27;38m');
    expect(painter.ramp('heat', 1, 0)).toBe('\u001B[38;2;253;243;184;48;2;22;27;38m');
    expect(painter.ramp('heat', undefined, 1)).toBe('\u001B[48;2;253;243;184m');
    expect(painter.ramp('heat', 7)).toBe(painter.ramp('heat', 1));
  });

  test('are offered only where their colours can be told apart', () => {
    expect(painterFor(dark, 8).hasRamps).toBe(true);
    expect(painterFor(dark, 4).hasRamps).toBe(false);
    expect(painterFor(noColour, 24).hasRamps).toBe(false);
  });
});

describe('for Ink', () => {
  test('a role is the same colour in Ink’s words', () => {
    expect(painterFor(dark, 24).ink('title')).toEqual({ color: '#eef2f6', bold: true });
    expect(painterFor(dark, 8).ink('bid').color).toMatch(/^ansi256\(\d+\)$/);
    expect(painterFor(dark, 4).ink('ask')).toEqual({ color: 'redBright' });
    expect(painterFor(dark, 4).ink('selection')).toEqual({ inverse: true });
    expect(painterFor(dark, 0).ink('demo')).toEqual({ bold: true, inverse: true });
    expect(painterFor(dark, 4).ink('demo')).toEqual({
      color: 'black',
      backgroundColor: 'yellow',
      bold: true,
    });
    expect(painterFor(noColour, 24).ink('stale')).toEqual({ dimColor: true, italic: true });
  });
});
