// Builds dist/: the WebAssembly kernels first (embedded as text, so that no code below node/ reads a file),
// then everything TypeScript. Files in dist/ whose source is gone are removed, so that no stale test runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

function run(script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    rmSync(join(root, 'dist', '.contrail-build'), { force: true });
    process.exit(result.status ?? 1);
  }
}

function buildKernel(name) {
  const source = join(root, 'src', 'kernels', `${name}.ts`);
  const output = join(root, 'src', 'kernels', `${name}_wasm.ts`);
  if (!existsSync(source)) return;
  const newest = Math.max(statSync(source).mtimeMs, statSync(fileURLToPath(import.meta.url)).mtimeMs);
  if (existsSync(output) && statSync(output).mtimeMs >= newest) return;
  const wasm = join(root, 'dist', 'kernels', `${name}.wasm`);
  mkdirSync(dirname(wasm), { recursive: true });
  run(join(modules, 'assemblyscript', 'bin', 'asc.js'), [
    relative(root, source),
    '--outFile',
    relative(root, wasm),
    '--optimizeLevel',
    '3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--importMemory',
    '--initialMemory',
    '1',
    '--noExportMemory',
  ]);
  const text = readFileSync(wasm).toString('base64');
  writeFileSync(
    output,
    `// Generated from ${name}.ts by tools/build.mjs; not in the repository.\nexport const ${name.toUpperCase()}_WASM =\n  '${text}';\n`,
  );
}

/** Removes compiled files whose source no longer exists. */
function removeStale(folder) {
  if (!existsSync(join(root, 'dist', folder))) return;
  for (const entry of readdirSync(join(root, 'dist', folder), { withFileTypes: true })) {
    const child = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (existsSync(join(root, child))) removeStale(child);
      else rmSync(join(root, 'dist', child), { recursive: true });
      continue;
    }
    const source = child.replace(/\.d\.ts$/, '.ts').replace(/\.js$/, '.ts');
    if (source !== child && !existsSync(join(root, source))) rmSync(join(root, 'dist', child));
    else if (/\.d\.ts$/.test(child) && !existsSync(join(root, child.replace(/\.d\.ts$/, '.ts'))))
      rmSync(join(root, 'dist', child));
  }
}

buildKernel('highwayhash');
for (const folder of ['src', 'test', 'tools']) removeStale(folder);
run(join(modules, 'typescript', 'bin', 'tsc'), ['-p', 'tsconfig.json']);
