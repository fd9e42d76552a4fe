// A server on a virtual clock with its monitoring pages, asked without a socket. Only tests import it.

import type { MonitorCredentials } from '../auth/monitor_access.ts';
import { utf8Text } from '../base/bytes.ts';
import { optionsOf } from '../config/options.ts';
import { emptyDraft, type OptionsDraft } from '../config/options_draft.ts';
import { JetStreamEngine } from '../jetstream/engine.ts';
import { TestingStores, testingParts } from '../jetstream/testing_bus.ts';
import { CpuMeter } from '../monitor/cpu_meter.ts';
import type { JetStreamParts, MonitorParts, StoreDamage } from '../monitor/monitor_parts.ts';
import { MonitorServer } from '../monitor/monitor_server.ts';
import { SystemRequests } from '../monitor/system_requests.ts';
import type { Bus } from '../ports/bus.ts';
import type { HttpResponse } from '../ports/http.ts';
import { type ClientInfo, textMessage } from '../ports/message.ts';
import type { AuthorizationSettings } from '../server/server.ts';
import type { ServerOptions } from '../server/server_options.ts';
import { Life } from './life.ts';
import { EVERYBODY, ServerWorld } from './server_world.ts';
import { SimHost } from './sim_host.ts';

const encoder = new TextEncoder();

export class MonitorWorld extends ServerWorld {
  readonly monitor: MonitorServer;
  readonly parts: MonitorParts;
  readonly requests: SystemRequests;
  readonly damages: StoreDamage[] = [];

  constructor(
    options: Partial<ServerOptions> = {},
    withJetStream = false,
    setUp: (draft: OptionsDraft) => void = () => undefined,
    authorization: AuthorizationSettings = EVERYBODY,
  ) {
    super(options, authorization);
    const draft = emptyDraft();
    draft.monitorPort = 8222;
    setUp(draft);
    const host = new SimHost({ scheduler: this.scheduler, life: new Life('server') });
    this.parts = {
      server: this.server,
      host,
      cpu: new CpuMeter(this.clock, host),
      jetStream: withJetStream ? this.#jetStream() : null,
      contrailVersion: '0.0.0',
      configuration: { options: optionsOf(draft, null, null), loadedAtMs: this.server.startRealMs },
    };
    this.monitor = new MonitorServer(this.parts);
    this.requests = new SystemRequests(this.parts);
  }

  /** The answer to `/path?query`. */
  get(target: string, credentials: Partial<MonitorCredentials> = {}): HttpResponse {
    const [path = '', query = ''] = target.split('?');
    return this.monitor.answer({
      method: 'GET',
      path,
      query: new URLSearchParams(query),
      authorization: null,
      hasVerifiedCertificate: false,
      ...credentials,
    });
  }

  /** The same, read; it must be one that went well. */
  page(target: string): Page {
    const { status, body } = this.get(target);
    if (status !== 200) throw new Error(`${target}: ${status} ${body}`);
    return JSON.parse(body) as Page;
  }

  /** Asks JetStream in the global account. */
  async api(endpoint: string, body: unknown): Promise<void> {
    const message = textMessage(`$JS.API.${endpoint}`, JSON.stringify(body));
    this.server.bus('$G').publish(message);
    await this.advance(1);
  }

  /** The inside of the house as a member of an account that asks and listens. */
  member(account = '$SYS'): Member {
    return new Member(this, this.server.bus(account));
  }

  #jetStream(): JetStreamParts {
    const stores = new TestingStores(this.clock);
    const engine = new JetStreamEngine(testingParts(this.clock, stores));
    void engine.enable(this.server.bus('$G'));
    const { damages } = this;
    return {
      engine,
      stores: { directory: '/store/jetstream', memoryBytesMax: 1000, storeBytesMax: 2000, damages: () => damages },
    };
  }
}

export interface Heard {
  readonly subject: string;
  readonly header: string;
  readonly payload: Buffer;
}

export class Member {
  readonly #world: ServerWorld;
  readonly #bus: Bus;
  #inboxes = 0;

  constructor(world: ServerWorld, bus: Bus) {
    this.#world = world;
    this.#bus = bus;
  }

  /** Everything on a subject from now on. */
  listen(subject: string): Heard[] {
    const heard: Heard[] = [];
    this.#bus.subscribe(subject, null, ({ subject: name, subjectStart, subjectEnd, body, ...at }) => {
      heard.push({
        subject: utf8Text(name, subjectStart, subjectEnd),
        header: utf8Text(body, at.headerStart, at.payloadStart),
        payload: Buffer.from(body.slice(at.payloadStart, at.payloadEnd)),
      });
    });
    return heard;
  }

  publish(subject: string, text = '', reply = '', header = ''): void {
    const message = textMessage(subject, header + text);
    message.payloadStart = header.length;
    message.reply = encoder.encode(reply);
    message.replyEnd = message.reply.length;
    message.client = { ...NOBODY, account: this.#bus.account };
    this.#bus.publish(message);
  }

  /** All answers that come within a moment, unread. */
  async askAll(subject: string, body: unknown = '', header = ''): Promise<Heard[]> {
    const inbox = `_INBOX.${this.#bus.account}.${this.#inboxes++}`;
    const heard = this.listen(inbox);
    this.publish(subject, typeof body === 'string' ? body : JSON.stringify(body), inbox, header);
    await this.#world.advance(5);
    return heard;
  }

  /** The only answer, read. */
  async ask(subject: string, body: unknown = ''): Promise<Page> {
    const heard = await this.askAll(subject, body);
    if (heard.length !== 1) throw new Error(`${subject}: ${heard.length} answers`);
    return JSON.parse(heard[0]?.payload.toString() ?? '') as Page;
  }
}

const NOBODY: ClientInfo = {
  id: 0,
  kind: 'client',
  account: '',
  host: '127.0.0.1',
  name: '',
  user: '',
  lang: '',
  version: '',
  startMs: 0,
  rttMs: 0,
};

/** What JSON holds, for tests that look at some of it. */
// biome-ignore lint/suspicious/noExplicitAny: a page is whatever its test says it is.
export type Page = any;
