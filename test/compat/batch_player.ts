// Plays the commands of testdata/batch_publish.txt and its like on a server: messages published to one stream `S`, alone
// and in batches, and what came back.
//
//   stream {config}                            makes S; default: subjects b.>, all kinds of batches, storage as told
//   update {config}                            changes it
//   other {config} | remove                    makes and removes a stream T with the subject t
//   atomic ID SEQUENCE [words]                 a message of an atomic batch
//   atomics ID FROM TO [words]                 many of them; says only how many answers were empty
//   fast ID FLOW GAP SEQUENCE OPERATION [words]    a message of a fast batch
//   fasts ID FLOW GAP FROM TO [words]          appends
//   raw REPLY [words]                          a message with this behind the inbox in its reply subject
//   pub [words]                                a message of no batch
//   get SEQUENCE | state | call SUBJECT [BODY] | quiet MS | advisories
//   hear SUBJECT                               listens there; `heard` says what has arrived since it was said last
//
// `words` are a subject (default b.x), headers as `Name=value` (`commit=` is short for Nats-Batch-Commit, %20 is a space),
// `reply=none`, and at the end `|payload`. Answers of fast batches are printed with the end of the subject they came on.
import assert from 'node:assert/strict';
import type { RawClient, RawMessage } from './raw_client.ts';

const DEADLINE_MS = 5000;

interface Words {
  readonly subject: string;
  readonly header: string;
  readonly payload: string;
  readonly hasReply: boolean;
}

export class BatchPlayer {
  readonly #client: RawClient;
  readonly #storage: 'memory' | 'file';
  readonly #inbox = '_INBOX.player';
  readonly #answers: RawMessage[];
  readonly #advisories: RawMessage[];
  #printed = 0;
  #told = 0;
  #heard: RawMessage[] = [];
  #stopHearing: () => void = () => undefined;

  constructor(client: RawClient, storage: 'memory' | 'file') {
    this.#client = client;
    this.#storage = storage;
    this.#answers = client.subscribe(`${this.#inbox}.>`).messages;
    this.#advisories = client.subscribe('$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.>').messages;
  }

  async reset(): Promise<void> {
    this.#stopHearing();
    for (const name of ['S', 'T']) {
      const answer = await this.#request(`$JS.API.STREAM.DELETE.${name}`, '');
      assert.match(answer, /"success":true|stream not found/);
    }
  }

  /** Lines to print; waits for as many as `wanted`, and a little for more. */
  async run(command: string, wanted: number): Promise<string[]> {
    const [verb = '', ...rest] = command.split(' ');
    const tail = command.slice(verb.length + 1);
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = rest;
    switch (verb) {
      case 'stream':
        return this.#configure('CREATE', 'S', 'b.>', tail);
      case 'update':
        return this.#configure('UPDATE', 'S', 'b.>', tail);
      case 'other':
        return this.#configure('CREATE', 'T', 't', tail);
      case 'remove':
        return [await this.#request('$JS.API.STREAM.DELETE.T', '')];
      case 'atomic':
        this.#atomic(first, second, tailOf(command, 3));
        return this.#take(wanted);
      case 'atomics':
        for (let i = Number(second); i <= Number(third); i++) this.#atomic(first, String(i), tailOf(command, 4));
        return this.#countEmpty(Number(third) - Number(second) + 1);
      case 'fast':
        this.#publish(`f.${first}.${second}.${third}.${fourth}.${fifth}.$FI`, tailOf(command, 6));
        return this.#take(wanted);
      case 'fasts':
        for (let i = Number(fourth); i <= Number(fifth); i++) {
          this.#publish(`f.${first}.${second}.${third}.${i}.1.$FI`, tailOf(command, 6));
        }
        return this.#take(wanted);
      case 'raw':
        this.#publish(first, tailOf(command, 2));
        return this.#take(wanted);
      case 'pub':
        this.#publish('p', tail);
        return this.#take(wanted);
      default:
        return this.#ask(verb, tail, wanted);
    }
  }

  async #ask(verb: string, tail: string, wanted: number): Promise<string[]> {
    switch (verb) {
      case 'get':
        return this.#get(tail);
      case 'state':
        return this.#state();
      case 'call':
        return [await this.#request(tail.split(' ')[0] ?? '', tailOf(tail, 1))];
      case 'quiet':
        await new Promise((resolve) => setTimeout(resolve, Number(tail)));
        return this.#take(wanted);
      case 'advisories':
        return this.#takeAdvisories(wanted);
      case 'hear':
        return this.#hear(tail);
      case 'heard':
        return this.#takeHeard(wanted);
      default:
        throw new Error(`No command '${verb}'`);
    }
  }

  // --- publishing ----------------------------------------------------------------------------------------------------

  #atomic(id: string, sequence: string, tail: string): void {
    const mark = sequence === '-' ? '' : ` Nats-Batch-Sequence=${sequence}`;
    this.#publish('a', `Nats-Batch-Id=${id}${mark} ${tail}`);
  }

