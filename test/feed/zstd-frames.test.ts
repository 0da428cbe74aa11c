import { constants, zstdCompressSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { ZstdFrames } from '../../src/feed/zstd-frames.ts';

const skippable = (bytes: number) => {
  const frame = Buffer.alloc(8 + bytes, 7);
  frame.writeUInt32LE(0x184d2a53, 0);
  frame.writeUInt32LE(bytes, 4);
  return frame;
};

const aFrame = fc.oneof(
  fc
    .record({
      text: fc.oneof(
        fc.string(),
        fc.integer({ max: 400_000, min: 0 }).map((n) => 'ab'.repeat(n)),
      ),
      checksum: fc.constantFrom(0, 1),
      size: fc.constantFrom(0, 1),
      noise: fc.uint8Array({ maxLength: 2000 }),
    })
    .map(({ text, checksum, size, noise }) =>
      zstdCompressSync(Buffer.concat([Buffer.from(text), noise]), {
        params: {
          [constants.ZSTD_c_checksumFlag]: checksum,
          [constants.ZSTD_c_contentSizeFlag]: size,
        },
      }),
    ),
  fc.integer({ min: 0, max: 50 }).map(skippable),
);

/** Positions at which a frame ends, found slice by slice. */
function ends(bytes: Buffer, slice: number): number[] {
  const frames = new ZstdFrames();
  const found: number[] = [];
  for (let start = 0; start < bytes.length; start += slice) {
    const piece = bytes.subarray(start, start + slice);
    for (let at = 0; at < piece.length; ) {
      at = frames.follow(piece, at);
      if (frames.isWhole) found.push(start + at);
      if (frames.isForeign) return found;
    }
  }
  return found;
}

test.prop([fc.array(aFrame, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 5000 })], {
  numRuns: 60,
})('every frame ends where it ends, however the bytes are sliced', (frames, slice) => {
  let end = 0;
  const expected = frames.map((frame) => {
    end += frame.length;
    return end;
  });
  expect(ends(Buffer.concat(frames), slice)).toEqual(expected);
});

test('a file is whole between frames and nowhere else', () => {
  const frame = zstdCompressSync('some text that is long enough for a block');
  const bytes = Buffer.concat([frame, frame]);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const frames = new ZstdFrames();
    for (let at = 0; at < cut; ) at = frames.follow(bytes.subarray(0, cut), at);
    expect([cut, frames.isWhole]).toEqual([cut, cut % frame.length === 0]);
  }
});

test('what is no frame is noticed', () => {
  const frames = new ZstdFrames();
  const bytes = Buffer.concat([zstdCompressSync('text'), Buffer.from('no frame')]);
  for (let at = 0; at < bytes.length && !frames.isForeign; ) at = frames.follow(bytes, at);
  expect(frames.isForeign).toBe(true);
  expect(frames.isWhole).toBe(false);
});
