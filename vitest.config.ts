import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.{ts,tsx}'],
    env: { FORCE_COLOR: '3', TZ: 'UTC' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    globalSetup: './test/support/build.ts',
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
