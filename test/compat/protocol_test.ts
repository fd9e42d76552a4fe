// Conformance of the client protocol, byte by byte: every script of protocol_table.ts goes over a raw socket to the
// reference and to the server under test, and the same bytes, or the same end of the connection, must come back.
// CONTRAIL_SERVER names the server under test.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { comparable, comparableText, valueDifferences } from './observation.ts';
import { type ProtocolCase, printable, protocolCases, type ServerKind, serverConfigs } from './protocol_table.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

/** How long a connection may stay without an answer before it counts as silent. */
const SILENCE_MS = 400;
/** How long the server may take to speak by itself. */
const SERVER_WORD_MS = 5000;
/** The pause between two writes: long enough that the server reads them apart. */
const BETWEEN_WRITES_MS = 2;

type Servers = Readonly<Record<ServerKind, ServerProcess>>;

async function startServers(side: Side): Promise<Servers> {
  const kinds = Object.keys(serverConfigs) as ServerKind[];
  const started = await Promise.all(kinds.map((kind) => ServerProcess.start(side, serverConfigs[kind])));
  return Object.fromEntries(kinds.map((kind, i) => [kind, started[i]])) as Servers;
}

async function stopServers(servers: Servers): Promise<void> {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
}

/** A connection that remembers what came. */
class RawConnection {
  readonly #socket: Socket;
  #received = '';
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#wake();
    });
    for (const event of ['error', 'close', 'end']) {
      this.#socket.on(event, () => {
        this.#isClosed = true;
        this.#wake();
      });
    }
  }

  /** What came after the INFO line. */
  get answer(): string {
    return this.#received.slice(this.#received.indexOf('\r\n') + 2);
  }

  get received(): string {
    return this.#received;
  }

  get info(): string {
    return this.#received.slice(0, Math.max(0, this.#received.indexOf('\r\n')));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(text: string): void {
    if (!this.#isClosed && text !== '') this.#socket.write(text, 'latin1');
  }

  /** Waits until `isDone`, the end of the connection, or `quietMs` without anything new; says whether it is done. */
  async until(isDone: () => boolean, quietMs: number): Promise<boolean> {
    while (!isDone() && !this.#isClosed) {
      const isQuiet = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), quietMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      this.#wake = () => {};
      if (isQuiet) return isDone();
    }
    return isDone();
  }

  async ready(): Promise<void> {
    await this.until(() => this.#received.includes('\r\n'), SERVER_WORD_MS);
  }

  /** Closes from our side and waits until the server has closed too, so that no subscription outlives its case. */
  async end(): Promise<void> {
    this.#socket.end();
    await this.until(() => false, SILENCE_MS);
    this.#socket.destroy();
  }
}

const LAST_WORD = 'PING\r\n';

/** The last PONG answers the PING that ends a script. */
function countPongs(text: string): number {
  return text.split('PONG\r\n').length - 1;
}

async function runCase(one: ProtocolCase, servers: Servers): Promise<string> {
  const { port } = servers[one.server];
  const holders = Array.from({ length: one.holders ?? 0 }, () => new RawConnection(port));
  for (const holder of holders) await holder.ready();
  const connection = new RawConnection(port);
  const publisher = one.publisher === undefined ? null : new RawConnection(port);
  try {
    if (one.holders === undefined) await connection.ready();
    await writeAll(connection, one);
    if (publisher !== null) {
      await connection.until(() => countPongs(connection.answer) > 0, SILENCE_MS);
      await publisher.ready();
      publisher.write((one.publisher ?? '') + LAST_WORD);
      await publisher.until(() => countPongs(publisher.answer) > 0, SILENCE_MS);
      connection.write(LAST_WORD);
      await connection.until(() => countPongs(connection.answer) > 1, SILENCE_MS);
    } else if (one.waitsForServer === true) await connection.until(() => false, SERVER_WORD_MS);
    else await untilAnswered(connection, one);
    return transcript(connection, one);
  } finally {
    const opened = [...holders, connection, ...(publisher === null ? [] : [publisher])];
    await Promise.all(opened.map((each) => each.end()));
  }
}

async function writeAll(connection: RawConnection, one: ProtocolCase): Promise<void> {
  for (const [i, text] of one.writes.entries()) {
    const isLast = i === one.writes.length - 1;
    // One write for the script and the last PING: a write after the server closed would reset the connection, and what
    // the server said before would be lost.
    connection.write(isLast && one.waitsForServer !== true ? text + LAST_WORD : text);
    if (!isLast) await new Promise((resolve) => setTimeout(resolve, BETWEEN_WRITES_MS));
  }
}

