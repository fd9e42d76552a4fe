// `contrail events` beside `nats events` (natscli 0.5.1): both listen to the same server, and whatever the reference tells
// about an event ours tells too, for every kind of event there is and for what a server really sends.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import { durationText } from '../../src/base/duration.ts';
import { CommandRun, environmentFor, type ProgramName, run } from './command_pair.ts';
import {
  contrailSide,
  endWithServers,
  readRepositoryJson,
  referenceSide,
  ServerProcess,
  type Side,
} from './server_process.ts';

endWithServers();

interface SampleEvent {
  readonly type: string;
  readonly id: string;
}

/** At least one of each kind, with and without what may be missing. */
const SAMPLES = readRepositoryJson('test/compat/testdata/events.json') as readonly SampleEvent[];

const CONFIG = `
  accounts {
    SYS { users: [{user: sys, password: sys}] }
    APP { jetstream: enabled, users: [{user: app, password: app}] }
  }
  system_account: SYS
`;

let markers = 0;

/** An event that both know in every format. */
function streamCreated(stream: string): string {
  const type = 'io.nats.jetstream.advisory.v1.stream_action';
  return JSON.stringify({ type, id: 'MARK', timestamp: '2026-01-02T03:04:05Z', stream, action: 'create' });
}

/** Listens with both until each has shown `isEnough`, then interrupts them. */
async function listenWithBoth(
  url: string,
  words: readonly string[],
  { cause, isEnough }: { readonly cause: () => Promise<void>; readonly isEnough: (output: string) => boolean },
): Promise<{ readonly ours: string; readonly theirs: string }> {
  const commands = (['contrail', 'nats'] as const).map((name) => new CommandRun(name, url, ['events', ...words]));
  // Nobody tells when the reference has subscribed: a marker is sent until both have shown it.
  const marker = `MARKER${markers++}`;
  const connection = await connect({ servers: url.replace('nats://', ''), ...credentialsIn(url) });
  const shown = Promise.all(commands.map((command) => command.shows(marker)));
  let isOver = false;
  void shown.then(() => {
    isOver = true;
  });
  while (!isOver) {
    connection.publish('marker', streamCreated(marker));
    await connection.flush();
    await Promise.race([shown, new Promise<void>((resolve) => setTimeout(resolve, 100))]);
  }
  const offsets = commands.map((command) => command.output.length);
  await cause();
  await Promise.all(
    commands.map((command, index) => command.until('events', () => isEnough(command.output.slice(offsets[index])))),
  );
  for (const command of commands) command.signal('SIGINT');
  await connection.close();
  const [ours, theirs] = await Promise.all(commands.map(({ ended }) => ended));
  // A marker may have come late.
  const clean = (text: string): string =>
    text
      .split('\n')
      .filter((line) => !line.includes('MARKER'))
      .join('\n');
  return {
    ours: clean((ours?.output ?? '').slice(offsets[0])),
    theirs: clean((theirs?.output ?? '').slice(offsets[1])),
  };
}

function credentialsIn(url: string): { readonly user?: string; readonly pass?: string } {
  const { username, password } = new URL(url);
  return username === '' ? {} : { user: username, pass: password };
}

/** What is said, one `Label: value` a line, without what has no value. */
function factsOf(text: string): string[] {
  return text
    .replace(/ +(Language|Account): /g, (found, label) =>
      /Account/.test(label) && !/^ +/.test(found) ? found : `\n${label}: `,
    )
    .split('\n')
    .map((line) => line.trim().replace(/ +/g, ' '))
    .map((line) => line.replace(/^Delay: (\d+)$/, (_, ns) => `Delay: ${durationText(BigInt(ns))}`))
    .filter((line) => line !== '' && !/^(?:[\w -]+:|Event error: .*)$/.test(line));
}

