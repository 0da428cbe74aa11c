/** Draws the README's picture from a real run: `npm run picture`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dark } from '../../themes/dark.ts';
import { Pty } from '../support/pty.ts';
import { svgOf } from './svg.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const [columns, rows, seconds] = [150, 44, 75];
const pty = new Pty(
  ['node', path.join(root, 'bin', 'perpscope.js'), 'demo', '--theme', 'dark', '--seed', '7'],
  { columns, rows },
);
await pty.until(
  'a living market',
  (text) => /DEMO/.test(text) && /[0-9]{2},?[0-9]{3}\.[0-9]/.test(text),
);
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
writeFileSync(
  path.join(root, 'test', 'picture', 'screen.svg'),
  svgOf(pty.terminal, dark.roles.text.fg ?? '#ffffff', dark.background),
);
pty.send('q');
await pty.exited;
await pty.close();
