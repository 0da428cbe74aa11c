const REASONS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'name not resolved',
  ENOTFOUND: 'name not resolved',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  EHOSTUNREACH: 'no route',
  ENETUNREACH: 'no route',
  ENETDOWN: 'no route',
  ETIMEDOUT: 'timed out',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'read-only disk',
  ENOSPC: 'disk full',
  EDQUOT: 'disk quota reached',
  EFBIG: 'file too large',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'disk error',
  ENOENT: 'no such file',
  ENOTDIR: 'not a folder',
  EISDIR: 'is a folder',
  EEXIST: 'exists already',
  ENAMETOOLONG: 'name too long',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'message too long',
  CERT_HAS_EXPIRED: 'certificate expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate of another host',
};

const STATUS = /^Unexpected server response: (\d{3})$/;

/** Why a socket, a request or a disk failed, in a few words without host names or paths: the text goes on screen and to JSON. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { code } = error as { readonly code?: unknown };
  // An attempt on several addresses of one name fails with all their errors; they hardly ever differ.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (typeof code === 'string') return REASONS[code] ?? code.toLowerCase().replaceAll('_', ' ');
  const status = STATUS.exec(error.message)?.[1];
  if (status !== undefined) return `http ${status}`;
  return error.message === 'Opening handshake has timed out' ? 'timed out' : 'failed';
}