  #publish(reply: string, tail: string): void {
    const { subject, header, payload, hasReply } = wordsOf(tail);
    this.#client.publish(subject, payload, hasReply ? `${this.#inbox}.${reply}` : '', header);
  }

  // --- what came back ------------------------------------------------------------------------------------------------

  async #take(wanted: number): Promise<string[]> {
    const arrived = await this.#arrivals(wanted);
    return arrived.map((message) => this.#line(message));
  }

  async #countEmpty(published: number): Promise<string[]> {
    const arrived = await this.#arrivals(published);
    const empty = arrived.filter(({ payload }) => payload === '').length;
    return [`${empty} empty`, ...arrived.filter(({ payload }) => payload !== '').map((message) => this.#line(message))];
  }

  async #arrivals(wanted: number): Promise<RawMessage[]> {
    const printed = this.#printed;
    if (wanted > 0) await this.#client.until(() => this.#answers.length - printed >= wanted, DEADLINE_MS);
    await this.#settle();
    const arrived = this.#answers.slice(this.#printed);
    this.#printed = this.#answers.length;
    return arrived;
  }

  /**
   * A purge of nothing is answered when what was stored is durable, and a refused message after whatever was to be said
   * about the messages before it. A stream that never answers refuses silently: then a little time must do.
   */
  async #settle(): Promise<void> {
    await this.#request('$JS.API.STREAM.PURGE.S', '{"filter":"b.nothing"}');
    const header = 'NATS/1.0\r\nNats-Expected-Stream: another\r\n\r\n';
    const inbox = `${this.#inbox}m`;
    const marker = this.#client.subscribe(inbox);
    this.#client.publish('b.marker', '', inbox, header);
    await this.#client.until(() => marker.messages.length > 0, 60);
    marker.unsubscribe();
    await this.#client.flush();
  }

  #line({ subject, payload, header }: RawMessage): string {
    const tokens = subject.split('.');
    const where = tokens.at(-1) === '$FI' ? `${tokens.slice(-3, -1).join('.')} ` : '';
    const status = header === '' ? '' : `${header.split('\r\n')[0]} `;
    return `${where}${status}${payload === '' ? '(empty)' : payload}`;
  }

  async #takeAdvisories(wanted: number): Promise<string[]> {
    await this.#client.until(() => this.#advisories.length - this.#told >= wanted, DEADLINE_MS);
    await this.#settle();
    const arrived = this.#advisories.slice(this.#told);
    this.#told = this.#advisories.length;
    return arrived.map(({ payload }) => payload.replace(/"(id|timestamp)":"[^"]*"/g, '"$1":"_"'));
  }

  async #hear(subject: string): Promise<string[]> {
    const { messages, unsubscribe } = this.#client.subscribe(subject);
    this.#heard = messages;
    this.#stopHearing = unsubscribe;
    await this.#client.flush();
    return [];
  }

  async #takeHeard(wanted: number): Promise<string[]> {
    await this.#client.until(() => this.#heard.length >= wanted, DEADLINE_MS);
    await this.#settle();
    return this.#heard.splice(0).map(({ subject, header, payload }) => {
      const shown = header.replace(/Nats-Time-Stamp: [^\r]*/g, 'Nats-Time-Stamp: _');
      return `${subject} ${JSON.stringify(shown)} ${JSON.stringify(payload)}`;
    });
  }

  // --- requests ------------------------------------------------------------------------------------------------------

  async #configure(action: string, name: string, subject: string, tail: string): Promise<string[]> {
    const config = {
      name,
      subjects: [subject],
      storage: this.#storage,
      allow_atomic: true,
      allow_batched: true,
      ...(JSON.parse(tail === '' ? '{}' : tail) as object),
    };
    const answer = await this.#request(`$JS.API.STREAM.${action}.${name}`, JSON.stringify(config));
    const error = /"error":(\{.*?\})/.exec(answer)?.[1];
    return [error ?? 'ok'];
  }

  async #state(): Promise<string[]> {
    const answer = await this.#request('$JS.API.STREAM.INFO.S', '');
    const { messages, first_seq: first, last_seq: last } = JSON.parse(answer).state;
    return [`${messages} messages, first ${first}, last ${last}`];
  }

  async #get(sequence: string): Promise<string[]> {
    const answer = await this.#request('$JS.API.STREAM.MSG.GET.S', `{"seq":${sequence}}`);
    const { message, error } = JSON.parse(answer);
    if (message === undefined) return [error.description];
    const text = (base64: string | undefined) => JSON.stringify(Buffer.from(base64 ?? '', 'base64').toString());
    return [`${message.subject} ${text(message.hdrs)} ${text(message.data)}`];
  }

  async #request(subject: string, body: string): Promise<string> {
    const answer = await this.#client.request(subject, body, DEADLINE_MS);
    return answer === null ? '(nothing)' : `${answer.header}${answer.payload}`;
  }
}

function tailOf(command: string, words: number): string {
  return command.split(' ').slice(words).join(' ');
}

function wordsOf(text: string): Words {
  const bar = text.indexOf('|');
  const words = (bar < 0 ? text : text.slice(0, bar)).split(' ').filter((word) => word !== '');
  const headers = words.filter((word) => word.includes('=') && word !== 'reply=none');
  const lines = headers.map((word) => {
    const at = word.indexOf('=');
    const name = word.slice(0, at) === 'commit' ? 'Nats-Batch-Commit' : word.slice(0, at);
    return `${name}: ${decodeURIComponent(word.slice(at + 1))}\r\n`;
  });
  return {
    subject: words.find((word) => !word.includes('=')) ?? 'b.x',
    header: lines.length === 0 ? '' : `NATS/1.0\r\n${lines.join('')}\r\n`,
    payload: bar < 0 ? '' : text.slice(bar + 1),
    hasReply: !words.includes('reply=none'),
  };
}
