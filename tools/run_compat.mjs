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

/** Lines of a failed test that are shown, with those of its file's other failures. */
const FAILURE_LINES_MAX = 120;

/** What a file's TAP says of the tests that failed, without all that passed. */
function failuresOf({ stdout, stderr }) {
  const lines = stdout.split('\n');
  const shown = [];
  let isShown = false;
  for (const line of lines) {
    if (/^\s*(not ok|ok|# Subtest|1\.\.)/.test(line)) isShown = /^\s*not ok/.test(line);
    if (isShown) shown.push(line);
  }
  const said = shown.length > 0 ? shown : lines.slice(-FAILURE_LINES_MAX);
  return [...said.slice(0, FAILURE_LINES_MAX), stderr.trim()].join('\n').trim();
}

/**
 * A file that fails is run once more, and what it said at first is shown at the end all the same: real servers, clients
 * and clocks on a busy machine have bad moments. More than these in one run are no bad moments.
 */
const RUNS_AGAIN_MAX = 2;
/** A message lost once is lost; and the clients play again by themselves what differed. */
const RUN_ONCE = ['kill_sweep_test.js', 'clients_test.js'];

/** Null when it passed, else what failed. */
function run(file, target, label) {
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
  return passed ? null : failuresOf(result);
}

const failed = [];
const unsteady = [];
for (const file of files) {
  const targets = TARGETS[file.slice(file.lastIndexOf('/') + 1)] ?? [null];
  for (const target of targets) {
    const label = target === null ? file : `${file} (${target})`;
    const said = run(file, target, label);
    if (said === null) continue;
    const isRunAgain = !RUN_ONCE.some((name) => file.endsWith(name)) && unsteady.length < RUNS_AGAIN_MAX;
    const saidAgain = isRunAgain ? run(file, target, label) : said;
    if (saidAgain === null) unsteady.push({ label, said });
    else failed.push({ label, said: saidAgain });
  }
}
for (const { label, said } of unsteady) console.error(`\n== unsteady: failed, then passed: ${label}\n${said}`);
if (failed.length > 0) {
  // At the end, where whoever reads the end of a long log finds it.
  for (const { label, said } of failed) console.error(`\n== ${label}\n${said}`);
  const labels = failed.map(({ label }) => label).join(', ');
  console.error(`\ncontrail: ${failed.length} of the compatibility tests failed: ${labels}`);
  process.exit(1);
}
