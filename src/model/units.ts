declare const unit: unique symbol;

/** A number whose unit lives in the type and costs nothing at run time. */
export type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Whole microseconds since the Unix epoch, UTC, or a span of them. A double holds them exactly until the year 2255. */
export type Micros = Unit<'µs'>;

/** Brands a number as microseconds; fractions are rounded because time is whole everywhere. */
export const micros = (value: number): Micros => Math.round(value) as Micros;

/** Venue milliseconds (Unix, UTC) as microseconds. */
export const microsFromMillis = (ms: number): Micros => Math.round(ms * 1000) as Micros;

export const SECOND = 1_000_000 as Micros;
export const MINUTE = 60_000_000 as Micros;
export const HOUR = 3_600_000_000 as Micros;
export const DAY = 86_400_000_000 as Micros;
