import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TarReader } from './tar_reader.ts';
import { paxRecord, tarOf } from './testing_tar.ts';

const INVALID = 'archive/tar: invalid tar header';

interface Read {
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly error: string | null;
  readonly isAtEnd: boolean;
}

function read(archive: Uint8Array, pieceBytes = archive.length): Read {
  const reader = new TarReader();
  const files: (readonly [string, string])[] = [];
  for (let at = 0; at < archive.length; at += pieceBytes) {
    reader.push(archive.subarray(at, at + pieceBytes));
    for (;;) {
      const file = reader.next();
      if (!file.ok) return { files, error: file.error, isAtEnd: false };
      if (file.value === null) break;
      files.push([file.value.name, Buffer.from(file.value.bytes).toString('latin1')]);
    }
  }
  return { files, error: null, isAtEnd: reader.isAtEnd };
}

test('files come out with their names and contents, in whatever pieces the archive comes', () => {
  const long = `msgs/${'x'.repeat(150)}`;
  const archive = tarOf([
    { name: 'meta.inf', bytes: '{}' },
    { name: 'PaxHeaders.0/x', bytes: paxRecord('mtime', '1700000000.5') + paxRecord('path', long), type: 'x' },
    { name: long, bytes: 'y'.repeat(1300) },
    { name: 'empty', type: '\0' },
  ]);
  for (const pieceBytes of [archive.length, 1, 100, 512, 700]) {
    const { files, isAtEnd } = read(archive, pieceBytes);
    assert.deepEqual(files, [
      ['meta.inf', '{}'],
      [long, 'y'.repeat(1300)],
      ['empty', ''],
    ]);
    assert.ok(isAtEnd);
  }
});

test('an archive without its end is not at its end', () => {
  const archive = tarOf([{ name: 'meta.inf', bytes: '{}' }], false);
  assert.deepEqual(read(archive), { files: [['meta.inf', '{}']], error: null, isAtEnd: false });
  assert.deepEqual(read(archive.subarray(0, 1000)).files, []);
});

test('what is no file, has no size or a wrong sum is refused', () => {
  for (const type of ['1', '2', '5', 'L', 'S']) {
    assert.equal(read(tarOf([{ name: 'a', type }])).error, 'unexpected content');
  }
  const changed = (at: number): Uint8Array => {
    const archive = tarOf([{ name: 'a', bytes: 'b' }]);
    archive[at] = (archive[at] ?? 0) ^ 1;
    return archive;
  };
  for (const at of [0, 130, 149, 156]) assert.equal(read(changed(at)).error, INVALID);
  for (const records of ['5', '9999 path=x\n', '6 path=x\n', '0 path=x\n', 'x path=x\n', paxRecord('size', '-1')]) {
    assert.equal(read(tarOf([{ name: 'x', bytes: records, type: 'x' }])).error, INVALID, records);
  }
  const large = [{ name: 'x', bytes: paxRecord('size', '99999999999'), type: 'x' }, { name: 'a' }];
  assert.equal(read(tarOf(large)).error, 'a file in it is too large');
});

test('noise is refused or waited for, and comes to an end', () => {
  const archive = tarOf([
    { name: 'x', bytes: paxRecord('path', 'msgs/1.blk'), type: 'x' },
    { name: 'a', bytes: 'b' },
  ]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 1100 }), (noise, at) => {
      const changed = Uint8Array.from(archive);
      changed.set(noise, at);
      read(changed, 300);
    }),
    { numRuns: 1000 },
  );
});
