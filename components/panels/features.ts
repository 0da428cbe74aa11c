import { absent, type Reading } from '../../src/model/reading.ts';

/** What a frame says of one listing, or of the asset, under the features' own names. */
type Features = Readonly<Record<string, Reading<number | string>>>;

/** A feature as a number; absent for `none` where nobody computed it. */
export function numberIn(features: Features | undefined, name: string, none: string): Reading {
  const reading = features?.[name];
  if (reading === undefined) return absent(none);
  if (reading.state === 'absent') return reading;
  return typeof reading.value === 'number' ? (reading as Reading) : absent('not a number');
}

/** A feature as a word; absent for `none` where nobody computed it. */
export function wordIn(
  features: Features | undefined,
  name: string,
  none: string,
): Reading<string> {
  const reading = features?.[name];
  if (reading === undefined) return absent(none);
  if (reading.state === 'absent') return reading;
  return typeof reading.value === 'string' ? (reading as Reading<string>) : absent('not a word');
}
