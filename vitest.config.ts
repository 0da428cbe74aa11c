import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.{ts,tsx}'],
    env: { FORCE_COLOR: '3', TZ: 'UTC' },
    // Loading the program anew for every file cost a third of the whole run. No test changes what another one sees: each fakes time and environment for itself.
    isolate: false,
    // Most of the time is spent waiting for sockets and terminals.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    globalSetup: './test/support/build.ts',
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
