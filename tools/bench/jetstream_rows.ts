// The rows of JetStream: publishing with every storage and durability, reading, and the key-value store. Names are
// those of `nats bench` where it has one.
import type { BenchServer, Durability, SideName } from './bench_server.ts';
import {
  blast,
  DEFAULT_DURABILITY,
  fromNatsBench,
  type Generators,
  type LoadRow,
  type Measurement,
  nothing,
  PLAIN,
  RUN_DEADLINE_MS,
  scaled,
} from './load_row.ts';

const STREAM = 'benchstream';

interface PublishOptions {
  readonly storage: 'file' | 'memory';
  readonly messages: number;
  readonly suffix?: string;
  readonly durability?: Readonly<Record<SideName, Durability>>;
  readonly slowSides?: Readonly<Partial<Record<SideName, number>>>;
}

function publishName(name: string, options: PublishOptions): string {
  return [name, options.storage === 'memory' ? 'memory' : '', options.suffix ?? '']
    .filter((word) => word !== '')
    .join(' ');
}

async function deleteStream(server: BenchServer): Promise<void> {
  await server.askApi(`STREAM.DELETE.${STREAM}`);
}

/** `nats bench js pub sync|async`; batch: that many publishes, then all their acks, then the next batch. */
function natsPublishRow(kind: 'sync' | 'async', batch: number | null, options: PublishOptions): LoadRow {
  return {
    name: publishName(`js pub ${kind}${batch === null ? '' : ` batch ${batch}`}`, options),
    group: 'js',
    tool: 'nats bench',
    storage: options.storage,
    durability: options.durability ?? DEFAULT_DURABILITY,
    access: 'open',
    slowSides: options.slowSides ?? {},
    setup: nothing,
    async measure(server, generators, slowness) {
      const messages = scaled(options.messages, generators, slowness);
      const words = ['js', 'pub', kind, 'bench.js', '--create', '--storage', options.storage, '--no-progress'];
      if (batch !== null) words.push('--batch', String(batch));
      words.push('--msgs', String(messages), '--size', '128');
      return fromNatsBench(await generators.natsBench.run(server, words, RUN_DEADLINE_MS), messages);
    },
    cleanup: deleteStream,
  };
}

/** The blaster with never more than `window` unacknowledged messages: no client library, no pause between batches. */
function windowRow(window: number, options: PublishOptions): LoadRow {
  return {
    name: publishName(`js pub async window ${window}`, options),
    group: 'js',
    tool: 'blaster',
    storage: options.storage,
    durability: options.durability ?? DEFAULT_DURABILITY,
    access: 'open',
    slowSides: options.slowSides ?? {},
    setup: nothing,
    async measure(server, generators, slowness) {
      const config = {
        name: STREAM,
        subjects: ['bench.js'],
        storage: options.storage,
        num_replicas: 1,
        discard: 'new',
      };
      await server.askApi(`STREAM.CREATE.${STREAM}`, { ...config, max_bytes: 1 << 30, allow_direct: true });
      const messages = scaled(options.messages, generators, slowness);
      return blast(server, generators, { mode: 'js', subject: 'bench.js', size: 128, messages, window });
    },
    cleanup: deleteStream,
  };
}

/** A row that reads what its setup stored: `count` messages in a file stream. */
function readRow(
  name: string,
  command: readonly string[],
  count: number,
  cleanup = nothing as LoadRow['cleanup'],
): LoadRow {
  return {
    ...PLAIN,
    name,
    group: 'js',
    tool: 'nats bench',
    storage: 'file',
    async setup(server, generators) {
      const messages = String(scaled(count, generators));
      const words = [
        'js',
        'pub',
        'async',
        'bench.js',
        '--create',
        '--batch',
        '500',
        '--msgs',
        messages,
        '--no-progress',
      ];
      await generators.natsBench.run(server, words, RUN_DEADLINE_MS);
    },
    async measure(server, generators) {
      const messages = scaled(count, generators);
      const words = [...command, '--msgs', String(messages), '--no-progress'];
      return fromNatsBench(await generators.natsBench.run(server, words, RUN_DEADLINE_MS), messages);
    },
    cleanup,
  };
}

/** The durable stays for ten seconds after a run and would give the next one nothing to read. */
async function deleteConsumer(server: BenchServer): Promise<void> {
  await server.askApi(`CONSUMER.DELETE.${STREAM}.nats-bench`);
}

const KV_COUNT = 10_000;

async function runKv(server: BenchServer, generators: Generators, verb: 'put' | 'get'): Promise<Measurement> {
  const messages = scaled(KV_COUNT, generators);
  const words = ['kv', verb, '--msgs', String(messages), '--size', '128', '--no-progress'];
  return fromNatsBench(await generators.natsBench.run(server, words, RUN_DEADLINE_MS), messages);
}

const kvPutRow: LoadRow = {
  ...PLAIN,
  name: 'kv put',
  group: 'kv',
  tool: 'nats bench',
  storage: 'file',
  measure: (server, generators) => runKv(server, generators, 'put'),
  cleanup: (server) => server.askApi('STREAM.DELETE.KV_benchbucket'),
};

const kvGetRow: LoadRow = {
  ...kvPutRow,
  name: 'kv get',
  async setup(server, generators) {
    await runKv(server, generators, 'put');
  },
  measure: (server, generators) => runKv(server, generators, 'get'),
  cleanup: nothing,
};

function publishRows(storage: 'file' | 'memory'): LoadRow[] {
  return [
    natsPublishRow('sync', null, { storage, messages: 8_000 }),
    // nats.go allows 4,000 unacknowledged messages and fails soon beyond: larger windows are the blaster's.
    ...[500, 1000].map((batch) => natsPublishRow('async', batch, { storage, messages: 200_000 })),
    ...[500, 1000, 10_000].map((window) => windowRow(window, { storage, messages: 300_000 })),
  ];
}

const LAZY_OURS = { ours: 'lazy', reference: 'default' } as const;
const BOTH_ALWAYS = { ours: 'default', reference: 'always' } as const;

export const JETSTREAM_ROWS: readonly LoadRow[] = [
  ...publishRows('file'),
  ...publishRows('memory'),
  natsPublishRow('async', 500, { storage: 'file', messages: 200_000, suffix: 'lazy', durability: LAZY_OURS }),
  windowRow(1000, { storage: 'file', messages: 300_000, suffix: 'lazy', durability: LAZY_OURS }),
  natsPublishRow('sync', null, {
    storage: 'file',
    messages: 8_000,
    suffix: 'durable',
    durability: BOTH_ALWAYS,
    slowSides: { reference: 4 },
  }),
  windowRow(1000, {
    storage: 'file',
    messages: 300_000,
    suffix: 'durable',
    durability: BOTH_ALWAYS,
    slowSides: { reference: 50 },
  }),
  readRow('js ordered', ['js', 'ordered'], 300_000),
  readRow('js consume', ['js', 'consume', '--acks', 'explicit'], 150_000, deleteConsumer),
  readRow('js fetch acks none', ['js', 'fetch', '--acks', 'none'], 300_000, deleteConsumer),
  readRow('js fetch acks explicit', ['js', 'fetch', '--acks', 'explicit'], 150_000, deleteConsumer),
  readRow('js get sync', ['js', 'get', 'sync'], 10_000),
  readRow('js get batch', ['js', 'get', 'batch'], 300_000),
  kvPutRow,
  kvGetRow,
];
