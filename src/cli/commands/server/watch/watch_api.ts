// `contrail server watch api requests`: which requests the JetStream API gets, from whom, how often.
// Compat: natscli cli/server_watch_api_command.go.
import type { Msg } from '@nats-io/transport-node';
import { compareText } from '../../../../base/text_order.ts';
import { subjectMatches } from '../../../../subject/subject.ts';
import { defineCommand, defineGroup, flag } from '../../../command.ts';
import { UsageError } from '../../../errors.ts';
import { countText, durationGo } from '../../../output/human.ts';
import { TextTable } from '../../../output/table.ts';
import type { Session } from '../../../session.ts';
import { JSON_SECONDS, refuseOthers, showLive } from './live_screen.ts';

/** What follows `$JS.API.` -> the request's type; the first that matches. */
const TYPES: readonly (readonly [pattern: string, type: string])[] = [
  ['INFO', 'account_info_request'],
  ['STREAM.CREATE.*', 'stream_create_request'],
  ['STREAM.UPDATE.*', 'stream_update_request'],
  ['STREAM.INFO.*', 'stream_info_request'],
  ['STREAM.DELETE.*', 'stream_delete_request'],
  ['STREAM.LIST', 'stream_list_request'],
  ['STREAM.NAMES', 'stream_names_request'],
  ['STREAM.PURGE.*', 'stream_purge_request'],
  ['STREAM.MSG.GET.*', 'stream_msg_get_request'],
  ['STREAM.MSG.DELETE.*', 'stream_msg_delete_request'],
  ['STREAM.SNAPSHOT.*', 'stream_snapshot_request'],
  ['STREAM.RESTORE.*', 'stream_restore_request'],
  ['STREAM.LEADER.STEPDOWN.*', 'stream_leader_stepdown_request'],
  ['STREAM.PEER.REMOVE.*', 'stream_remove_peer_request'],
  ['STREAM.PEER.EVACUATE.*', 'stream_evacuate_peer_request'],
  ['CONSUMER.CREATE.>', 'consumer_create_request'],
  ['CONSUMER.DURABLE.CREATE.*.*', 'consumer_create_request'],
  ['CONSUMER.INFO.*.*', 'consumer_info_request'],
  ['CONSUMER.DELETE.*.*', 'consumer_delete_request'],
  ['CONSUMER.LIST.*', 'consumer_list_request'],
  ['CONSUMER.NAMES.*', 'consumer_names_request'],
  ['CONSUMER.MSG.NEXT.*.*', 'consumer_getnext_request'],
  ['CONSUMER.PAUSE.*.*', 'consumer_pause_request'],
  ['CONSUMER.RESET.*.*', 'consumer_reset_request'],
  ['CONSUMER.UNPIN.*.*', 'consumer_unpin_request'],
  ['CONSUMER.LEADER.STEPDOWN.*.*', 'consumer_leader_stepdown_request'],
  ['CONSUMER.PEER.EVACUATE.*.*', 'consumer_evacuate_peer_request'],
  ['META.LEADER.STEPDOWN', 'meta_leader_stepdown_request'],
  ['META.RESCUE', 'meta_rescue_request'],
  ['SERVER.REMOVE', 'meta_server_remove_request'],
  ['SERVER.EVACUATE', 'meta_server_evacuate_request'],
];

const PREFIX = '$JS.API.';
const NAME_MAX = 20;
/** Times of one kind of request that are kept for its rate. */
const TIMES_MAX = 100_000;

interface Seen {
  readonly type: string;
  readonly account: string;
  readonly stream: string;
  readonly consumer: string;
  count: number;
  /** When those came that count for the rate. */
  times: number[];
}

const REQUESTS = defineCommand({
  name: 'requests',
  aliases: ['req'],
  summary: 'Watch JS API Requests',
  flags: {
    account: flag.text('Limit to JetStream account (regex)'),
    top: flag.integer('Shows top n requests', { short: 'n', default: 10, min: 1 }),
    rate: flag.duration('Rate interval to calculate', { default: '1m' }),
    recordConsumer: flag.toggle('Record consumer names', { default: true }),
    compact: flag.toggle('Compact output of long asset and account names', { default: true }),
    reverse: flag.switch('Reverse sorting order', { short: 'R' }),
  },
  examples: [{ text: 'What one account asks', command: "contrail server watch api requests --account '^ORDERS$'" }],
  json: `${JSON_SECONDS}: requests (list of type, account, stream, consumer, count, recent: within --rate).`,
  run: async (session, _args, { account, top, rate, recordConsumer, compact, reverse }) => {
    const log = new RequestLog(session, { account: patternOf(account), rateMs: rate / 1e6, recordConsumer });
    await refuseOthers(session);
    const sorted = (): Seen[] => log.sorted(reverse).slice(0, top);
    await showLive(session, {
      subject: `${PREFIX}>`,
      onMessage: (message) => log.add(message),
      object: () => ({ requests: sorted().map(({ times, ...one }) => ({ ...one, recent: times.length })) }),
      text: () => {
        const seen = sorted();
        if (seen.length === 0) return null;
        return `${requestTable(seen, { top, rate, compact }).render(session.style)}\n`;
      },
    });
  },
});

