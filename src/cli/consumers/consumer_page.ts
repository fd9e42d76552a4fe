// The page that shows a consumer: configuration, cluster, state.
// Compat: natscli cli/consumer_command.go, showInfo.
import type { ConsumerConfig, ConsumerInfo, ConsumerPosition } from '../client/js_types.ts';
import { Page } from '../output/columns.ts';
import { countText, durationGo, durationHuman, FOREVER_NS, sizeText } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';
import { addHost, leaderText, userMetadata } from '../streams/stream_page.ts';

export interface ConsumerPageOptions {
  readonly isStateOnly?: boolean;
}

export function consumerPage(
  session: Session,
  info: ConsumerInfo,
  { isStateOnly = false }: ConsumerPageOptions = {},
): Page {
  const what = isStateOnly ? 'State' : 'Information';
  const page = new Page(
    `${what} for Consumer ${info.stream_name} > ${info.name} created ${session.time(info.created)}`,
  );
  if (!isStateOnly) addConfig(session, page, info);
  addCluster(session, page, info);
  addState(session, page, info);
  return page;
}

function addConfig(session: Session, page: Page, info: ConsumerInfo): void {
  const { config } = info;
  page.title('Configuration');
  page.rowIfText('Name', config.name);
  const { durable_name: durable = '' } = config;
  page.rowIf(durable !== '' && durable !== config.name, 'Durable Name', durable);
  page.rowIfText('Description', config.description);
  const isPush = isPushConsumer(config);
  if (isPush) page.row('Delivery Subject', config.deliver_subject ?? '');
  else page.row('Pull Mode', true);
  const { filter_subjects: filters = [] } = config;
  if ((config.filter_subject ?? '') !== '') page.row('Filter Subject', config.filter_subject ?? '');
  else page.rowIf(filters.length > 0, 'Filter Subjects', filters);
  page.row('Deliver Policy', deliverPolicyText(config));
  if (isPush) page.rowIfText('Deliver Queue Group', config.deliver_group);
  addDelivery(page, config, isPush);
  addLimits(page, config, isPush);
  addPause(session, page, info);
  addPriority(page, config);
  addTarget(page, config, { title: 'Mirror Target', prefix: '_nats.mirror' });
  addTarget(page, config, { title: 'Source Target', prefix: '_nats.src' });
  const metadata = userMetadata(config.metadata);
  if (Object.keys(metadata).length > 0) {
    page.title('Metadata');
    page.map(metadata, session.style);
  }
}

function addDelivery(page: Page, config: ConsumerConfig, isPush: boolean): void {
  page.row('Ack Policy', ackPolicyText(config));
  if (config.ack_policy !== 'none') page.duration('Ack Wait', config.ack_wait ?? 0);
  page.row('Replay Policy', config.replay_policy === 'original' ? 'Original' : 'Instant');
  page.rowIf(config.max_deliver !== -1, 'Maximum Deliveries', config.max_deliver ?? 0);
  page.rowIfText('Sampling Rate', config.sample_freq);
  const rate = config.rate_limit_bps ?? 0;
  page.rowIf(rate > 0, 'Rate Limit', `${sizeText(Math.floor(rate / 8))} / second`);
  rowIfPositive(page, 'Max Ack Pending', config.max_ack_pending);
  rowIfPositive(page, 'Max Waiting Pulls', config.max_waiting);
  durationIfPositive(page, 'Idle Heartbeat', config.idle_heartbeat);
  page.rowIf(isPush, 'Flow Control', config.flow_control === true);
  page.rowIf(config.headers_only === true, 'Headers Only', true);
}

function addLimits(page: Page, config: ConsumerConfig, isPush: boolean): void {
  if (!isPush) durationIfPositive(page, 'Inactive Threshold', config.inactive_threshold);
  durationIfPositive(page, 'Max Pull Expire', config.max_expires);
  rowIfPositive(page, 'Max Pull Batch', config.max_batch);
  rowIfPositive(page, 'Max Pull MaxBytes', config.max_bytes);
  const backoff = config.backoff ?? [];
  page.rowIf(backoff.length > 0, 'Backoff', backoffText(backoff));
  rowIfPositive(page, 'Replicas', config.num_replicas);
  page.rowIf(config.mem_storage === true, 'Memory Storage', true);
}

function rowIfPositive(page: Page, label: string, value = 0): void {
  page.rowIf(value > 0, label, value);
}

function durationIfPositive(page: Page, label: string, ns = 0): void {
  if (ns > 0) page.duration(label, ns);
}

function addPause(session: Session, page: Page, info: ConsumerInfo): void {
  const { pause_until: until } = info.config;
  if (until === undefined || timeMs(until) <= 0) return;
  const rest = info.paused === true ? `${remainingText(info)} remaining` : 'passed';
  page.row('Paused Until Deadline', `${session.time(until)} (${rest})`);
}

function addPriority(page: Page, config: ConsumerConfig): void {
  const { priority_policy: policy = 'none', priority_groups: groups = [] } = config;
  if (policy === 'none' || policy === '') return;
  page.row('Priority Policy', PRIORITY_TEXTS[policy] ?? policy);
  page.row('Priority Groups', groups);
  if (policy === 'pinned_client') page.duration('Pinned TTL', config.priority_timeout ?? 0);
}

const PRIORITY_TEXTS: Readonly<Record<string, string>> = {
  pinned_client: 'Pinned Client',
  overflow: 'Overflow',
  prioritized: 'Prioritized',
};

