import { PassThrough } from 'node:stream';
import { Box, render, Text, useApp, useInput, useWindowSize } from 'ink';
import { useLayoutEffect, useState } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import { Surface } from '../../../components/terminal/surface.ts';
import { TtyInput } from '../../../components/terminal/tty-input.ts';
import { Emulator } from './emulator.ts';

/** A panel whose frame is Ink's and whose body is a layer; `?` opens an overlay in front of it. */
function App({ surface }: { readonly surface: Surface }) {
  const { exit } = useApp();
  const { columns } = useWindowSize();
  const [isHelp, setHelp] = useState(false);
  const [keys, setKeys] = useState('');
  useInput((input, key) => {
    surface.expedite();
    if (input === '?') setHelp((is) => !is);
    else if (input === 'q') exit();
    else setKeys((before) => before + (key.upArrow ? '<up>' : input));
  });
  useLayoutEffect(() => {
    surface.set('panel', { x: 1, y: 1, w: columns - 2, h: 2, rows: ['body one', 'body two'] });
    surface.setHoles(isHelp ? [{ x: 2, y: 1, w: 9, h: 3 }] : []);
  }, [surface, columns, isHelp]);
  return (
    <Box flexDirection="column">
      <Box borderStyle="single" height={4} width={columns}>
        {isHelp && (
          <Box position="absolute" marginLeft={1} borderStyle="round" width={9} height={3}>
            <Text>HELP</Text>
          </Box>
        )}
      </Box>
      <Text>keys:{keys}</Text>
    </Box>
  );
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

async function until(condition: () => boolean, terminal: Emulator): Promise<void> {
  for (;;) {
    await terminal.settled();
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function start() {
  const terminal = new Emulator(24, 6);
  const keyboard = Object.assign(new PassThrough(), { setRawMode() {} });
  const surface = new Surface(terminal, { keepsLastCell: false });
  const stdin = new TtyInput(keyboard);
  const app = render(<App surface={surface} />, {
    stdout: surface as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    alternateScreen: true,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
  });
  cleanups.push(() => {
    app.unmount();
    surface.close();
    stdin.destroy();
  });
  return { terminal, keyboard, surface, app };
}

describe('Ink on a surface', () => {
  test('draws its frame below the panel bodies, and overlays through holes', async () => {
    const { terminal, keyboard } = start();
    await until(() => terminal.line(4) === 'keys:', terminal);
    expect(terminal.lines).toEqual([
      '┌──────────────────────┐',
      '│body one              │',
      '│body two              │',
      '└──────────────────────┘',
      'keys:',
      '',
    ]);
    keyboard.write('?');
    await until(() => terminal.line(1).includes('╭'), terminal);
    expect(terminal.lines.slice(0, 4)).toEqual([
      '┌──────────────────────┐',
      '│b╭───────╮            │',
      '│b│HELP   │            │',
      '└─╰───────╯────────────┘',
    ]);
    keyboard.write('?');
    await until(() => terminal.line(3) === '└──────────────────────┘', terminal);
    expect(terminal.line(1)).toContain('body');
  });

  test('hears keys that arrive together or in pieces, one by one', async () => {
    const { terminal, keyboard } = start();
    keyboard.write('jj\u001B');
    keyboard.write('[');
    keyboard.write('Ak');
    await until(() => terminal.line(4) === 'keys:jj<up>k', terminal);
  });

  test('follows a resize', async () => {
    const { terminal } = start();
    await until(() => terminal.line(4) === 'keys:', terminal);
    terminal.resize(14, 5);
    await until(() => terminal.line(3) === '└────────────┘', terminal);
    expect(terminal.lines.slice(0, 3)).toEqual([
      '┌────────────┐',
      '│body one    │',
      '│body two    │',
    ]);
  });

  test('gives the screen back when it quits', async () => {
    const { terminal, keyboard, app, surface } = start();
    await until(() => terminal.line(4) === 'keys:', terminal);
    keyboard.write('q');
    await app.waitUntilExit();
    await terminal.settled();
    expect(terminal.isAlternate).toBe(false);
    expect(surface.isAlternate).toBe(false);
    expect(terminal.lines.join('')).toBe('');
    expect(terminal.writes.join('').match(/\[\?1049l/g)).toHaveLength(1);
    expect(terminal.writes.at(-1)).toBe('\u001B[?25h');
  });

  test('survives being handed away and taken back', async () => {
    const { terminal, surface } = start();
    await until(() => terminal.line(4) === 'keys:', terminal);
    surface.write('\u001B[?1049l');
    terminal.write('shell');
    surface.write('\u001B[?1049h');
    await until(() => terminal.line(4) === 'keys:', terminal);
    expect(terminal.line(1)).toBe('│body one              │');
  });
});
