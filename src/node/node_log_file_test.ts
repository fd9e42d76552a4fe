import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeLogFile } from './node_log_file.ts';

function inDirectory(body: (path: string, root: string) => void): void {
  const root = fs.mkdtempSync(join(tmpdir(), 'contrail-log-'));
  try {
    body(join(root, 'server.log'), root);
  } finally {
    fs.rmSync(root, { recursive: true });
  }
}

function fail(text: string): never {
  throw new Error(text);
}

function line(level: 'info' | 'error', text: string): string {
  return `${level}: ${text}\n`;
}

test('NodeLogFile appends to what is there', () => {
  inDirectory((path) => {
    fs.writeFileSync(path, 'before\n');
    const file = new NodeLogFile({ path, bytesMax: 0, filesMax: 0, line, complain: fail });
    file.write('after\n');
    file.close();
    assert.equal(fs.readFileSync(path, 'utf8'), 'before\nafter\n');
  });
});

test('NodeLogFile renames a file that has grown to its limit, says so in the new one and keeps the newest', () => {
  inDirectory((path, root) => {
    fs.writeFileSync(`${path}.notes`, '');
    const file = new NodeLogFile({ path, bytesMax: 500, filesMax: 3, line, complain: fail });
    for (let number = 0; number < 50; number++) file.write(`line ${number} ${'.'.repeat(100)}\n`);
    file.close();
    const names = fs.readdirSync(root).sort();
    assert.equal(names.length, 4);
    assert.equal(names[0], 'server.log');
    for (const name of names.slice(1, 3)) {
      assert.match(name, /^server\.log\.\d{4}\.\d\d\.\d\d\.\d\d\.\d\d\.\d\d\.\d{9}$/);
      const text = fs.readFileSync(join(root, name), 'utf8');
      assert.ok(text.length > 500 && text.length < 500 + 110, text);
      assert.match(
        text,
        /^info: Rotated log, backup saved as ".*\/server\.log\.[\d.]{29}"\ninfo: Purged log file "server\.log\.[\d.]{29}"\nline /,
      );
    }
    assert.equal(names[3], 'server.log.notes');
    const kept = names.slice(0, 3).map((name) => fs.readFileSync(join(root, name), 'utf8'));
    const numbers = [...`${kept[1]}${kept[2]}${kept[0]}`.matchAll(/^line (\d+)/gm)].map((match) => Number(match[1]));
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => 50 - numbers.length + i),
    );
  });
});

test('NodeLogFile rotates at once when what is there is over the limit already', () => {
  inDirectory((path, root) => {
    fs.writeFileSync(path, 'x'.repeat(1001));
    new NodeLogFile({ path, bytesMax: 1000, filesMax: 0, line, complain: fail }).close();
    const [now = '', before = ''] = fs.readdirSync(root).sort();
    assert.match(fs.readFileSync(join(root, now), 'utf8'), /^info: Rotated log, backup saved as ".*"\n$/);
    assert.equal(fs.readFileSync(join(root, before), 'utf8'), `${'x'.repeat(1001)}info: Rotating logfile...\n`);
  });
});

test('NodeLogFile.reopen() starts a new file where the old one was moved away', () => {
  inDirectory((path) => {
    const file = new NodeLogFile({ path, bytesMax: 0, filesMax: 0, line, complain: fail });
    file.write('one\n');
    fs.renameSync(path, `${path}.old`);
    file.write('two\n');
    file.reopen();
    file.write('three\n');
    file.close();
    assert.equal(fs.readFileSync(`${path}.old`, 'utf8'), 'one\ntwo\n');
    assert.equal(fs.readFileSync(path, 'utf8'), 'three\n');
  });
});

test('NodeLogFile goes on where it cannot rotate, and tries again later', () => {
  inDirectory((path, root) => {
    const complaints: string[] = [];
    const folder = join(root, 'gone');
    fs.mkdirSync(folder);
    const file = new NodeLogFile({
      path: join(folder, 'server.log'),
      bytesMax: 10,
      filesMax: 0,
      line,
      complain: (text) => complaints.push(text),
    });
    fs.rmSync(folder, { recursive: true });
    for (let line = 0; line < 4; line++) file.write('0123456789\n');
    file.close();
    assert.equal(complaints.length, 3);
    assert.match(complaints[0] ?? '', /^Cannot rotate log file '.*': ENOENT/);
    assert.equal(fs.existsSync(path), false);
  });
});

test('NodeLogFile complains once while nothing can be written, and says in the file what is missing', () => {
  inDirectory((path) => {
    const complaints: string[] = [];
    fs.symlinkSync('/dev/full', path);
    const complain = (text: string) => complaints.push(text);
    const file = new NodeLogFile({ path, bytesMax: 0, filesMax: 0, line, complain });
    for (let number = 0; number < 3; number++) file.write('lost\n');
    assert.equal(complaints.length, 1);
    assert.match(complaints[0] ?? '', /^Cannot write log file '.*': ENOSPC/);
    fs.rmSync(path);
    file.reopen();
    file.write('written\n');
    file.close();
    assert.equal(
      fs.readFileSync(path, 'utf8'),
      'error: 3 lines of the log are missing here: the file could not be written\nwritten\n',
    );
  });
});

test('NodeLogFile refuses a path that cannot be opened', () => {
  assert.throws(() => new NodeLogFile({ path: '/none/x', bytesMax: 0, filesMax: 0, line, complain: fail }), {
    code: 'ENOENT',
  });
});
