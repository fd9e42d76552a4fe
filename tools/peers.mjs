// Brings what the compatibility tests and the benchmark need besides npm's packages: the pinned reference server and
// its command, built by Go into .peers/bin. `node tools/peers.mjs NAME...` also installs the named client runners of
// test/compat/clients (`all` for every one) into .peers/clients. Quick when everything is there already.
// CONTRAIL_PEERS names another folder than .peers. Plain JavaScript, because it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const peers = resolve(process.env.CONTRAIL_PEERS ?? join(root, '.peers'));
const clients = join(root, 'test', 'compat', 'clients');

/** Go programs, by the name of their binary. */
const PROGRAMS = {
  'nats-server': 'github.com/nats-io/nats-server/v2@v2.15.2',
  nats: 'github.com/nats-io/natscli/nats@v0.5.1',
};

function fail(message) {
  console.error(`contrail: ${message}`);
  process.exit(1);
}

/** Some systems ship Python without what makes an environment. */
const PYTHON_PROBE = 'import ensurepip, platform, venv; print(platform.python_version())';

/**
 * Toolchains by the word a runner.json asks for: what to call so that it prints its version, the lowest version that
 * does, and how to call what is missing in a message.
 */
const TOOLCHAINS = {
  go: { command: ['go', 'version'], least: [1, 21], title: 'Go' },
  python: { command: ['python3', '-c', PYTHON_PROBE], least: [3, 10], title: 'Python with venv and pip' },
  java: { command: ['javac', '-version'], least: [17], title: 'a JDK' },
  maven: { command: ['mvn', '--version'], least: [3, 6], title: 'Maven' },
  rust: { command: ['cargo', '--version'], least: [1, 89], title: 'Rust' },
};

function checkToolchain(name, wantedBy) {
  const { command, least, title } = TOOLCHAINS[name] ?? fail(`unknown toolchain '${name}' in ${wantedBy}`);
  const [program, ...rest] = command;
  const result = spawnSync(program, rest, { encoding: 'utf8' });
  const wanted = `${wantedBy} needs ${title} ${least.join('.')} or newer`;
  if (result.error || result.status !== 0) fail(`${wanted}, but '${program}' does not run here`);
  // The first number that is no part of a terminal's colour sequence.
  const found = /(?<![[;\d])\d+(\.\d+)*/.exec(`${result.stdout}${result.stderr}`)?.[0] ?? '';
  const parts = found.split('.').map(Number);
  const index = least.findIndex((part, i) => part !== (parts[i] ?? 0));
  if (index >= 0 && (parts[index] ?? 0) < least[index])
    fail(`${wanted}, but '${program}' is ${found || 'unknown'} here`);
}

function run(words, options) {
  const [program, ...rest] = words;
  const result = spawnSync(program, rest, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (result.error) fail(`cannot run ${program}: ${result.error.message}`);
  if (result.status !== 0) fail(`'${words.join(' ')}' ended with exit code ${result.status}`);
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function installPrograms() {
  const bin = join(peers, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, module] of Object.entries(PROGRAMS)) {
    const stamp = join(bin, `.${name}`);
    if (existsSync(join(bin, name)) && readStamp(stamp) === module) continue;
    checkToolchain('go', name);
    console.log(`contrail: building ${module}`);
    // The version is what `go install` stamps into a binary's build information; nothing else is needed.
    run(['go', 'install', '-trimpath', module], { cwd: peers, env: { ...process.env, GOBIN: bin, GOWORK: 'off' } });
    writeFileSync(stamp, module);
  }
}

/** Every file of a runner's folder with its content: equal text means nothing to install. */
function fingerprint(folder, hash) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) fingerprint(path, hash);
    else hash.update(relative(clients, path)).update('\0').update(readFileSync(path)).update('\0');
  }
}

/** Copies only what differs, so that compilers see old times on old files. */
function copyChanged(from, to) {
  cpSync(from, to, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source, target) =>
      statSync(source).isDirectory() || !existsSync(target) || !readFileSync(source).equals(readFileSync(target)),
  });
}

function installClient(name) {
  const source = join(clients, name);
  if (!existsSync(join(source, 'runner.json'))) fail(`there is no client runner '${name}' in test/compat/clients`);
  const manifest = JSON.parse(readFileSync(join(source, 'runner.json'), 'utf8'));
  if (manifest.build !== undefined) return installClient(manifest.build);
  if ((manifest.install ?? []).length === 0) return;
  const work = join(peers, 'clients', name);
  const stamp = join(work, '.contrail-installed');
  const hash = createHash('sha256');
  fingerprint(source, hash);
  const wanted = `${hash.digest('hex')} ${process.versions.modules}`;
  if (readStamp(stamp) === wanted) return;
  for (const toolchain of manifest.needs ?? []) checkToolchain(toolchain, manifest.title);
  console.log(`contrail: installing the client runner '${name}'`);
  mkdirSync(work, { recursive: true });
  rmSync(stamp, { force: true });
  copyChanged(source, work);
  const places = { '{node}': process.execPath, '{source}': source, '{work}': work, '{bin}': join(peers, 'bin') };
  for (const words of manifest.install) {
    run(
      words.map((word) => word.replace(/\{\w+\}/g, (place) => places[place] ?? place)),
      { cwd: work, env: { ...process.env, GOWORK: 'off' } },
    );
  }
  writeFileSync(stamp, wanted);
}

mkdirSync(peers, { recursive: true });
installPrograms();
const names = process.argv.slice(2);
const folders = readdirSync(clients, { withFileTypes: true }).filter((entry) => entry.isDirectory());
for (const name of names.includes('all') ? folders.map((folder) => folder.name).sort() : names) installClient(name);