describe('every kind of event', () => {
  let server: ServerProcess;

  before(async () => {
    server = await ServerProcess.start(referenceSide());
  });

  after(async () => {
    await server.stop();
  });

  async function shownByBoth(...words: string[]) {
    const publish = async (): Promise<void> => {
      const connection = await connect({ servers: server.url.replace('nats://', '') });
      for (const sample of SAMPLES) connection.publish('sample', JSON.stringify(sample));
      connection.publish('sample', streamCreated('THE END'));
      await connection.drain();
    };
    const listen = ['--no-srv-advisory', '--subjects', 'marker', '--subjects', 'sample', ...words];
    return await listenWithBoth(server.url, listen, { cause: publish, isEnough: (text) => text.includes('THE END') });
  }

  test('[natscli 0.5.1] is told with everything the reference tells', async () => {
    const { ours, theirs } = await shownByBoth();
    for (const { id, type } of SAMPLES) {
      const part = (text: string): string => {
        const from = text.indexOf(`[${id}]`);
        assert.notEqual(from, -1, `${type} is not in ${text}`);
        const to = text.slice(from).search(/\n\[\d\d:|\n\[Unknown|\nEvent error/);
        return to === -1 ? text.slice(from) : text.slice(from, from + to);
      };
      const said = new Set(factsOf(part(ours)));
      const missing = factsOf(part(theirs)).filter((fact) => !said.has(fact));
      assert.deepEqual(missing, [], `${type}\nours:\n${part(ours)}\ntheirs:\n${part(theirs)}`);
    }
  });

  test('[natscli 0.5.1] has the same line with --short', async () => {
    const { ours, theirs } = await shownByBoth('--short');
    const lines = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => /^\d\d:\d\d:\d\d \[/.test(line))
        .map((line) => line.replace('[Batch Abandoned]ORDERS', '[Batch Abandoned] ORDERS').replace(/ +/g, ' '))
        .map((line) => line.replace(/deliveries in (\d+)$/, (_, ns) => `deliveries in ${durationText(BigInt(ns))}`));
    assert.equal(lines(ours).length, SAMPLES.length + 1);
    assert.deepEqual(lines(ours), lines(theirs));
  });

  test('[natscli 0.5.1] is a CloudEvent with --cloudevent, and its own JSON with --json', async () => {
    const clouds = await shownByBoth('--cloudevent');
    const objects = (text: string): { readonly data: SampleEvent }[] =>
      [...text.matchAll(/^\{\n[\s\S]*?^\}/gm)].map(([object]) => JSON.parse(object)).filter(({ id }) => id !== 'MARK');
    const envelope = ({ data, ...rest }: { readonly data: SampleEvent }): unknown => ({ ...rest, data: data.id });
    const ours = objects(clouds.ours);
    assert.equal(ours.length, SAMPLES.length);
    assert.deepEqual(ours.map(envelope), objects(clouds.theirs).map(envelope));
    assert.deepEqual(
      ours.map(({ data }) => data),
      SAMPLES,
    );
    const plain = await shownByBoth('--json');
    assert.equal(plain.ours.trim(), plain.theirs.trim());
  });

  test('[natscli 0.5.1] passes the filter or is not shown', async () => {
    const { ours, theirs } = await shownByBoth('--short', '--filter', 'no such order|the end|marker');
    assert.equal(ours.split('\n').filter((line) => line.includes('[JS Delivery Terminated]')).length, 1);
    assert.ok(theirs.includes('[JS Delivery Terminated]') && !ours.includes('[RAFT]'));
  });
});

function against(side: Side): void {
  describe(`what the ${side.name} server tells`, () => {
    let server: ServerProcess;
    let url: (user: string) => string;

    before(async () => {
      server = await ServerProcess.start(side, { jetStream: true, config: CONFIG });
      url = (user) => server.url.replace('nats://', `nats://${user}:${user}@`);
    });

    after(async () => {
      await server.stop();
    });

    async function act(user: string, ...words: string[]): Promise<void> {
      const { code, error } = await run('contrail', url(user), words);
      assert.equal(code, 0, error);
    }

    test('[natscli 0.5.1] of streams, consumers and deliveries is the same', async () => {
      const cause = async (): Promise<void> => {
        await act('app', 'stream', 'add', 'ORDERS', '--subjects', 'orders.>', '--defaults');
        await act('app', 'consumer', 'add', 'ORDERS', 'C', '--pull', '--sample', '100', '--defaults');
        await act('app', 'pub', 'orders.new', 'one', '-J');
        await act('app', 'pub', 'orders.new', 'two', '-J');
        await act('app', 'consumer', 'next', 'ORDERS', 'C');
        await act('app', 'consumer', 'next', 'ORDERS', 'C', '--term');
        await act('app', 'stream', 'rm', 'ORDERS', '-f');
      };
      const isEnough = (text: string): boolean => text.includes('Stream Delete');
      const words = ['--js-advisory', '--js-metric', '--no-srv-advisory', '--subjects', 'marker', '--short'];
      // The audit of each API request is of no interest here, and shows the connections' numbers.
      const { ours, theirs } = await listenWithBoth(
        url('app'),
        [...words, '--filter', '_action|consumer_ack|terminated|marker'],
        {
          cause,
          isEnough,
        },
      );
      const lines = (text: string): string[] =>
        text
          .split('\n')
          .filter((line) => /^\d\d:/.test(line))
          .map((line) => line.replace(/ in [\d.]+\S*$/, ''));
      assert.deepEqual(lines(ours), lines(theirs));
      for (const kind of ['Stream Create', 'Consumer Create', 'JS Ack', 'JS Delivery Terminated', 'Stream Delete']) {
        assert.ok(ours.includes(`[${kind}]`), `${kind} is not in ${ours}`);
      }
    });

    test('[natscli 0.5.1] of connections is the same', async () => {
      const { ours, theirs } = await listenWithBoth(
        url('sys'),
        ['--subjects', 'marker', '--filter', '"user":"app"|marker'],
        {
          cause: () => act('app', 'pub', 'x', 'hello'),
          isEnough: (text) => text.includes('Client Disconnection') && /Client Published/.test(text),
        },
      );
      const said = new Set(factsOf(ours));
      const facts = factsOf(theirs).filter((fact) => !fact.startsWith('['));
      assert.ok(facts.includes('User: app') && facts.includes('Reason: Client Closed'), theirs);
      assert.deepEqual(
        facts.filter((fact) => !said.has(fact)),
        [],
      );
    });

    test('[natscli 0.5.1] is read from a stream that has kept it', async () => {
      await act('app', 'stream', 'add', 'KEPT', '--subjects', '$JS.EVENT.ADVISORY.STREAM.>', '--defaults');
      await act('app', 'stream', 'add', 'SEEN', '--subjects', 'seen', '--defaults');
      const read = async (name: ProgramName): Promise<string> => {
        const command = new CommandRun(name, url('app'), ['events', '--stream', 'KEPT', '--since', '1h', '--short']);
        await command.shows('SEEN');
        command.signal('SIGINT');
        return (await command.ended).output;
      };
      const [ours, theirs] = [await read('contrail'), await read('nats')];
      const lines = (text: string): string[] => text.split('\n').filter((line) => /^\d\d:.*Stream Create/.test(line));
      assert.deepEqual(lines(ours), lines(theirs));
      assert.match(ours, /^Listening for Events in stream KEPT since /);
      assert.match(theirs, /^Listening for Events in stream KEPT since /);
    });
  });
}

against(referenceSide());
against(contrailSide());

for (const words of [
  ['events', '--no-srv-advisory'],
  ['events', '--stream', 'X', '--js-advisory'],
  ['events', '--filter', '('],
  ['events', '--stream', 'NOPE'],
]) {
  test(`[natscli 0.5.1] ${words.join(' ')} is refused`, async () => {
    const server = await ServerProcess.start(contrailSide(), { jetStream: true });
    try {
      const [ours, theirs] = [await run('contrail', server.url, words), await run('nats', server.url, words)];
      assert.equal(theirs.code, 1, environmentFor(server.url)['NATS_URL']);
      assert.equal(ours.code, 1);
      assert.match(ours.error, /contrail: error: /);
    } finally {
      await server.stop();
    }
  });
}
