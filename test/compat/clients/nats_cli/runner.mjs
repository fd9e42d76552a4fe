// The shared scenarios with the `nats` command, as far as a command line can play them. What is observed is what the
// command prints and its exit code; only moments, rates and widths of tables are replaced. The harness compares.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { scenarios } from './scenarios.mjs';

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[a-zA-Z]`, 'g');
const COMMAND_DEADLINE_MS = 15_000;

function readArguments(words) {
  const options = {};
  for (let i = 0; i + 1 < words.length; i += 2) options[words[i].replace(/^--/, '')] = words[i + 1];
  return options;
}

const options = readArguments(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'contrail-nats-cli-'));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Who the harness says we are, and whom we trust; see ../README.md. Made once: commands that run may be reading the seed. */
const identity = [];
if (options.ca !== undefined) identity.push('--tlsca', options.ca);
if (options['as-user'] !== undefined) identity.push('--user', options['as-user'], '--password', options['as-password']);
if (options['as-seed'] !== undefined) {
  const file = join(folder, 'seed.nk');
  writeFileSync(file, options['as-seed'], { mode: 0o600 });
  identity.push('--nkey', file);
}

/** What a command printed, without what changes from run to run. */
function steady(text) {
  return text
    .replace(/\r/g, '')
    .replace(COLOURS, '')
    .split('\n')
    .map((line) => steadyLine(line).trim())
    .filter((line) => line !== '')
    .join('\n');
}

function steadyLine(line) {
  if (/^[\s─╭╮╰╯├┤┬┴┼]+$/.test(line)) return '';
  const cells = /^\s*│/.test(line) ? line.replace(/│ +\d+(\.\d+)?(ns|µs|us|ms|s) +(?=│)/g, '│ <ago> ') : line;
  return (
    cells
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?/g, '<time>')
      .replace(/\b\d\d:\d\d:\d\d\b/g, '<clock>')
      .replace(/\b\d+(\.\d+)?(ns|µs|us|ms)\b/g, '<duration>')
      .replace(/\((<duration>|\d+(\.\d+)?s)( ago)?\)/g, '(<duration>)')
      .replace(/[\d,.]+ msgs\/sec ~ .*$/, '<rate>')
      .replace(/Client ID: \d+/, 'Client ID: <number>')
      .replaceAll(folder, '<folder>')
      // Differences are printed with a random mix of spaces, so that nobody relies on them.
      .replace(/[\s\u00a0]+/g, ' ')
  );
}

/** A command in the background, until it ends. */
class Command {
  #output = '';
  #wake = () => {};
  #code = null;

  constructor(words, { server, terminal = false, input, timeout = '5s' }) {
    const all = ['--server', server, '--no-context', '--timeout', timeout, ...identity, ...words];
    // The pager of `stream view` wants a terminal; util-linux's `script` lends it one.
    const quoted = [options.command, ...all].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const [program, rest] = terminal ? ['script', ['-qec', quoted, '/dev/null']] : [options.command, all];
    const env = { ...process.env, XDG_CONFIG_HOME: folder, HOME: folder, NO_COLOR: '1', TZ: 'UTC', COLUMNS: '200' };
    this.child = spawn(program, rest, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], env });
    this.child.stdin.on('error', () => {});
    if (input !== undefined || !terminal) this.child.stdin.end(input ?? '');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => {
        this.#output += chunk.toString();
        this.#wake();
      });
    }
    this.timer = setTimeout(() => this.child.kill('SIGKILL'), COMMAND_DEADLINE_MS);
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.#output += error.message;
      });
      this.child.once('close', (code, signal) => {
        clearTimeout(this.timer);
        this.#code = code ?? signal;
        this.#wake();
        resolve();
      });
    });
  }

  async says(text) {
    while (!this.#output.includes(text) && this.#code === null) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async result() {
    await this.ended;
    return { exit: this.#code, output: steady(this.#output) };
  }

  /** For commands that go on until they are stopped. */
  async stop() {
    this.child.kill('SIGINT');
    await this.ended;
    return steady(this.#output);
  }
}

function stage(id) {
  const t = {
    options,
    server: options.url,
    path: (name) => join(folder, name),
    read: (name) => readFileSync(join(folder, name)),
    write: (name, data) => writeFileSync(join(folder, name), data),
    see: (step, value) => print({ scenario: id, step, value }),
    /** Runs a command and observes it; the step is the command line itself. */
    run: async (words, more = {}) => {
      const list = typeof words === 'string' ? words.split(' ') : words;
      const { exit, output } = await t.start(list, more).result();
      const shown = more.hide === undefined ? output : output.replace(more.hide, '<size>');
      const result = { exit, output: shown.split('\n').slice(0, more.lines).join('\n') };
      t.see(`${more.as ?? `nats ${list.join(' ').replaceAll(folder, '<folder>')}`}`, result);
      return result;
    },
    /** Runs a command that is only there to prepare something, and must succeed. */
    quietly: async (words, more = {}) => {
      const list = typeof words === 'string' ? words.split(' ') : words;
      const result = await t.start(list, more).result();
      if (result.exit !== 0) throw new Error(`nats ${list.join(' ')}: ${result.output}`);
    },
    start: (words, more = {}) =>
      new Command(typeof words === 'string' ? words.split(' ') : words, { server: t.server, ...more }),
    ask: async (action, server) => {
      print({ ask: action, server });
      await lines.next();
    },
  };
  return t;
}

const wanted = (options.scenario ?? 'all') === 'all' ? Object.keys(scenarios) : options.scenario.split(',');
for (const id of wanted) {
  const scenario = scenarios[id];
  if (scenario === undefined) continue;
  const t = stage(id);
  try {
    await scenario(t);
  } catch (error) {
    t.see('FAILED', error.message);
    process.stderr.write(`${id}: ${error.stack}\n`);
  }
  await t.ask('clean', 'main');
}
rmSync(folder, { recursive: true, force: true });
process.exit(0);
