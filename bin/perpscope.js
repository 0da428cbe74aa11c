#!/usr/bin/env node
// Starts perpscope on a Node that can run it: the system's where it is new enough, else the one pinned in optionalDependencies.
// Plain JavaScript that old Nodes can parse, because they have to get as far as this file.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import v8 from 'node:v8';

const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 15);

/** Exit code for a configuration or a Node that does not fit. */
const UNFIT = 78;

function fail(message) {
  process.stderr.write(`perpscope: ${message}\n`);
  process.exit(UNFIT);
}

function pinnedNode() {
  const require = createRequire(import.meta.url);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    const folder = path.dirname(require.resolve(`${name}/package.json`));
    const file = path.join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

if (isNewEnough) {
  // React and Ink read this when they are first imported.
  process.env.NODE_ENV ??= 'production';
  // Young garbage is plenty and short-lived: nurseries that do not grow keep every thread small, and cost no time.
  v8.setFlagsFromString('--semi-space-growth-factor=1');
  // Frames are replaced by the second and grow old first: heaps that grow by less between collections are a quarter smaller, for a tenth more of the little time.
  v8.setFlagsFromString('--heap-growing-percent=80');
  const main = new URL('../dist/src/app/main.js', import.meta.url);
  if (!existsSync(main)) fail('not built yet: run `npm run build`');
  const { main: run } = await import(main.href);
  await run(process.argv.slice(2));
} else {
  const node = pinnedNode();
  if (node === undefined || process.env.PERPSCOPE_RELAUNCHED === '1')
    fail(`needs Node 22.15 or newer (this is ${process.versions.node})`);
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, PERPSCOPE_RELAUNCHED: '1' },
  });
  // The terminal sends its signals to the whole group; others reach only us and are handed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
