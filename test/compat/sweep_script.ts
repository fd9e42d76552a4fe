// The scripted workload of the kill sweep as data: what a client does, step by step, with every kind of stream, removal
// and acknowledgement that the store has to bring through a kill. The same on every run. Called by kill_sweep_test.ts.
import type { Publish, StreamConfig, World } from './sweep_model.ts';
import type { Operation, Step } from './sweep_run.ts';

/** A directory that is prepared first is killed last: until then its ids must not be forgotten. */
const LASTING = { duplicate_window: 12 * 3600 * 1e9 };

/** Blocks of 32,000 bytes, the smallest there are, and old ones go. Compat: filestore.go, dynBlkSize. */
const EVENTS: StreamConfig = { ...LASTING, name: 'EVENTS', subjects: ['events.>'], max_bytes: 100_000 };
const KEYS: StreamConfig = {
  ...LASTING,
  name: 'KEYS',
  subjects: ['keys.>'],
  max_msgs_per_subject: 1,
  max_bytes: 120_000,
  allow_rollup_hdrs: true,
};
const HISTORY: StreamConfig = {
  ...LASTING,
  name: 'HISTORY',
  subjects: ['history.>'],
  max_msgs_per_subject: 3,
  allow_rollup_hdrs: true,
};
const FULL: StreamConfig = { ...LASTING, name: 'FULL', subjects: ['full.>'], max_msgs: 40, discard: 'new' };
const RING: StreamConfig = { ...LASTING, name: 'RING', subjects: ['ring.>'], max_msgs: 30 };
const WORK: StreamConfig = { ...LASTING, name: 'WORK', subjects: ['work.>'], max_bytes: 127_000 };
const BRIEF: StreamConfig = { ...LASTING, name: 'BRIEF', subjects: ['brief.>'] };

interface Wanted {
  readonly stream: string;
  readonly subject: string;
  readonly bytes: number;
  readonly rollup?: 'sub' | 'all';
  readonly expectedLastOfSubject?: number;
  readonly hasId?: boolean;
}

/** A message of its own content: the number in its id is in its payload too. */
function publish(world: World, wanted: Wanted): Publish {
  const { stream, subject, bytes, rollup, expectedLastOfSubject, hasId = true } = wanted;
  const number = world.nextId++;
  const id = hasId ? `m${number}` : '';
  const payload = `${number}:`.padEnd(Math.max(8, bytes - (number % 17)), 'abcdefghij'.slice(number % 10));
  return {
    kind: 'publish',
    stream,
    subject,
    payload,
    id,
    ...optional(rollup, expectedLastOfSubject),
    header: headerOf(id, rollup, expectedLastOfSubject),
  };
}

function optional(rollup?: 'sub' | 'all', expectedLastOfSubject?: number): Partial<Publish> {
  return {
    ...(rollup === undefined ? {} : { rollup }),
    ...(expectedLastOfSubject === undefined ? {} : { expectedLastOfSubject }),
  };
}

