import { type Micros, micros, microsFromMillis } from '../model/units.ts';
import { textOfNumber } from './decimal.ts';

/**
 * Part of a message is not what the venue documents. Thrown by the readers below and caught in one place per protocol, where it becomes
 * a `rejected` event; it never leaves a decoder.
 */
export class Malformed extends Error {}

/** A JSON object of which nothing has been checked yet. */
export type Wire = Readonly<Record<string, unknown>>;

const REASON_LENGTH = 120;
const NAME_LENGTH = 40;

/** A name off the wire as it may be shown: printable and short. */
export const shown = (text: string): string =>
  text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?').slice(0, NAME_LENGTH);

/** Why a message was rejected, bounded. */
export const reasonOf = (error: Malformed): string => error.message.slice(0, REASON_LENGTH);

/** Text → JSON value. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed('not JSON');
  }
}

export const isObject = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a field holds nothing: venues leave it out, or send `""` or `null`. */
export const isAbsent = (value: unknown): value is undefined | null | '' =>
  value === undefined || value === null || value === '';

export function objectOf(value: unknown, name: string): Wire {
  if (!isObject(value)) throw new Malformed(`${name}: not an object`);
  return value;
}

export function arrayOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed(`${name}: not an array`);
  return value;
}

export function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Malformed(`${name}: not a text`);
  return value;
}

export function flagOf(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new Malformed(`${name}: not true or false`);
  return value;
}

const DECIMAL = /^\d+(?:\.\d+)?$/;
const SIGNED_DECIMAL = /^-?\d+(?:\.\d+)?$/;

function decimalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? textOfNumber(value) : undefined;
}

/** A decimal without sign, string or number on the wire, as plain text. */
export function decimalOf(value: unknown, name: string): string {
  const text = decimalText(value);
  if (text === undefined || !DECIMAL.test(text)) throw new Malformed(`${name}: not a decimal`);
  return text;
}

function finiteOf(value: unknown, name: string): number {
  const number = Number(decimalOf(value, name));
  if (!Number.isFinite(number)) throw new Malformed(`${name}: too large`);
  return number;
}

/** A price: finite and above zero. */
export function priceOf(value: unknown, name: string): number {
  const price = finiteOf(value, name);
  if (price === 0) throw new Malformed(`${name}: not a price`);
  return price;
}

/** A size, volume or open interest: finite, zero or more. */
export const sizeOf = (value: unknown, name: string): number => finiteOf(value, name);

/** A rate: finite, of either sign. */
export function rateOf(value: unknown, name: string): number {
  const text = decimalText(value);
  if (text === undefined || !SIGNED_DECIMAL.test(text)) throw new Malformed(`${name}: not a rate`);
  const rate = Number(text);
  if (!Number.isFinite(rate)) throw new Malformed(`${name}: too large`);
  return rate;
}

/** A venue's running number: a whole number of at most 2^53. */
export function idOf(value: unknown, name: string): number {
  const id = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0)
    throw new Malformed(`${name}: not an id`);
  return id;
}

const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);

/** A venue's time: Unix ms, or µs where the stream was asked for them; between the years 2010 and 2150. */
export function stampOf(value: unknown, name: string): Micros {
  const time = idOf(value, name);
  if (time >= EARLIEST_MS && time < LATEST_MS) return microsFromMillis(time);
  if (time >= EARLIEST_MS * 1000 && time < LATEST_MS * 1000) return micros(time);
  throw new Malformed(`${name}: not a time`);
}
