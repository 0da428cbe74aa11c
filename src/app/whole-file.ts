import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { reasonOf } from '../feed/reason.ts';
import { CommandError } from './errors.ts';

async function writeTo(file: string, flags: string, content: string | Uint8Array): Promise<void> {
  const handle = await open(file, flags);
  try {
    await handle.writeFile(content);
    // A disk may find out late that it is full.
    if (flags === 'wx') await handle.sync();
  } finally {
    await handle.close();
  }
}

async function replace(file: string, content: string | Uint8Array): Promise<void> {
  // Behind a link is the file that is meant.
  const target = await realpath(file).catch(() => file);
  const kind = await stat(target).catch(() => undefined);
  // A pipe or a device is written into and never replaced, nor is a file that stands behind one, as behind /dev/stdout.
  const isFile = kind === undefined || kind.isFile() || kind.isDirectory();
  if (!isFile || file.startsWith('/dev/')) return writeTo(file, 'a', content);
  const draft = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.tmp`);
  try {
    await rm(draft, { force: true });
    await writeTo(draft, 'wx', content);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Writes a text file, packed with gzip where its name ends in `.gz`: whole, or not at all, and then what stood there before is still there.
 *
 * @throws CommandError, exit 1.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  try {
    await replace(file, file.endsWith('.gz') ? gzipSync(text) : text);
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${reasonOf(error)}`);
  }
}
