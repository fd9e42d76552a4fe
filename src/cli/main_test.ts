import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argument, type Command, defineCommand, defineGroup, defineLater, flag, type Node } from './command.ts';
import { CommandError, ExitCode } from './errors.ts';
import type { RawVerb, Verb } from './program/verb.ts';
import { runCommand, startCommand } from './testing_terminal.ts';

let seen: unknown = null;

const PROBE: Command = defineCommand({
  name: 'probe',
  aliases: ['p'],
  summary: 'Shows what it was given',
  description:
    'What is written on lines of the source that are\nlonger than a terminal is wrapped anew.\n\n  contrail probe  x',
  args: { first: argument.required('The first'), second: argument.integer('The second', { default: 7 }) },
  flags: {
    text: flag.text('A text', { short: 't' }),
    many: flag.texts('Many texts', { short: 'm' }),
    count: flag.integer('A number', { default: 1, min: 0 }),
    wait: flag.duration('A time', { default: '5m' }),
    size: flag.size('A size'),
    kind: flag.choice('A kind', ['red', 'green']),
    deep: flag.switch('Deeper', { short: 'd' }),
    ack: flag.toggle('Acknowledge', { default: true }),
    maybe: flag.toggle('Perhaps'),
    noMirror: flag.switch('No mirror'),
    meta: flag.map('Pairs'),
  },
  examples: [{ text: 'An example', command: 'contrail probe x' }],
  json: 'What was given.',
  run: async (session, args, flags) => {
    seen = { args, flags, json: session.isJson, server: session.settings.url };
    session.print('done');
  },
});

const FAILING = defineCommand({
  name: 'fail',
  summary: 'Fails',
  args: { how: argument.required('How') },
  examples: [],
  json: 'Nothing.',
  run: async (session, { how }) => {
    if (how === 'code') throw new ExitCode(3);
    if (how === 'bug') throw new TypeError('a bug');
    if (how === 'wait') await session.during('half of it is done', () => new Promise(() => undefined));
    if (how === 'words') {
      await session.interrupted;
      throw new CommandError('half of it is done');
    }
    throw new CommandError('it went wrong: do something else');
  },
});

function verb(node: Node): Verb {
  const { name, aliases = [], summary } = node;
  return { name, aliases, summary, isLater: node.kind === 'later', load: async () => node };
}

const LATER = defineLater({ name: 'later', summary: 'Comes later', meanwhile: "use 'nats later'" });
const GROUP = defineGroup({
  name: 'group',
  aliases: ['g'],
  summary: 'Has others',
  flags: { all: flag.switch('All of them', { short: 'a' }) },
  commands: [PROBE, LATER],
});
const VERBS = [PROBE, FAILING, GROUP, LATER].map(verb);

let rawWords: readonly string[] | null = null;

const RAW: RawVerb = {
  name: 'serve',
  summary: 'Runs a server',
  flagsOf: 'nats-server',
  run: async (words) => {
    rawWords = words;
  },
};

async function given(...words: string[]): Promise<unknown> {
  seen = null;
  const { code, error } = await runCommand(words, { verbs: VERBS });
  assert.equal(error, '');
  assert.equal(code, 0);
  return seen;
}

const INITIAL = {
  text: undefined,
  many: [],
  count: 1,
  wait: 300_000_000_000,
  size: undefined,
  kind: undefined,
  deep: false,
  ack: true,
  maybe: undefined,
  noMirror: false,
  meta: undefined,
};

function flagsOf(value: unknown): unknown {
  return value !== null && typeof value === 'object' && 'flags' in value ? value.flags : null;
}

test('flags that are not given have their defaults', async () => {
  const value = await given('probe', 'x');
  assert.deepEqual(value, {
    args: { first: 'x', second: 7 },
    flags: INITIAL,
    json: false,
    server: 'nats://127.0.0.1:4222',
  });
});

test('flags may stand anywhere, joined, with = and with names of the program between', async () => {
  const value = await given('-s', 'nats://one', 'p', '-dt=a', 'x', '--many=1', '--count', '-1', '-m', '2').catch(
    () => 0,
  );
  assert.equal(value, 0, 'a number below the least is refused');
  assert.deepEqual(
    await given('--server=nats://one', 'p', '-dta', 'x', '--many=1', '8', '--count', '3', '-m', '2', '-j'),
    {
      args: { first: 'x', second: 8 },
      flags: { ...INITIAL, deep: true, text: 'a', many: ['1', '2'], count: 3 },
      json: true,
      server: 'nats://one',
    },
  );
});