function headerOf(id: string, rollup?: string, expectedLastOfSubject?: number): string {
  const lines: string[] = [];
  if (id !== '') lines.push(`Nats-Msg-Id: ${id}`);
  if (rollup !== undefined) lines.push(`Nats-Rollup: ${rollup}`);
  if (expectedLastOfSubject !== undefined) lines.push(`Nats-Expected-Last-Subject-Sequence: ${expectedLastOfSubject}`);
  return lines.length === 0 ? '' : `NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** `count` messages to `subjects` in turn. */
function burst(stream: string, subjects: readonly string[], count: number, bytes: number): Step {
  return {
    name: `${count} to ${stream}`,
    operations: (world) =>
      times(count, (i) => publish(world, { stream, subject: subjects[i % subjects.length] ?? '', bytes })),
  };
}

/** One message after the other, each waited for. */
function singles(stream: string, subjects: readonly string[], bytes: number, hasId = true): Step[] {
  return subjects.map((subject) => ({
    name: `one to ${stream}`,
    operations: (world) => [publish(world, { stream, subject, bytes, hasId })],
  }));
}

function step(name: string, operations: (world: World) => Operation[]): Step {
  return { name, operations };
}

function create(...configs: readonly StreamConfig[]): Step {
  const names = configs.map((config) => config.name).join(' ');
  return step(`create ${names}`, () => configs.map((config) => ({ kind: 'create', stream: config.name, config })));
}

function update(config: StreamConfig): Step {
  return step(`update ${config.name}`, () => [{ kind: 'update', stream: config.name, config }]);
}

function destroy(stream: string): Step {
  return step(`delete ${stream}`, () => [{ kind: 'destroy', stream }]);
}

function purge(stream: string, request: { filter?: string; keep?: number } = {}): Step {
  return step(`purge ${stream} ${JSON.stringify(request)}`, () => [{ kind: 'purge', stream, request }]);
}

/** Everything before the message at `index` of those that are there. */
function purgeUpTo(stream: string, index: number, filter?: string): Step {
  return step(`purge ${stream} up to its message ${index}`, (world) => {
    const seq = [...world.stream(stream).messages.keys()].at(index) ?? 0;
    return [{ kind: 'purge', stream, request: filter === undefined ? { seq } : { seq, filter } }];
  });
}

/** Removes messages by where they stand among those that are there; negative ones count from the end. */
function remove(stream: string, indices: readonly number[], noErase = true): Step {
  return step(`delete ${indices.length} of ${stream}`, (world) => {
    const sequences = [...world.stream(stream).messages.keys()];
    return indices.map((index) => ({ kind: 'delete', stream, seq: sequences.at(index) ?? 0, noErase }));
  });
}

function consumer(stream: string, name: string, config: Readonly<Record<string, unknown>>): Operation {
  return {
    kind: 'create consumer',
    stream,
    consumer: name,
    config: { ack_policy: 'explicit', deliver_policy: 'all', ...config },
  };
}

function fetch(stream: string, name: string, batch: number): Step {
  return step(`fetch ${batch} from ${name}`, () => [{ kind: 'fetch', stream, consumer: name, batch }]);
}

interface Acks {
  readonly word?: '+ACK' | '+TERM' | '-NAK';
  readonly isAnswered: boolean;
  /** Which of the delivered and unacknowledged messages, by their place. */
  readonly which: (index: number, count: number) => boolean;
}

function ack(stream: string, name: string, { word = '+ACK', isAnswered, which }: Acks): Step {
  return step(`${word} to ${name}`, (world) => {
    const model = world.consumer(`${stream}/${name}`);
    const open = [...model.delivered.keys()].filter((seq) => !model.ackSent.has(seq)).sort((a, b) => a - b);
    return open
      .filter((_, index) => which(index, open.length))
      .map((seq) => ({ kind: 'ack', stream, consumer: name, seq, word, isAnswered }));
  });
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const EVENT_SUBJECTS = ['events.a', 'events.b', 'events.c.x', 'events.c.y'];
const KEY_SUBJECTS = times(12, (i) => `keys.k${i}`);
const WORK_SUBJECTS = ['work.a', 'work.b', 'work.a', 'work.c'];

const every = (): boolean => true;
const evenOnes = (index: number): boolean => index % 2 === 0;
const firstHalf = (index: number, count: number): boolean => index < count / 2;
const onlyFirst = (index: number): boolean => index === 0;
const onlyLast = (index: number, count: number): boolean => index === count - 1;

/** From an empty directory. */
export function firstScript(): Step[] {
  return [
    create(EVENTS),
    ...singles('EVENTS', EVENT_SUBJECTS, 200),
    create(KEYS, HISTORY, FULL, RING, WORK),
    burst('EVENTS', EVENT_SUBJECTS, 60, 900),
    mixedBurst(40, 300),
    ...singles('KEYS', ['keys.k0', 'keys.k1', 'keys.k0', 'keys.k0'], 500),
    burst('KEYS', KEY_SUBJECTS, 60, 600),
    remove('EVENTS', [3, 10, 11, 12, -2]),
    remove('EVENTS', [-1]),
    ...singles('EVENTS', ['events.a', 'events.b'], 400, false),
    burst('WORK', WORK_SUBJECTS, 40, 500),
    step('consumers', () => [
      consumer('WORK', 'each', {}),
      consumer('WORK', 'only_a', { filter_subject: 'work.a' }),
      consumer('WORK', 'groups', { ack_policy: 'all' }),
    ]),
    fetch('WORK', 'each', 16),
    ack('WORK', 'each', { isAnswered: true, which: firstHalf }),
    ack('WORK', 'each', { isAnswered: false, which: evenOnes }),
    fetch('WORK', 'groups', 12),
    ack('WORK', 'groups', { isAnswered: true, which: (index) => index === 6 }),
    fetch('WORK', 'only_a', 10),
    ack('WORK', 'only_a', { isAnswered: true, which: evenOnes }),
    burst('FULL', ['full.a', 'full.b'], 45, 100),
    remove('FULL', [0, 5, 6]),
    burst('FULL', ['full.c'], 5, 100),
    burst('RING', ['ring.a', 'ring.b', 'ring.c'], 50, 120),
    ...singles('RING', ['ring.a', 'ring.d'], 120),
    duplicates('EVENTS', 5),
    historyBurst(),
    rollup('HISTORY', 'history.h1', 'sub'),
    rollup('HISTORY', 'history.h9', 'sub'),
    purge('HISTORY', { filter: 'history.h2' }),
    burst('EVENTS', EVENT_SUBJECTS, 50, 1500),
    purge('EVENTS', { filter: 'events.c.*' }),
    ...singles('EVENTS', ['events.c.x'], 300),
    purgeUpTo('EVENTS', 8),
    ack('WORK', 'each', { word: '+TERM', isAnswered: true, which: onlyFirst }),
    ack('WORK', 'each', { word: '-NAK', isAnswered: true, which: onlyLast }),
    fetch('WORK', 'each', 1),
    burst('WORK', WORK_SUBJECTS, 30, 900),
    fetch('WORK', 'each', 20),
    ack('WORK', 'each', { isAnswered: true, which: every }),
    create(BRIEF),
    burst('BRIEF', ['brief.a', 'brief.b'], 20, 200),
    step('consumer of BRIEF', () => [consumer('BRIEF', 'mortal', {})]),
    fetch('BRIEF', 'mortal', 5),
    ack('BRIEF', 'mortal', { isAnswered: true, which: every }),
    destroy('BRIEF'),
    step('delete a consumer', () => [{ kind: 'destroy consumer', stream: 'WORK', consumer: 'only_a' }]),
    step('the consumer again', () => [consumer('WORK', 'only_a', { filter_subject: 'work.c' })]),
    create({ ...BRIEF, max_msgs: 15 }),
    burst('BRIEF', ['brief.a'], 25, 100),
    purge('BRIEF'),
    ...singles('BRIEF', ['brief.a', 'brief.c'], 100),
    update({ ...RING, max_msgs: 12, description: 'smaller' }),
    update({ ...HISTORY, max_msgs_per_subject: 2 }),
    purge('RING', { keep: 4 }),
    burst('KEYS', KEY_SUBJECTS, 48, 1500),
    compareAndSet(),
    remove('KEYS', [0, 1], false),
    rollup('KEYS', 'keys.all', 'all'),
    purge('FULL'),
    burst('FULL', ['full.d'], 10, 100),
    mixedBurst(60, 700),
    fetch('WORK', 'groups', 10),
    ack('WORK', 'groups', { isAnswered: true, which: onlyLast }),
    remove('WORK', [0, 1, 2, 20]),
    burst('EVENTS', EVENT_SUBJECTS, 60, 1500),
    purge('EVENTS', { keep: 6, filter: 'events.a' }),
  ];
}

/** On the directory that the first script leaves, reopened. */
export function secondScript(): Step[] {
  return [
    mixedBurst(24, 600),
    remove('EVENTS', [0, 2, -1]),
    burst('KEYS', KEY_SUBJECTS, 24, 900),
    fetch('WORK', 'each', 6),
    ack('WORK', 'each', { isAnswered: true, which: evenOnes }),
    purge('EVENTS', { filter: 'events.b' }),
    burst('EVENTS', EVENT_SUBJECTS, 40, 1500),
    fetch('WORK', 'only_a', 3),
    ack('WORK', 'only_a', { isAnswered: true, which: every }),
    step('delete a consumer', () => [{ kind: 'destroy consumer', stream: 'WORK', consumer: 'groups' }]),
    destroy('FULL'),
    rollup('HISTORY', 'history.h0', 'all'),
    purge('RING'),
    ...singles('RING', ['ring.z'], 100),
  ];
}

/** Over all streams in turn: many files in one commit round. */
function mixedBurst(count: number, bytes: number): Step {
  const targets = [
    ['EVENTS', 'events.m'],
    ['KEYS', 'keys.m'],
    ['HISTORY', 'history.m'],
    ['RING', 'ring.m'],
    ['WORK', 'work.a'],
  ] as const;
  return step(`${count} over all streams`, (world) =>
    times(count, (i) => {
      const [stream, subject] = targets[i % targets.length] ?? targets[0];
      return publish(world, { stream, subject, bytes });
    }),
  );
}

function historyBurst(): Step {
  return step('40 to HISTORY', (world) =>
    times(40, (i) => publish(world, { stream: 'HISTORY', subject: `history.h${i % 10}`, bytes: 150 })),
  );
}

function rollup(stream: string, subject: string, rollup: 'sub' | 'all'): Step {
  return step(`rollup ${rollup} of ${stream}`, (world) => [publish(world, { stream, subject, bytes: 90, rollup })]);
}

/** The last messages of a stream once more, with the ids that they had. */
function duplicates(stream: string, count: number): Step {
  return step(`duplicates to ${stream}`, (world) =>
    [...world.stream(stream).messages.values()]
      .filter(({ header }) => header !== '')
      .slice(-count)
      .map((message): Publish => {
        const id = /Nats-Msg-Id: (\S+)/.exec(message.header)?.[1] ?? '';
        return { kind: 'publish', stream, id, ...message };
      }),
  );
}

/** A key that is what the client thinks it is, and one that is not. */
function compareAndSet(): Step {
  return step('compare and set', (world) => {
    const [first = 0] = world.stream('KEYS').sequencesOf('keys.k3');
    const wanted = { stream: 'KEYS', subject: 'keys.k3', bytes: 80 };
    return [
      publish(world, { ...wanted, expectedLastOfSubject: first }),
      publish(world, { ...wanted, expectedLastOfSubject: first }),
    ];
  });
}
