import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.{ts,tsx}'],
    env: { FORCE_COLOR: '3', TZ: 'UTC' },
    // Most of the time is spent waiting for sockets and terminals.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    globalSetup: './test/support/build.ts',
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
