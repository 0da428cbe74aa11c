import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/**
 * Builds `dist` once before the tests, so that those of the built program test what is in front of us. Type errors are not its affair: it builds
 * regardless, and `npm test` has checked them before.
 */
export default function build(): void {
  spawnSync(path.join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'ignore',
  });
}