test('toggles have a no- form and take true and false', async () => {
  assert.deepEqual(flagsOf(await given('p', 'x', '--no-ack', '--maybe')), { ...INITIAL, ack: false, maybe: true });
  assert.deepEqual(flagsOf(await given('p', 'x', '--ack=false', '--maybe=true')), {
    ...INITIAL,
    ack: false,
    maybe: true,
  });
  assert.deepEqual(flagsOf(await given('p', 'x', '--no-mirror')), { ...INITIAL, noMirror: true });
});

test('values are read as what they are', async () => {
  const words = ['--wait', '30d', '--size', '1GB', '--kind', 'red', '--meta', 'a=1', '--meta', 'b:2=3'];
  assert.deepEqual(flagsOf(await given('p', 'x', ...words)), {
    ...INITIAL,
    wait: 2_592_000_000_000_000,
    size: 1_073_741_824,
    kind: 'red',
    meta: { a: '1', b: '2=3' },
  });
});

test('a group lends its flags to its commands, before and behind their names', async () => {
  assert.deepEqual(flagsOf(await given('g', '-a', 'probe', 'x')), { ...INITIAL, all: true });
  assert.deepEqual(flagsOf(await given('group', 'p', 'x', '--all')), { ...INITIAL, all: true });
});

async function refusal(...words: string[]): Promise<string> {
  const { code, error, output } = await runCommand(words, { verbs: VERBS });
  assert.equal(code, 1);
  assert.equal(output, '');
  return error;
}

test('mistakes are named, with the nearest of what is known', async () => {
  const rows: [string[], string][] = [
    [['prob', 'x'], "expected command but got 'prob' (did you mean 'probe'?)"],
    [['group', 'prbe'], "expected command but got 'group prbe' (did you mean 'probe'?)"],
    [['p', 'x', '--cuont', '1'], "unknown long flag '--cuont' (did you mean '--count'?)"],
    [['p', 'x', '--no-akc'], "unknown long flag '--no-akc' (did you mean '--no-ack'?)"],
    [['p', 'x', '-z'], "unknown short flag '-z'"],
    [['p', 'x', '--deep=true'], "flag '--deep' takes no value: write it alone"],
    [['p'], "required argument 'first' not provided"],
    [['p', 'x', '1', 'more', 'still'], "unexpected argument 'more'\n"],
    [['p', 'x', 'many'], "<second> 'many' is no whole number"],
    [['p', 'x', '--count'], "expected argument for flag '--count'"],
    [['p', 'x', '--count', 'ten'], "--count 'ten' is no whole number"],
    [['p', 'x', '--count=-1'], '--count -1 is too small: the least is 0'],
    [['p', 'x', '--wait', '5'], "--wait '5' is no duration: write it like 300ms"],
    [['p', 'x', '--size', '5 apples'], "--size '5 apples' is no size"],
    [['p', 'x', '--kind', 'blue'], "--kind 'blue' is not one of red, green"],
    [['p', 'x', '--meta', 'alone'], "--meta 'alone' is no pair"],
    [['g'], 'a subcommand from the list below is required'],
  ];
  for (const [words, text] of rows) {
    const error = await refusal(...words);
    assert.ok(error.startsWith(`contrail: error: ${text}`), `${words.join(' ')}: ${error}`);
  }
});

test('a word that names no command of a group is followed by those that it has', async () => {
  const error = await refusal('group', 'nothing');
  assert.match(error, /^contrail: error: expected command but got 'group nothing'\n\nusage: contrail group /);
  assert.match(error, /Subcommands:\n {2}group probe {2}Shows what it was given\n/);
  assert.match(error, /See 'contrail group --help'\n$/);
});

test('what comes later says so and what to use meanwhile', async () => {
  const text = "is not in this version yet: use 'nats later'\n";
  assert.equal(await refusal('later', 'x'), `contrail: error: 'contrail later' ${text}`);
  assert.equal(await refusal('group', 'later'), `contrail: error: 'contrail group later' ${text}`);
});

test('a command that fails says why and ends with its code', async () => {
  assert.equal(await refusal('fail', 'x'), 'contrail: error: it went wrong: do something else\n');
  assert.equal(await refusal('fail', 'bug'), 'contrail: error: a bug\n');
  assert.deepEqual(await runCommand(['fail', 'code'], { verbs: VERBS }), { code: 3, output: '', error: '' });
});

