import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { sibling } from '../root.ts';
import { counted, type Found, type Options, type Section } from './row.ts';

const CHILD = sibling(path.join(import.meta.dirname, '..'), 'child');

/** Runs a task of `child.ts` in a process of its own; its answer, or why there is none. */
function ask<T>(task: string, { seed, quick }: Options): T | { readonly failed: string } {
  const args = [CHILD, task, String(seed), quick ? 'quick' : ''];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) return { failed: `${task}: ${stderr.trim().split('\n').at(-1)}` };
  return JSON.parse(stdout);
}

const megabytes = (bytes: number): number => bytes / 1e6;

function ringsOf(options: Options): Found {
  const answer = ask<{ bytes: number; numbers: number }>('rings', options);
  if ('failed' in answer) return answer;
  return counted(megabytes(answer.bytes), `${answer.numbers} numbers`);
}

function booksOf(options: Options): Found {
  const answer = ask<{ bytes: number; books: number; messages: number }>('books', options);
  if ('failed' in answer) return answer;
  const { bytes, books, messages } = answer;
  if (books !== (options.quick ? 20 : 500)) return { failed: `only ${books} books are whole` };
  return counted(megabytes(bytes), `${books} books after ${messages} messages`);
}

export const memorySection: Section = {
  rows: [
    {
      id: 'memory.rings',
      what: 'memory: 24 h × 1 s × 40 features of one symbol',
      unit: 'MB',
      better: 'less',
      must: 32,
      aim: 28,
    },
    {
      id: 'memory.books',
      what: 'memory: 500 books',
      unit: 'MB',
      better: 'less',
      must: 80,
      aim: 40,
    },
  ],
  async measure(options, wanted) {
    const found = new Map<string, Found>();
    if (wanted.has('memory.rings')) found.set('memory.rings', ringsOf(options));
    if (wanted.has('memory.books')) found.set('memory.books', booksOf(options));
    return found;
  },
};

interface Garbage {
  readonly scavenges: number;
  /** Heap per message, bytes. */
  readonly bytes: number;
}

interface GarbageAnswer {
  readonly messages: number;
  readonly perpscope: Garbage;
  readonly jsonPath: Garbage;
  readonly json: Garbage;
}

export const garbageSection: Section = {
  rows: [
    {
      id: 'garbage.depth',
      what: 'scavenges over 100,000 depth messages',
      unit: '',
      better: 'less',
      must: 5,
      aim: 1,
    },
    {
      id: 'garbage.json-path',
      what: 'scavenges of our JSON path',
      unit: '',
      better: 'less',
      must: null,
      aim: null,
    },
    {
      id: 'garbage.json',
      what: 'scavenges of JSON.parse alone',
      unit: '',
      better: 'less',
      must: null,
      aim: null,
    },
  ],
  async measure(options, wanted) {
    const answer = ask<GarbageAnswer>('garbage', options);
    if ('failed' in answer) return new Map(Array.from(wanted, (id) => [id, answer]));
    const of = ({ scavenges, bytes }: Garbage): Found =>
      counted(
        scavenges,
        `${answer.messages} messages, warm; ${bytes.toFixed(0)} bytes of heap each`,
      );
    return new Map([
      ['garbage.depth', of(answer.perpscope)],
      ['garbage.json-path', of(answer.jsonPath)],
      ['garbage.json', of(answer.json)],
    ]);
  },
};
