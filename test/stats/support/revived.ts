import { deserialize, serialize } from 'node:v8';

/** The two ways a checkpoint leaves the process and comes back. */
export const revivals: readonly (<T>(state: T) => T)[] = [
  (state) => structuredClone(state),
  (state) => deserialize(serialize(state)),
];
