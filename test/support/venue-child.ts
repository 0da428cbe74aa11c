import { startBinanceSim } from '../../src/sim/binance/simulator.ts';
import { createCertificate } from './certificate.ts';
import type { VenueOptions, VenueReady } from './venue-process.ts';

/**
 * A simulated Binance as a process of its own, by hand or from `startVenue`:
 *
 *   node test/support/venue-child.ts '{"seed":1,"scenario":"calm","symbols":500,"messagesPerSecond":5000,"tls":true}'
 *
 * Prints one line of JSON when it listens and lives until its stdin ends.
 */
const { tls: isTls = false, ...options } = JSON.parse(process.argv[2] ?? '{}') as VenueOptions;
const tls = isTls ? createCertificate() : null;
const sim = await startBinanceSim({
  seed: 1,
  scenario: 'calm',
  ...options,
  clock: Date.now,
  ...(tls !== null && { tls }),
});
const ready: VenueReady = { endpoints: sim.endpoints, ca: tls?.cert ?? null };
process.stdout.write(`${JSON.stringify(ready)}\n`);
process.stdin.on('end', () => void sim.close()).resume();
