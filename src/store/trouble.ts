/** What a failed access to the store means for what is done next. */
export type Trouble =
  /** The file is no database any more, or one whose pages contradict each other. */
  | 'damaged'
  /** Another process writes for too long. */
  | 'busy'
  /** The disk does not take it. */
  | 'disk';

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const CODE = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  noDatabase: 26,
} as const;

const REASONS: Readonly<Record<number, string>> = {
  [CODE.busy]: 'held by another process',
  [CODE.locked]: 'held by another process',
  [CODE.readonly]: 'read-only',
  [CODE.ioError]: 'disk error',
  [CODE.corrupt]: 'damaged',
  [CODE.full]: 'disk full',
  [CODE.cannotOpen]: 'cannot be opened',
  [CODE.noDatabase]: 'damaged',
};

const FILE_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'read-only disk',
  ENOSPC: 'disk full',
  EDQUOT: 'disk quota reached',
  EFBIG: 'file too large',
  ENOTDIR: 'not a folder',
  EEXIST: 'not a folder',
  EISDIR: 'is a folder',
};

const primaryOf = (error: unknown): number | undefined => {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
};

export function troubleOf(error: unknown): Trouble {
  const code = primaryOf(error);
  if (code === CODE.corrupt || code === CODE.noDatabase) return 'damaged';
  if (code === CODE.busy || code === CODE.locked) return 'busy';
  return 'disk';
}

/** Why, in a few words without paths: the text goes on screen and to JSON. */
export function reasonFor(error: unknown): string {
  const primary = primaryOf(error);
  if (primary !== undefined) return REASONS[primary] ?? `error ${primary}`;
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (typeof code === 'string')
    return FILE_REASONS[code] ?? code.toLowerCase().replaceAll('_', ' ');
  return 'failed';
}
