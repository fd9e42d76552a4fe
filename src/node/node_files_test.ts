import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, mock, test } from 'node:test';
import { NodeFiles } from './node_files.ts';

const folder = mkdtempSync(join(tmpdir(), 'contrail-files-'));
const path = join(folder, 'large');

after(() => rmSync(folder, { recursive: true }));

/** While `work` runs this function of the file system fails. */
function failing(name: 'fsyncSync' | 'renameSync', work: () => void): void {
  const failure = Object.assign(new Error('ENOSPC: no space left on device, x'), { code: 'ENOSPC' });
  const mocked = mock.method(fs, name, () => {
    throw failure;
  });
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    mocked.mock.restore();
    syncBuiltinESMExports();
  }
}

test("[natscli 0.5.1] home is the one in the system's list of users, not $HOME", () => {
  const module = JSON.stringify(new URL('./node_files.js', import.meta.url).href);
  const program = `const { NodeFiles } = await import(${module}); console.log(new NodeFiles().homeDirectory());`;
  const env = { ...process.env, HOME: folder };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env });
  assert.equal(stdout, `${userInfo().homedir}\n`);
});

for (const name of ['fsyncSync', 'renameSync'] as const) {
  test(`a file that cannot be put in its place (${name}) is told with its path, leaves what was there and nothing beside`, () => {
    writeFileSync(path, 'before');
    const writer = new NodeFiles().openWriter(path);
    writer.write(Buffer.from('after'));
    failing(name, () => {
      assert.throws(() => writer.finish(), { code: 'DISK_NO_SPACE', message: /Cannot write '.*large': no space left/ });
    });
    writer.abandon();
    assert.equal(readFileSync(path, 'utf8'), 'before');
    assert.deepEqual(readdirSync(folder), ['large']);
  });
}
