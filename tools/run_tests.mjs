// Runs every compiled test that needs nothing but npm: dist/src and dist/tools, and test/ except what needs peers.
// Arguments filter by path: `node tools/run_tests.mjs sublist store/file`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const options = process.argv.slice(2).filter((word) => word.startsWith('-'));

function collect(folder, files) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const child = join(folder, entry.name);
    if (entry.isDirectory()) {
      // What needs peers (the reference server, other languages) is `npm run test:compat`.
      if (relative(root, child) !== join('dist', 'test', 'compat')) collect(child, files);
    } else if (entry.name.endsWith('_test.js')) {
      const path = relative(root, child);
      if (filters.length === 0 || filters.some((filter) => path.includes(filter))) files.push(path);
    }
  }
}

const files = [];
collect(join(root, 'dist'), files);
if (files.length === 0) {
  console.error(`contrail: no test matches ${filters.join(' ')}`);
  process.exit(1);
}
const result = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...options, ...files.sort()], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