function patternOf(text: string | undefined): RegExp | null {
  try {
    return text === undefined ? null : new RegExp(text);
  } catch (error) {
    throw new UsageError(`--account '${text}' is no regular expression`, { cause: error });
  }
}

interface LogOptions {
  readonly account: RegExp | null;
  readonly rateMs: number;
  readonly recordConsumer: boolean;
}

class RequestLog {
  readonly #session: Session;
  readonly #options: LogOptions;
  readonly #seen: Map<string, Seen>;

  constructor(session: Session, options: LogOptions) {
    this.#session = session;
    this.#options = options;
    this.#seen = new Map();
  }

  add(message: Msg): void {
    const request = message.subject.slice(PREFIX.length);
    const type = TYPES.find(([pattern]) => subjectMatches(request, pattern))?.[1];
    if (type === undefined) return;
    const account = accountOf(message);
    if (account !== '' && this.#options.account?.test(account) === false) return;
    const { stream, consumer } = assetOf(type, request, this.#options.recordConsumer);
    const key = [account, type, stream, consumer].join(' ');
    const one = this.#seen.get(key) ?? { type, account, stream, consumer, count: 0, times: [] };
    one.count++;
    one.times.push(this.#session.nowMs());
    if (one.times.length > TIMES_MAX) one.times.shift();
    this.#seen.set(key, one);
  }

  sorted(reverse: boolean): Seen[] {
    const since = this.#session.nowMs() - this.#options.rateMs;
    for (const one of this.#seen.values()) one.times = one.times.filter((time) => time >= since);
    const direction = reverse ? -1 : 1;
    return [...this.#seen.values()].sort(
      (a, b) =>
        (b.times.length - a.times.length || b.count - a.count || compareText(assetText(b), assetText(a))) * direction,
    );
  }
}

/** As the server notes it for requests that come from another account. */
function accountOf(message: Msg): string {
  const info = message.headers?.get('Nats-Request-Info') ?? '';
  try {
    const { acc = '' } = JSON.parse(info === '' ? '{}' : info) as { readonly acc?: string };
    return acc;
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

/** Requests for information are told apart by what they are about. */
function assetOf(type: string, request: string, withConsumer: boolean): { stream: string; consumer: string } {
  const words = request.split('.');
  if (type === 'stream_info_request') return { stream: words.at(-1) ?? '', consumer: '' };
  if (type !== 'consumer_info_request') return { stream: '', consumer: '' };
  return { stream: words.at(-2) ?? '', consumer: withConsumer ? (words.at(-1) ?? '') : '' };
}

function assetText({ stream, consumer }: Seen): string {
  return consumer === '' ? stream : `${stream} > ${consumer}`;
}

interface TableOptions {
  readonly top: number;
  readonly rate: number;
  readonly compact: boolean;
}

function requestTable(seen: readonly Seen[], { top, rate, compact }: TableOptions): TextTable {
  const head = ['Type', 'Account', 'Count', `Event / ${durationGo(rate)}`, 'Asset'];
  const table = new TextTable(`Top ${countText(top)} JS API activity`, head);
  const short = (text: string, cut: (text: string) => string): string =>
    compact && text.length > NAME_MAX ? cut(text) : text;
  for (const one of seen) {
    const account = short(one.account, (text) => `${text.slice(0, 10)}...${text.slice(-5)}`);
    const consumer = short(one.consumer, (text) => `${text.slice(0, 12)}...`);
    table.row(one.type, account, one.count, countText(one.times.length), assetText({ ...one, consumer }));
  }
  return table;
}

export const WATCH_API = defineGroup({
  name: 'api',
  summary: 'Watch JetStream API',
  commands: [REQUESTS],
});
