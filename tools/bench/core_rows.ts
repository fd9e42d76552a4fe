// The rows of core messaging: publish, publish and subscribe, fan-out, requests. Names are those of `nats bench` where
// it has one.
import type { Access } from './bench_server.ts';
import { blast, fromNatsBench, type LoadRow, PLAIN, RUN_DEADLINE_MS, scaled } from './load_row.ts';

function sizeName(bytes: number): string {
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}

/** Subscribers 0: publish only. The value is messages delivered to all subscribers per second. */
function coreRow(title: string, size: number, subscribers: number, messages: number, access: Access = 'open'): LoadRow {
  return {
    ...PLAIN,
    access,
    name: `${title} ${sizeName(size)}${access === 'open' ? '' : ` ${access}`}`,
    group: access === 'open' ? 'core' : access,
    tool: 'blaster',
    measure: (server, generators) =>
      blast(server, generators, {
        mode: 'core',
        subject: 'bench.core',
        size,
        messages: scaled(messages, generators),
        subscribers,
        tls: access === 'tls',
      }),
  };
}

function coreNatsBenchRow(title: string, size: number, subscribers: number, count: number): LoadRow {
  return {
    ...PLAIN,
    name: `nats bench ${title} ${sizeName(size)}`,
    group: 'core',
    tool: 'nats bench',
    async measure(server, generators) {
      const messages = scaled(count, generators);
      if (subscribers === 0) {
        const words = ['pub', 'bench.core', '--size', String(size), '--msgs', String(messages), '--no-progress'];
        return fromNatsBench(await generators.natsBench.run(server, words, RUN_DEADLINE_MS), messages);
      }
      const load = { size, messages, subscribers, timeoutMs: RUN_DEADLINE_MS };
      const report = await generators.natsBench.runPublishSubscribe(server, load);
      return fromNatsBench(report, messages * subscribers);
    },
  };
}

const serviceRow: LoadRow = {
  ...PLAIN,
  name: 'service request',
  group: 'service',
  tool: 'nats bench',
  async measure(server, generators) {
    const messages = scaled(15_000, generators);
    const report = await generators.natsBench.runService(server, { size: 128, messages, timeoutMs: RUN_DEADLINE_MS });
    return fromNatsBench(report, messages);
  },
};

export const CORE_ROWS: readonly LoadRow[] = [
  coreRow('pub', 16, 0, 6_000_000),
  coreRow('pub', 128, 0, 4_000_000),
  coreRow('pub/sub 1:1', 16, 1, 3_000_000),
  coreRow('pub/sub 1:1', 128, 1, 2_000_000),
  coreRow('pub/sub 1:1', 8192, 1, 150_000),
  coreRow('fan-out 1:10', 128, 10, 400_000),
  coreRow('fan-out 1:4', 8192, 4, 75_000),
  coreNatsBenchRow('pub', 16, 0, 3_000_000),
  coreNatsBenchRow('pub', 128, 0, 2_000_000),
  coreNatsBenchRow('pub/sub 1:1', 16, 1, 1_000_000),
  coreNatsBenchRow('pub/sub 1:1', 128, 1, 1_000_000),
  coreNatsBenchRow('pub/sub 1:1', 8192, 1, 75_000),
  coreNatsBenchRow('fan-out 1:10', 128, 10, 200_000),
  coreNatsBenchRow('fan-out 1:4', 8192, 4, 40_000),
  serviceRow,
  coreRow('pub', 128, 0, 4_000_000, 'permissions'),
  coreRow('pub/sub 1:1', 128, 1, 2_000_000, 'permissions'),
  coreRow('fan-out 1:10', 128, 10, 400_000, 'permissions'),
  coreRow('pub', 128, 0, 4_000_000, 'tls'),
  coreRow('pub/sub 1:1', 128, 1, 2_000_000, 'tls'),
  coreRow('pub/sub 1:1', 8192, 1, 75_000, 'tls'),
  coreRow('fan-out 1:10', 128, 10, 400_000, 'tls'),
];
