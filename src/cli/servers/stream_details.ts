// All streams and consumers of all accounts on all servers, each once: page after page of every server's /jsz.
import { compareText } from '../../base/text_order.ts';
import type { ConsumerInfo, StreamConfig } from '../client/js_types.ts';
import { requestServers } from '../client/system_requests.ts';
import type { Session } from '../session.ts';
import type { AccountDetail, Jsz } from './jetstream_row.ts';
import { ANY_DOMAIN, activeServers } from './server_filter.ts';

export interface FoundStream {
  readonly account: string;
  readonly name: string;
  readonly config: StreamConfig | undefined;
  /** By name. */
  readonly consumers: readonly ConsumerInfo[];
}

/** Accounts that one answer holds. */
const ACCOUNTS_PER_PAGE = 1024;

/** By account and name. */
export async function collectStreams(session: Session): Promise<FoundStream[]> {
  const details: AccountDetail[] = [];
  const body = { accounts: true, streams: true, consumer: true, config: true, limit: ACCOUNTS_PER_PAGE };
  const subject = '$SYS.REQ.SERVER.PING.JSZ';
  const expected = await activeServers(session, ANY_DOMAIN);
  for (const { server, data } of await requestServers<Jsz>(session, { subject, body, expected })) {
    let page = data.account_details ?? [];
    details.push(...page);
    // Pages are each server's own.
    for (let offset = ACCOUNTS_PER_PAGE; page.length === ACCOUNTS_PER_PAGE; offset += ACCOUNTS_PER_PAGE) {
      const own = `$SYS.REQ.SERVER.${server.id}.JSZ`;
      const [next] = await requestServers<Jsz>(session, { subject: own, body: { ...body, offset }, expected: 1 });
      page = next?.data.account_details ?? [];
      details.push(...page);
    }
  }
  return joined(details);
}

/** A replica knows the stream as well, and may know consumers that others do not. */
function joined(details: readonly AccountDetail[]): FoundStream[] {
  const streams = new Map<string, FoundStream & { readonly byName: Map<string, ConsumerInfo> }>();
  for (const { name: account, stream_detail: list } of details) {
    for (const { name, config, consumer_detail: consumers } of list ?? []) {
      const key = `${account} ${name}`;
      const one = streams.get(key) ?? { account, name, config, consumers: [], byName: new Map() };
      for (const consumer of consumers ?? []) one.byName.set(consumer.name, consumer);
      streams.set(key, one);
    }
  }
  return [...streams.values()]
    .sort((a, b) => compareText(a.account, b.account) || compareText(a.name, b.name))
    .map(({ byName, ...stream }) => ({
      ...stream,
      consumers: [...byName.values()].sort((a, b) => compareText(a.name, b.name)),
    }));
}
