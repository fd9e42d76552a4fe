// Runs the compatibility tests, one file after the other: each starts servers of its own, and figures of time matter to
// some. Arguments filter by path: `node tools/run_compat.mjs protocol clients`. A missing peer is a failure that says so.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2);
const folder = join(root, 'dist', 'test', 'compat');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('_test.js'))
  .map((name) => relative(root, join(folder, name)))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort();
if (files.length === 0) {
  console.error(`contrail: no compatibility test matches ${filters.join(' ')}`);
  process.exit(1);
}

/** A test that plays to one server is run for the reference, whose answers it records, and for ours. */
const TARGETS = { 'consumer_behaviour_test.js': ['reference', 'contrail'] };

const failed = [];
for (const file of files) {
  const targets = TARGETS[file.slice(file.lastIndexOf('/') + 1)] ?? [null];
  for (const target of targets) {
    const label = target === null ? file : `${file} (${target})`;
    const started = Date.now();
    const result = spawnSync(process.execPath, ['--test', file], {
      cwd: root,
      env: { ...process.env, ...(target === null ? {} : { CONTRAIL_TARGET: target }) },
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    const passed = result.status === 0;
    console.log(`${passed ? 'ok    ' : 'FAILED'} ${label} (${seconds} s)`);
    if (passed) continue;
    failed.push(label);
    console.log(result.stdout);
    console.error(result.stderr);
  }
}
if (failed.length > 0) {
  console.error(`contrail: ${failed.length} of the compatibility tests failed: ${failed.join(', ')}`);
  process.exit(1);
}
