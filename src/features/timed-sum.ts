import { accumulate, accumulated } from '../stats/double-double.ts';
import { ringAt } from '../stats/ring.ts';
import type { TimedSum } from '../stats/sums.ts';

/**
 * The sum over (now − W, now] as `timedSum` gives it, without forgetting what has left the window: a frame may be read at any time and leaves
 * nothing behind. `now` lies at or after everything that was added.
 */
export function sumAt(sum: TimedSum, now: number): number {
  const { labels, amounts, windowMicros } = sum;
  let gone = 0;
  while (ringAt(labels, gone) <= now - windowMicros) gone += 1;
  if (gone === 0) return accumulated(sum.sums, 0);
  // Emptied is exactly zero.
  if (gone === labels.size) return 0;
  const rest = Float64Array.from(sum.sums);
  for (let i = 0; i < gone; i += 1) accumulate(rest, 0, -ringAt(amounts, i));
  return accumulated(rest, 0);
}
