import type { ConnectionPlan, StreamPlan } from './protocol.ts';

/** A stream as planned; undefined where its channel is switched off. */
type Wanted = Omit<StreamPlan, 'stream'> & { readonly stream: string | undefined };

/** The streams whose channels are switched on. */
export const planned = (wanted: readonly Wanted[]): StreamPlan[] =>
  wanted.flatMap(({ stream, ...plan }) => (stream === undefined ? [] : [{ stream, ...plan }]));

type Connection = Omit<ConnectionPlan, 'streams'>;

/**
 * Streams by symbol → connections of one class. A symbol's streams stay together, because a stream that may be silent is judged by its
 * siblings on the same socket. The first connection has the plain name, further ones are numbered: `public`, `public-2`.
 *
 * @param room streams that may be added later: there are connections for them, empty ones where need be.
 */
export function connectionsOf(
  groups: readonly (readonly StreamPlan[])[],
  connection: Connection,
  room = 0,
): ConnectionPlan[] {
  const { streamsAtMost } = connection;
  const sockets: StreamPlan[][] = [];
  for (const group of groups) {
    if (group.length === 0) continue;
    const open = sockets.at(-1);
    if (open !== undefined && open.length + group.length <= streamsAtMost) open.push(...group);
    else sockets.push([...group]);
  }
  const taken = () => sockets.reduce((sum, { length }) => sum + length, 0);
  while (sockets.length * streamsAtMost - taken() < room) sockets.push([]);
  return sockets.map((streams, index) => ({
    ...connection,
    name: index === 0 ? connection.name : `${connection.name}-${index + 1}`,
    streams,
  }));
}

/** The same connections, without alternates that do not exist because every channel of the other class is switched off. */
export function withAlternates(connections: readonly ConnectionPlan[]): readonly ConnectionPlan[] {
  const names = new Set(connections.map(({ name }) => name));
  const existing = ({ alternate }: StreamPlan) =>
    alternate !== null && names.has(alternate) ? alternate : null;
  return connections.map((connection) => ({
    ...connection,
    streams: connection.streams.map((stream) => ({ ...stream, alternate: existing(stream) })),
  }));
}