async function untilAnswered(connection: RawConnection, one: ProtocolCase): Promise<void> {
  const pings = one.writes.join('').split(/^ping *\r?$/im).length;
  await connection.until(() => countPongs(connection.answer) >= pings, SILENCE_MS);
  // An error's closing may come a moment after the error, also when a PONG came before; and INFO after a PONG.
  await connection.until(() => false, connection.answer.includes('-ERR') ? 30 : 3);
}

function transcript(connection: RawConnection, one: ProtocolCase): string {
  const answer =
    one.server === 'pinging' ? connection.answer.replace(/(PING\r\n)+/g, 'PING\r\n...') : connection.answer;
  const words = one.holders === undefined ? answer : connection.received;
  const text = comparableText(words.replace(/INFO (\{.*\}) ?\r\n/g, infoFields));
  const ordered = one.anyOrder === true ? text.split('\r\n').sort().join('\r\n') : text;
  return ordered + (connection.isClosed ? '[closed]' : '[open]');
}

/** An INFO line by its fields: their values are compared apart (checkInfo), or differ by nature. */
function infoFields(_line: string, json: string): string {
  const fields = Object.keys(JSON.parse(json) as object).filter((key) => !OPTIONAL_FIELDS.has(key));
  return `INFO {${fields.sort().join(' ')}}\r\n`;
}

/** One script after the other on each server, because connections of one server hear each other. */
async function runAll(servers: Servers): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const kinds = Object.keys(serverConfigs) as ServerKind[];
  const lanes = kinds.map(async (kind) => {
    for (const one of protocolCases.filter(({ server }) => server === kind))
      answers.set(one.name, await runCase(one, servers));
  });
  await Promise.all(lanes);
  return answers;
}

test('the client protocol answers every script as the reference does', async (t) => {
  assert.equal(new Set(protocolCases.map((one) => one.name)).size, protocolCases.length, 'names are unique');
  const reference = await startServers(referenceSide());
  const contrail = await startServers(contrailSide()).catch(async (error: unknown) => {
    await stopServers(reference);
    throw error;
  });
  try {
    const [expected, actual] = await Promise.all([runAll(reference), runAll(contrail)]);
    t.diagnostic(`${protocolCases.length} scripts`);
    for (const one of protocolCases) {
      await t.test(one.name, () => {
        const [left, right] = [expected.get(one.name) ?? '', actual.get(one.name) ?? ''];
        const sent = one.writes.map((text) => printable(text)).join(' | ');
        assert.ok(
          left === right,
          `sent      ${sent}\nreference ${printable(left, 2000)}\ncontrail  ${printable(right, 2000)}`,
        );
      });
    }
    await t.test('INFO has the same fields', async () => await checkInfo(reference, contrail));
  } finally {
    await Promise.all([stopServers(reference), stopServers(contrail)]);
  }
});

/** INFO fields that name one server, build or connection. */
const OWN_FIELDS = new Set([
  'server_id',
  'server_name',
  'version',
  'go',
  'git_commit',
  'port',
  'client_id',
  'client_ip',
  'xkey',
  'nonce',
]);

/** What says something about the reference's own build and its encryption key: a server may have it or not. */
const OPTIONAL_FIELDS = new Set(['go', 'git_commit', 'xkey']);

async function readInfo(server: ServerProcess): Promise<Record<string, unknown>> {
  const connection = new RawConnection(server.port);
  try {
    await connection.ready();
    const fields = JSON.parse(connection.info.slice('INFO '.length)) as Record<string, unknown>;
    const words = Object.entries(fields).map(([key, value]) => [key, OWN_FIELDS.has(key) ? typeof value : value]);
    return Object.fromEntries(words);
  } finally {
    await connection.end();
  }
}

async function checkInfo(reference: Servers, contrail: Servers): Promise<void> {
  for (const kind of Object.keys(serverConfigs) as ServerKind[]) {
    if (kind === 'full') continue;
    const [expected, actual] = [await readInfo(reference[kind]), await readInfo(contrail[kind])];
    for (const optional of OPTIONAL_FIELDS) {
      delete expected[optional];
      delete actual[optional];
    }
    assert.deepEqual(valueDifferences(`INFO of ${kind}`, comparable(expected), comparable(actual)), []);
  }
}