interface Target {
  readonly title: string;
  readonly prefix: string;
}

/** Consumers of nats-server that feed a mirror or source say so in their metadata. */
function addTarget(page: Page, { metadata = {} }: ConsumerConfig, { title, prefix }: Target): void {
  const stream = metadata[`${prefix}.stream`] ?? '';
  if (stream === '') return;
  page.title(title);
  page.row('Stream', stream);
  page.rowIfText('Account', metadata[`${prefix}.acc`]);
  page.rowIfText('Domain', metadata[`${prefix}.domain`]);
}

function addCluster(session: Session, page: Page, { cluster, ts }: ConsumerInfo): void {
  if (cluster === undefined || cluster === null || (cluster.name ?? '') === '') return;
  page.title('Cluster Information');
  page.row('Name', cluster.name ?? '');
  page.rowIfText('Raft Group', cluster.raft_group);
  page.row('Leader', leaderText(session, cluster, ts));
  for (const { name, current, active } of cluster.replicas ?? []) {
    const seen = active > 0 && active < FOREVER_NS ? `seen ${durationHuman(active)} ago` : 'not seen';
    page.row('Replica', `${name}, ${current ? 'current' : 'outdated'}, ${seen}`);
  }
}

function addState(session: Session, page: Page, info: ConsumerInfo): void {
  const { config } = info;
  page.title('State');
  addHost(page, config.metadata);
  page.row('Last Delivered Message', positionText(session, info, info.delivered, 'Last delivery'));
  if (config.ack_policy !== 'none') {
    page.row('Acknowledgment Floor', positionText(session, info, info.ack_floor, 'Last Ack'));
    const most = config.max_ack_pending ?? 0;
    const outstanding = countText(info.num_ack_pending);
    page.row('Outstanding Acks', most > 0 ? `${outstanding} out of maximum ${countText(most)}` : outstanding);
    page.row('Redelivered Messages', info.num_redelivered);
  }
  page.row('Unprocessed Messages', info.num_pending);
  if (isPushConsumer(config)) page.row('Active Interest', interestText(info));
  else {
    const most = config.max_waiting ?? 0;
    page.row(
      'Waiting Pulls',
      `${countText(info.num_waiting)} of ${most > 0 ? `maximum ${countText(most)}` : 'unlimited'}`,
    );
  }
  if (info.paused === true) {
    const untilMs = serverNowMs(session, info) + (info.pause_remaining ?? 0) / 1e6;
    page.row('Paused Until', `${session.time(untilMs)} (${remainingText(info)} remaining)`);
  }
  if (config.priority_policy === 'pinned_client') {
    for (const [index, { group, pinned_client_id: client = '', pinned_ts: since }] of (
      info.priority_groups ?? []
    ).entries()) {
      const text =
        client === '' ? 'No client' : `pinned ${client}${since === undefined ? '' : ` at ${session.time(since)}`}`;
      page.row(index === 0 ? 'Priority Groups' : '', `${group}: ${text}`);
    }
  }
}

function positionText(session: Session, info: ConsumerInfo, position: ConsumerPosition, label: string): string {
  const { consumer_seq: consumer, stream_seq: stream, last_active: last } = position;
  const text = `Consumer sequence: ${countText(consumer)} Stream sequence: ${countText(stream)}`;
  if (last === undefined) return text;
  return `${text} ${label}: ${durationHuman(Math.max(0, serverNowMs(session, info) - timeMs(last)) * 1e6)} ago`;
}

function interestText({ config, push_bound: isBound }: ConsumerInfo): string {
  if (isBound !== true) return 'No interest';
  const { deliver_group: group = '' } = config;
  return group === '' ? 'Active' : `Active using Queue Group ${group}`;
}

export function serverNowMs(session: Session, { ts }: Pick<ConsumerInfo, 'ts'>): number {
  return ts === undefined ? session.nowMs() : timeMs(ts);
}

/** To the second, as Go writes durations. */
export function remainingText({ pause_remaining: remaining = 0 }: Pick<ConsumerInfo, 'pause_remaining'>): string {
  return durationGo(Math.round(remaining / 1e9) * 1e9);
}

export function isPushConsumer({ deliver_subject: subject = '' }: ConsumerConfig): boolean {
  return subject !== '';
}

export function ackPolicyText({ ack_policy: policy = 'none' }: ConsumerConfig): string {
  return policy === 'flow_control' ? 'Flow Control' : policy.charAt(0).toUpperCase() + policy.slice(1);
}

function deliverPolicyText(config: ConsumerConfig): string {
  switch (config.deliver_policy) {
    case 'last':
      return 'Last';
    case 'new':
      return 'New';
    case 'last_per_subject':
      return 'Last Per Subject';
    case 'by_start_time':
      return `Since ${(config.opt_start_time ?? '').replace('T', ' ').replace(/Z$/, ' +0000 UTC')}`;
    case 'by_start_sequence':
      return `From Sequence ${config.opt_start_seq ?? 0}`;
    default:
      return 'All';
  }
}

/** So many are all shown; of more the first and last. */
const BACKOFF_SHOWN = 15;
const BACKOFF_ENDS = 5;

function backoffText(backoff: readonly number[]): string {
  const times = backoff.map(durationGo);
  if (times.length <= BACKOFF_SHOWN) return times.join(', ');
  const shown = [...times.slice(0, BACKOFF_ENDS), '...', ...times.slice(-BACKOFF_ENDS)];
  return `${shown.join(', ')} (${times.length} total)`;
}