test('an interrupted command says what is half done and ends with 130', async () => {
  const running = startCommand(['fail', 'wait'], { verbs: VERBS });
  await new Promise((resolve) => setImmediate(resolve));
  running.terminal.interrupt();
  assert.deepEqual(await running.ended, {
    code: 130,
    output: '',
    error: 'contrail: interrupted: half of it is done\n',
  });
});

test('[natscli 0.5.1] an interruption ends with the exit code of its signal, also where the command words it', async () => {
  const running = startCommand(['fail', 'words'], { verbs: VERBS });
  await new Promise((resolve) => setImmediate(resolve));
  running.terminal.interrupt(143);
  assert.deepEqual(await running.ended, { code: 143, output: '', error: 'contrail: error: half of it is done\n' });
});

test('help shows usage, arguments, flags, an example, the JSON and aliases', async () => {
  const { code, output } = await runCommand(['group', 'probe', '--help'], { verbs: VERBS });
  assert.equal(code, 0);
  for (const text of [
    'usage: contrail group probe [<flags>] <first> [<second>]',
    'that are longer than a terminal is\nwrapped anew.\n\n  contrail probe  x\n',
    '  <first>     The first',
    '  -t, --text=TEXT      A text',
    '  -m, --many=MANY ...',
    '      --count=1',
    '      --[no-]ack',
    '      --no-mirror ',
    '  -a, --all ',
    '  contrail probe x',
    'JSON:\n  What was given.',
    'Command Aliases: p',
    '  -s, --server=URL',
  ]) {
    assert.ok(output.includes(text), `${text} in ${output}`);
  }
  const asVerb = await runCommand(['help', 'group', 'probe'], { verbs: VERBS });
  assert.equal(asVerb.output, output);
});

test('help of the program lists its verbs, and --version is its version', async () => {
  const help = await runCommand([], { verbs: VERBS });
  assert.equal(help.code, 0);
  assert.ok(
    help.output.split('\n').every(({ length }) => length <= 80),
    help.output,
  );
  assert.match(help.output, /Commands:\n {2}fail {3}Fails\n {2}group {2}Has others\n/);
  assert.equal((await runCommand(['--version'], { verbs: VERBS })).output, 'contrail 0.0.0\n');
});

test('help names what comes later apart from what is there', async () => {
  const line = 'Not in this version yet, each says what to use instead: later\n';
  const { output } = await runCommand(['help'], { verbs: VERBS });
  assert.ok(output.includes(line), output);
  assert.ok(!output.includes('Comes later'), output);
  const group = await runCommand(['group', '--help'], { verbs: VERBS });
  assert.ok(group.output.includes(line), group.output);
  assert.ok(!group.output.includes('Comes later'), group.output);
});

test('help may stand behind global flags', async () => {
  const { output } = await runCommand(['group', 'probe', '--help'], { verbs: VERBS });
  for (const before of [['-s', 'nats://one'], ['--server=nats://one'], ['-j', '--timeout', '1s']]) {
    assert.deepEqual(await runCommand([...before, 'help', 'group', 'probe'], { verbs: VERBS }), {
      code: 0,
      output,
      error: '',
    });
  }
  const whole = await runCommand(['-s', 'nats://one', 'help'], { verbs: VERBS });
  assert.match(whole.output, /^usage: contrail \[<flags>\] <command>/);
});

test('a verb with a command line of its own says that flags stand behind its name', async () => {
  rawWords = null;
  const options = { verbs: VERBS, rawVerbs: [RAW] };
  const { code, error } = await runCommand(['-s', 'nats://one', '--context=x', 'serve', '-p', '1'], options);
  assert.deepEqual([code, rawWords], [1, null]);
  const text = "'contrail serve' takes nats-server's flags, behind its name; leave out -s --context before it";
  assert.equal(error, `contrail: error: ${text} ('contrail serve --help' lists its flags)\n`);
  assert.equal((await runCommand(['serve', '-p', '1'], options)).code, 0);
  assert.deepEqual(rawWords, ['-p', '1']);
  await runCommand(['help', 'serve'], options);
  assert.deepEqual(rawWords, ['--help']);
});

test('variables of the environment stand in for global flags', async () => {
  seen = null;
  await runCommand(['p', 'x'], { verbs: VERBS, environment: { NATS_URL: 'nats://from-environment' } });
  assert.equal((seen as { server?: string } | null)?.server, 'nats://from-environment');
  const { error } = await runCommand(['p', 'x'], { verbs: VERBS, environment: { NATS_TIMEOUT: 'soon' } });
  assert.match(error, /the environment variable NATS_TIMEOUT: 'soon' is no duration/);
});
