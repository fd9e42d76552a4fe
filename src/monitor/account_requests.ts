// `$SYS.REQ.ACCOUNT.<name>.X`: what those who run the server may ask about one account, and what members of any account
// may ask about their own. Also how many subscribers a subject has. Compat: events.go, initEventTracking (monAccSrvc),
// registerSystemImports, connsRequest, nsubsRequest, debugSubscribers.
import { utf8Text } from '../base/bytes.ts';
import { parsed } from '../base/parsed.ts';
import type { JsonType } from '../jetstream/json/json_type.ts';
import type { Message } from '../ports/message.ts';
import { accountInfo } from './accountz.ts';
import { accountStatz } from './accstatz.ts';
import { connz } from './connz.ts';
import { jszAccount } from './jsz.ts';
import { leafz } from './links_pages.ts';
import type { MonitorParts } from './monitor_parts.ts';
import {
  ACCOUNT_INFO_BODY,
  ACCOUNT_STATZ_BODY,
  CONNECTIONS_BODY,
  CONNZ_BODY,
  JSZ_BODY,
  LEAFZ_BODY,
  type ServerFilter,
  SUBSCRIBERS_BODY,
  SUBSZ_BODY,
} from './request_bodies.ts';
import { bodyOf, type RequestDesk, type Response, readBody, subjectOf } from './request_desk.ts';
import { subscriberCount } from './subscriber_count.ts';
import { subsz } from './subsz.ts';
import { askerOf } from './system_answers.ts';

/** Of `$SYS.REQ.ACCOUNT.<name>.X`. */
const NAME_TOKEN = 3;
/** Where an account's name would be, for all of them. */
const EVERY_ACCOUNT = 'PING';

/** On the system account. */
export function serveAccountRequests(desk: RequestDesk, parts: MonitorParts): void {
  const { server } = parts;
  const serve = <T extends ServerFilter>(
    word: string,
    type: JsonType<T>,
    respond: (options: T, account: string) => Response,
  ) => {
    desk.serve(`$SYS.REQ.ACCOUNT.*.${word}`, type, (options, subject) => respond(options, accountOf(subject)));
  };
  serve('SUBSZ', SUBSZ_BODY, (options, account) => subsz(parts, { ...options, account, subscriptions: true }));
  serve('CONNZ', CONNZ_BODY, (options, acc) => connz(parts, { ...options, acc }));
  serve('LEAFZ', LEAFZ_BODY, () => parsed(leafz(parts)));
  serve('JSZ', JSZ_BODY, (options, account) => jszAccount(parts, { ...options, account }));
  serve('INFO', ACCOUNT_INFO_BODY, (_, account) => accountInfo(parts, account));
  serve('STATZ', ACCOUNT_STATZ_BODY, (options, account) => {
    // The subject for all accounts has the same form.
    if (account === EVERY_ACCOUNT) return null;
    return statzAnswer(parts, [account], options.include_unused);
  });
  desk.serve(`$SYS.REQ.ACCOUNT.${EVERY_ACCOUNT}.STATZ`, ACCOUNT_STATZ_BODY, (options) =>
    statzAnswer(parts, options.accounts, options.include_unused),
  );
  desk.serveRaw('$SYS.REQ.ACCOUNT.*.CONNS', (request) => {
    const name = accountOf(subjectOf(request));
    const read = readBody(request, CONNECTIONS_BODY);
    const account = server.findAccount(name);
    // Compat: a body that is about another account is none; an account that is not here is another server's.
    if (!read.ok || account === undefined || (read.value.acc !== '' && read.value.acc !== name)) return;
    const asker = askerOf(request);
    if (asker.reply.length > 0) server.events.answerConnections(account, utf8Text(asker.reply, 0, asker.reply.length));
  });
  desk.serveRaw('$SYS.REQ.ACCOUNT.NSUBS', (request) => answerSubscriberCount(desk, parts, request));
  desk.serveRaw('$SYS.DEBUG.SUBSCRIBERS', (request) => answerDebug(desk, parts, request));
}

/** On an account of its own: what its members may know of it. */
export function serveOwnAccount(desk: RequestDesk, parts: MonitorParts): void {
  const acc = desk.bus.account;
  for (const subject of ['$SYS.REQ.ACCOUNT.PING.CONNZ', '$SYS.REQ.SERVER.PING.CONNZ']) {
    desk.serve(subject, CONNZ_BODY, (options) => connz(parts, { ...options, acc }));
  }
  desk.serve('$SYS.REQ.ACCOUNT.PING.STATZ', ACCOUNT_STATZ_BODY, (options) =>
    statzAnswer(parts, [acc], options.include_unused),
  );
}

function statzAnswer(parts: MonitorParts, accounts: readonly string[], withUnused: boolean): Response {
  const page = accountStatz(parts, { accounts, include_unused: withUnused });
  return page.account_statz.length === 0 && !withUnused ? null : parsed(page);
}

/** Another server's question in a cluster: where nobody of the account is connected there is no answer. */
function answerSubscriberCount(desk: RequestDesk, { server }: MonitorParts, request: Message): void {
  const read = readBody(request, SUBSCRIBERS_BODY);
  const account = read.ok ? server.findAccount(read.value.acc) : undefined;
  if (!read.ok || account === undefined || account.connectionCount === 0) return;
  const queue = read.value.queue === '' ? null : Buffer.from(read.value.queue, 'base64').toString();
  answerCount(desk, request, subscriberCount(account, read.value.subject, queue));
}

/** A subject, or a subject and a queue. */
function answerDebug(desk: RequestDesk, { server }: MonitorParts, request: Message): void {
  const body = bodyOf(request);
  const [subject = '', queue] = utf8Text(body, 0, body.length).trim().split(' ');
  const account = server.findAccount(desk.bus.account);
  if (request.client?.kind === 'client' && account !== undefined) {
    answerCount(desk, request, subscriberCount(account, subject, queue ?? null));
  }
}

function answerCount(desk: RequestDesk, request: Message, count: number): void {
  const asker = askerOf(request);
  if (asker.reply.length > 0) desk.answers.plain(desk.bus, asker, String(count));
}

function accountOf(subject: string): string {
  return subject.split('.')[NAME_TOKEN] ?? '';
}
