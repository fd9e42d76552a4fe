// The floors of the house as data: which rooms there are, what each may import, what must stay free of I/O and of
// waiting. tidy.ts enforces it, docs/architecture.md explains it. A change here is a change of the architecture.

export interface Room {
  readonly name: string;
  /** Rooms on one floor are blind to each other; aside (null) stand those that only composition knows. */
  readonly floor: number | null;
  /** Other rooms that it may import. Every room may import itself. */
  readonly mayImport: readonly string[];
  /** Words and imports that speak to the world; `doors` is for rooms that get the world through ports/ alone. */
  readonly world: 'doors' | 'process' | 'free';
}

const PURE = ['base'];
const BELOW_3 = ['base', 'ports', 'wire', 'subject', 'config', 'auth', 'raft'];
const BELOW_4 = [...BELOW_3, 'store', 'replication'];
const BELOW_5 = [...BELOW_4, 'server', 'jetstream'];
const BELOW_6 = [...BELOW_5, 'monitor', 'deploy'];

export const ROOMS: readonly Room[] = [
  // AssemblyScript: compiled by tools/build.mjs, reached as the generated *_wasm.ts.
  { name: 'kernels', floor: null, mayImport: [], world: 'free' },
  { name: 'base', floor: 0, mayImport: ['kernels'], world: 'doors' },
  { name: 'ports', floor: 1, mayImport: PURE, world: 'doors' },
  { name: 'wire', floor: 2, mayImport: PURE, world: 'doors' },
  { name: 'subject', floor: 2, mayImport: PURE, world: 'doors' },
  { name: 'config', floor: 2, mayImport: [...PURE, 'subject'], world: 'doors' },
  { name: 'auth', floor: 2, mayImport: [...PURE, 'subject'], world: 'doors' },
  { name: 'raft', floor: 2, mayImport: PURE, world: 'doors' },
  { name: 'store', floor: 3, mayImport: BELOW_3, world: 'doors' },
  { name: 'replication', floor: 3, mayImport: BELOW_3, world: 'doors' },
  { name: 'server', floor: 4, mayImport: BELOW_4, world: 'doors' },
  { name: 'jetstream', floor: 4, mayImport: BELOW_4, world: 'doors' },
  { name: 'monitor', floor: 5, mayImport: BELOW_5, world: 'doors' },
  { name: 'deploy', floor: 5, mayImport: ['base', 'ports', 'config'], world: 'doors' },
  // Entry points read argv, set the exit code and print: that is all of the process they touch themselves.
  { name: 'app', floor: 6, mayImport: [...BELOW_6, 'node', 'cli'], world: 'process' },
  { name: 'cli', floor: 6, mayImport: [...BELOW_6, 'node'], world: 'process' },
  { name: 'node', floor: null, mayImport: ['base', 'ports'], world: 'free' },
  { name: 'sim', floor: null, mayImport: [...BELOW_6, 'node', 'app', 'cli', 'kernels'], world: 'process' },
  { name: 'dashboard', floor: null, mayImport: [], world: 'free' },
];

/** Rooms that never wait. */
export const NEVER_AWAIT_ROOMS: readonly string[] = ['src/wire/', 'src/subject/', 'src/raft/'];

/** Files on the message path, which wait only in what begins or ends a life: open, recover, flush, close, destroy. */
export const NEVER_AWAIT_FILES: readonly string[] = [
  'src/server/client_connection.ts',
  'src/server/deliver.ts',
  'src/server/internal_client.ts',
  'src/server/outbound.ts',
  'src/server/publish.ts',
  'src/server/subscription.ts',
  'src/jetstream/stream/ack_queue.ts',
  'src/jetstream/stream/dedupe.ts',
  'src/jetstream/stream/ingest.ts',
  'src/jetstream/consumer/ack_state.ts',
  'src/jetstream/consumer/ack_text.ts',
  'src/jetstream/consumer/next_message.ts',
  'src/jetstream/consumer/pull_queue.ts',
  'src/jetstream/consumer/redelivery.ts',
  'src/jetstream/consumer/reply_subject.ts',
  'src/store/file/record.ts',
];

export interface BannedWord {
  readonly pattern: RegExp;
  readonly word: string;
  readonly hint: string;
  /** Where `process` and `console` may be used (Room.world), this may be too. */
  readonly isProcess: boolean;
}

const CLOCK = 'take the time from ports/clock (Clock), or let the caller pass it in';
const TIMER = 'use Clock.after or Clock.atTurnEnd of ports/clock';
const CHANCE = 'use base/prng with a seed, or ports/entropy';

/** `name` as a global: not a property, a private name or part of a longer word. */
function globalName(name: string): RegExp {
  return new RegExp(`(?<![.\\w#$])${name}`, 'g');
}

export const BANNED_WORDS: readonly BannedWord[] = [
  { pattern: globalName('Date\\.now\\b'), word: 'Date.now', hint: CLOCK, isProcess: false },
  { pattern: globalName('new Date\\s*\\('), word: 'new Date(', hint: `${CLOCK}; texts: base/nanos`, isProcess: false },
  { pattern: globalName('performance\\.'), word: 'performance', hint: CLOCK, isProcess: false },
  { pattern: globalName('setTimeout\\b'), word: 'setTimeout', hint: TIMER, isProcess: false },
  { pattern: globalName('setInterval\\b'), word: 'setInterval', hint: TIMER, isProcess: false },
  { pattern: globalName('setImmediate\\b'), word: 'setImmediate', hint: TIMER, isProcess: false },
  { pattern: globalName('queueMicrotask\\b'), word: 'queueMicrotask', hint: TIMER, isProcess: false },
  { pattern: globalName('Math\\.random\\b'), word: 'Math.random', hint: CHANCE, isProcess: false },
  {
    pattern: /\b(?:randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues)\b/g,
    word: 'randomness of node:crypto',
    hint: CHANCE,
    isProcess: false,
  },
  { pattern: globalName('process\\.'), word: 'process', hint: 'use ports/host', isProcess: true },
  { pattern: globalName('console\\.'), word: 'console', hint: 'use the Logger of base/log', isProcess: true },
];

/** Node's own modules that a room may import although it is not `node`. A name ending in `/` is a folder. */
export const ALLOWED_BUILTINS: readonly { readonly where: string; readonly module: string }[] = [
  // Hashing, signing and ciphers; its randomness is banned by name.
  { where: 'src/auth/', module: 'node:crypto' },
  { where: 'src/store/', module: 'node:crypto' },
  // Colours (styleText): text in, text out.
  { where: 'src/cli/', module: 'node:util' },
  // Digests of objects: bytes in, bytes out.
  { where: 'src/cli/commands/object/', module: 'node:crypto' },
  // Packs answers: computes, and touches nothing.
  { where: 'src/monitor/', module: 'node:zlib' },
];

/** Files that nothing imports because a person or a program starts them. package.json's bin and exports are too. */
export const ENTRY_POINTS: readonly string[] = [
  'src/app/main.ts',
  'src/app/embed.ts',
  'src/cli/main.ts',
  'src/sim/main.ts',
  // Files of worker threads.
  'src/node/password_worker.ts',
  'src/cli/bench/bench_thread.ts',
];

/** File names that say nothing. */
export const EMPTY_NAMES = /^(?:index|mod|main2)$|(?:^|_)(?:utils?|helpers?|managers?|common|impl|misc)(?:_|$)/;
