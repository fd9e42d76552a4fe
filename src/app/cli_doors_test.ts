import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** The modules of Node that are loaded once the doors are open. */
function loadedBy(program: string): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as string[];
}

const doors = JSON.stringify(new URL('./cli_doors.js', import.meta.url).href);
const OPEN = `const doors = (await import(${doors})).openDoors();`;
const PRINT = 'console.log(JSON.stringify(process.moduleLoadList));';

test('the doors of the command line load what is behind TLS and HTTP for those alone who need it', () => {
  const loaded = loadedBy(`${OPEN}${PRINT}`);
  assert.ok(loaded.includes('NativeModule fs'));
  for (const name of ['tls', 'http', 'https']) assert.ok(!loaded.includes(`NativeModule ${name}`), name);
  const asked = loadedBy(`${OPEN} await doors.web(); ${PRINT}`);
  assert.ok(asked.includes('NativeModule https'));
});
