// Plays scripts with several named clients against one server and writes down what each of them saw, step by step, in a
// form that two servers can be compared by: errors and messages verbatim, of INFO what it says about identity.
// Knows no expectation. Called by permissions_test.ts.
import { connect, type Socket } from 'node:net';
import { fromSeed } from '@nats-io/nkeys';
import { comparable, comparableText } from './observation.ts';

/** How long a server may take to answer, or to hang up; never waited for in full unless something is wrong. */
const LIMIT_MS = 30_000;

export interface Step {
  readonly who: string;
  /** What CONNECT says; `seed` signs the nonce with that key. */
  readonly connect?: Readonly<Record<string, unknown>> & { readonly seed?: string };
  /** Protocol lines; line ends are added. */
  readonly say?: readonly string[];
  /** The server hangs up. */
  readonly ends?: true;
  /** Something that comes in the server's own time. */
  readonly hears?: string;
}

const INFO_FIELDS = ['auth_required', 'max_payload', 'connect_info', 'remote_account', 'acc_is_sys', 'jetstream'];

class StageClient {
  readonly #socket: Socket;
  #text = '';
  #taken = 0;
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async nonce(): Promise<string> {
    await this.#until(() => this.#text.includes('\r\n'));
    return /"nonce":"([^"]*)"/.exec(this.#text)?.[1] ?? '';
  }

  write(text: string): void {
    if (!this.#isClosed) this.#socket.write(text, 'latin1');
  }

  /** Everything that was sent so far has been handled. */
  async settle(): Promise<void> {
    const pongs = this.#pongs();
    this.write('PING\r\n');
    await this.#until(() => this.#isClosed || this.#pongs() > pongs);
  }

  ended(): Promise<void> {
    return this.#until(() => this.#isClosed);
  }

  /** Something came since the last take(). */
  hears(text: string): Promise<void> {
    return this.#until(() => this.#text.includes(text, this.#taken));
  }

  /** What came since the last call. */
  take(): string {
    const text = this.#text.slice(this.#taken);
    this.#taken = this.#text.length;
    return text;
  }

  close(): void {
    this.#socket.destroy();
  }

  #pongs(): number {
    return this.#text.split('PONG\r\n').length - 1;
  }

  async #until(isDone: () => boolean): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    while (!isDone()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`Waited in vain behind: ${this.#text.slice(-500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** One line per step and client that saw something. */
export async function play(port: number, steps: readonly Step[]): Promise<string[]> {
  const clients = new Map<string, StageClient>();
  const seen: string[] = [];
  try {
    for (const [at, step] of steps.entries()) {
      const client = clients.get(step.who) ?? new StageClient(port);
      clients.set(step.who, client);
      await act(client, step);
      for (const [name, one] of clients) {
        if (one !== client && !one.isClosed) await one.settle();
        const frames = framesOf(one.take());
        if (frames.length > 0) seen.push(`${at} ${name}: ${frames.join(' | ')}`);
      }
      if (client.isClosed) {
        seen.push(`${at} ${step.who}: closed`);
        clients.delete(step.who);
      }
    }
  } finally {
    for (const client of clients.values()) client.close();
  }
  return seen;
}

async function act(client: StageClient, { connect: options, say = [], ends, hears }: Step): Promise<void> {
  // INFO is there before anything is said, so that whoever is refused has seen the same.
  const nonce = await client.nonce();
  if (options !== undefined) {
    const { seed, ...fields } = options;
    const signed = seed === undefined ? {} : { sig: signature(seed, nonce) };
    client.write(
      `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, ...signed, ...fields })}\r\n`,
    );
  }
  client.write(say.map((line) => `${line}\r\n`).join(''));
  if (ends === true) await client.ended();
  else await client.settle();
  if (hears !== undefined) await client.hears(hears);
  // The INFO that answers CONNECT leaves behind the first PONG.
  if (options !== undefined && ends !== true) await client.settle();
}

function signature(seed: string, nonce: string): string {
  const bytes = fromSeed(new TextEncoder().encode(seed)).sign(new TextEncoder().encode(nonce));
  return Buffer.from(bytes).toString('base64url');
}

/** Messages of one step in the order of their bytes: several subscriptions may match, and no order is promised. */
function framesOf(text: string): string[] {
  const frames: string[] = [];
  const messages: string[] = [];
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\r\n', at);
    const line = end < 0 ? text.slice(at) : text.slice(at, end);
    at = end < 0 ? text.length : end + 2;
    if (/^H?MSG /.test(line)) {
      const size = Number(line.split(' ').at(-1));
      // Without a reply some lines have two spaces.
      const head = comparableText(line.replace(/ \d+$/, '').trimEnd());
      messages.push(`${head} ${payloadOf(text.slice(at, at + size))}`);
      at += size + 2;
    } else if (line.startsWith('INFO ')) frames.push(infoOf(line));
    else if (line !== 'PONG' && line !== 'PING') frames.push(line);
  }
  return [...frames, ...messages.sort()];
}

function infoOf(line: string): string {
  const info: Record<string, unknown> = JSON.parse(line.slice('INFO '.length));
  const said = INFO_FIELDS.filter((field) => info[field] !== undefined).map((field) => `${field}=${info[field]}`);
  return `INFO ${said.join(' ')}${typeof info['nonce'] === 'string' ? ` nonce of ${info['nonce'].length}` : ''}`;
}

/** Without what the server says about itself, and without names that it made up. */
function payloadOf(payload: string): string {
  if (!payload.startsWith('{')) return payload;
  const { server: _server, ...rest } = JSON.parse(payload) as Record<string, unknown>;
  return JSON.stringify(comparable(rest)).replace(/"nats-\w{8}"/g, '"nats-<random>"');
}
