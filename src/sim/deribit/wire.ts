import type { ListingSpec } from '../assets.ts';

/** A number that the venue keeps as a float: it never looks like a whole one. */
export class Float {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Beyond it the plain form is the longer one anyway. */
const PLAIN_EXPONENT = 20;

/**
 * A float as the venue writes it: the shorter of the plain and the scientific form, the plain one
 * where both are as long: `85217.5`, `2.0e3`, `1940.0`, `3.1e-6`.
 */
export function float(value: number): Float {
  if (value === 0) return new Float('0.0');
  const [mantissa = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  const scientific = `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
  if (Math.abs(exponent) > PLAIN_EXPONENT) return new Float(scientific);
  const digits = mantissa.replace(/[-.]/g, '').length;
  const plain =
    exponent >= digits - 1 ? `${value.toFixed(0)}.0` : value.toFixed(digits - 1 - exponent);
  return new Float(scientific.length < plain.length ? scientific : plain);
}

/** The same, rounded to so many decimals; null for what is no number. */
export const rounded = (value: number, decimals: number): Float | null =>
  Number.isFinite(value) ? float(Number(value.toFixed(decimals))) : null;

/** What can be written. Whole numbers are written as such. */
export type Writable =
  | string
  | number
  | boolean
  | null
  | Float
  | readonly Writable[]
  | { readonly [name: string]: Writable };

/** JSON as the venue writes it. */
export function written(value: Writable): string {
  if (value instanceof Float) return value.text;
  if (isList(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${JSON.stringify(name)}:${written(field)}`,
  );
  return `{${fields.join(',')}}`;
}

const isList = (value: Writable): value is readonly Writable[] => Array.isArray(value);

/** A price of a listing. */
export const priceOf = (spec: ListingSpec, ticks: number): number =>
  Number((ticks * spec.tickSize).toFixed(spec.priceDecimals));

/** An amount of a listing: dollars of an inverse contract, coins otherwise. */
export const amountOf = (spec: ListingSpec, lots: number): number =>
  Number((lots * spec.stepSize).toFixed(spec.sizeDecimals));

/** Fields that do not mean anything are left out. */
export const envelope = (channel: string, data: string): string =>
  `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${channel}","data":${data}}}`;
