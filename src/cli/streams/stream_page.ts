// The page that shows a stream: configuration, cluster, mirror and sources, state.
// Compat: natscli cli/stream_command.go, showStreamInfo.
import type { ClusterInfo, StreamConfig, StreamInfo, StreamSource, StreamSourceInfo } from '../client/js_types.ts';
import { Page } from '../output/columns.ts';
import { countText, durationHuman, FOREVER_NS, sizeText } from '../output/human.ts';
import { type Session, timeMs } from '../session.ts';

export interface StreamPageOptions {
  readonly isStateOnly?: boolean;
}

export function streamPage(session: Session, info: StreamInfo, { isStateOnly = false }: StreamPageOptions = {}): Page {
  const what = isStateOnly ? 'State' : 'Information';
  const page = new Page(`${what} for Stream ${info.config.name} created ${session.time(info.created)}`);
  if (!isStateOnly) addConfig(session, page, info.config);
  addCluster(session, page, info);
  if (info.mirror !== undefined && info.mirror !== null) {
    page.title('Mirror Information');
    addSource(page, info.mirror);
  }
  if ((info.sources ?? []).length > 0) {
    page.title('Source Information');
    for (const source of info.sources ?? []) {
      addSource(page, source);
      page.text();
    }
  }
  addState(session, page, info);
  return page;
}

function addConfig(session: Session, page: Page, config: StreamConfig): void {
  page.rowIfText('Description', config.description);
  page.rowIf((config.subjects ?? []).length > 0, 'Subjects', config.subjects ?? []);
  page.row('Replicas', config.num_replicas);
  page.rowIf(config.sealed === true, 'Sealed', true);
  page.row('Storage', config.storage === 'file' ? 'File' : 'Memory');
  const { compression = 'none', persist_mode: persistMode = 'default' } = config;
  page.rowIf(compression !== 'none', 'Compression', compressionText(compression));
  page.rowIf(persistMode !== 'default' && persistMode !== '', 'Persistence Mode', capitalised(persistMode));
  page.rowIf((config.first_seq ?? 0) > 0, 'First Sequence', config.first_seq ?? 0);
  const { placement } = config;
  page.rowIfText('Placement Cluster', placement?.cluster);
  page.rowIf((placement?.tags ?? []).length > 0, 'Placement Tags', placement?.tags ?? []);
  page.rowIfText('Preferred', placement?.preferred);
  addOptions(page, config);
  addLimits(page, config);
  const metadata = userMetadata(config.metadata);
  if (Object.keys(metadata).length > 0) {
    page.title('Metadata');
    page.map(metadata, session.style);
  }
  const sources = [...(config.sources ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (config.mirror !== undefined || sources.length > 0) page.title('Replication');
  if (config.mirror !== undefined) page.row('Mirror', sourceText(config.mirror));
  for (const [index, source] of sources.entries()) page.row(index === 0 ? 'Sources' : '', sourceText(source));
  page.text();
}

function addOptions(page: Page, config: StreamConfig): void {
  page.title('Options');
  const { subject_transform: transform, republish } = config;
  if (transform !== undefined && transform.dest !== '') {
    page.row('Subject Transform', `${transform.src === '' ? '>' : transform.src} to ${transform.dest}`);
  }
  if (republish !== undefined) {
    const label = republish.headers_only === true ? 'Republishing Headers' : 'Republishing';
    page.row(label, `${republish.src} to ${republish.dest}`);
  }
  page.row('Retention', retentionText(config.retention));
  page.row('Acknowledgments', config.no_ack !== true);
  const discard = config.discard === 'new' ? 'New' : 'Old';
  page.row('Discard Policy', config.discard_new_per_subject === true ? 'New Per Subject' : discard);
  page.duration('Duplicate Window', config.duplicate_window ?? 0);
  page.rowIf(config.allow_direct === true, 'Direct Get', true);
  page.rowIf(config.mirror_direct === true, 'Mirror Direct Get', true);
  page.row('Allows Atomic Batch Publish', config.allow_atomic === true);
  page.row('Allows Fast Batch Publish', config.allow_batched === true);
  page.row('Allows Counters', config.allow_msg_counter === true);
  page.row('Allows Msg Delete', config.deny_delete !== true);
  page.row('Allows Per-Message TTL', config.allow_msg_ttl === true);
  page.row('Allows Purge', config.deny_purge !== true);
  page.row('Allows Schedules', config.allow_msg_schedules === true);
  const markerTtl = config.subject_delete_marker_ttl ?? 0;
  if (config.allow_msg_ttl === true && markerTtl > 0) page.duration('Subject Delete Markers TTL', markerTtl);
  page.row('Allows Rollups', config.allow_rollup_hdrs === true);
}

const UNLIMITED = 'unlimited';

function addLimits(page: Page, config: StreamConfig): void {
  const { max_msgs: messages, max_bytes: bytes, max_age: age, max_consumers: consumers } = config;
  const perSubject = config.max_msgs_per_subject ?? -1;
  const messageSize = config.max_msg_size ?? -1;
  page.title('Limits');
  page.row('Maximum Messages', messages === -1 ? UNLIMITED : messages);
  page.row('Maximum Per Subject', perSubject <= 0 ? UNLIMITED : perSubject);
  page.row('Maximum Bytes', bytes === -1 ? UNLIMITED : sizeText(bytes));
  page.row('Maximum Age', age <= 0 ? UNLIMITED : durationHuman(age));
  page.row('Maximum Message Size', messageSize === -1 ? UNLIMITED : sizeText(messageSize));
  page.row('Maximum Consumers', consumers === -1 ? UNLIMITED : consumers);
  const { inactive_threshold: inactive = 0, max_ack_pending: pending = 0 } = config.consumer_limits ?? {};
  if (inactive > 0) page.duration('Consumer Inactive Threshold', inactive);
  page.rowIf(pending > 0, 'Consumer Max Ack Pending', pending);
}

function addCluster(session: Session, page: Page, info: StreamInfo): void {
  const { cluster } = info;
  if (cluster === undefined || cluster === null || (cluster.name ?? '') === '') return;
  page.title('Cluster Information');
  page.row('Name', cluster.name ?? '');
  if (cluster.system_account === true) page.row('Cluster Traffic Account', 'System Account');
  else page.rowIfText('Cluster Traffic Account', cluster.traffic_account);
  page.rowIfText('Cluster Group', cluster.raft_group);
  page.row('Leader', leaderText(session, cluster, info.ts));
  addReplicas(page, cluster);
  page.text();
}

/** The leader, and since when. */
export function leaderText(session: Session, cluster: ClusterInfo, nowText: string | undefined): string {
  const { leader = '', leader_since: since } = cluster;
  if (since === undefined) return leader;
  const nowMs = nowText === undefined ? session.nowMs() : timeMs(nowText);
  return `${leader} (${durationHuman(Math.max(0, nowMs - timeMs(since)) * 1e6)})`;
}

/** One row per replica: how current it is, when it was seen, how far behind it is. Consumers have the same. */
export function addReplicas(page: Page, cluster: ClusterInfo): void {
  for (const { name, current, offline, active, lag = 0, pending } of cluster.replicas ?? []) {
    const state = [name, current ? 'current' : 'outdated'];
    if (offline === true) state.push('OFFLINE');
    state.push(active > 0 && active < FOREVER_NS ? `seen ${durationHuman(active)} ago` : 'not seen');
    if (pending === true) state.push('(pending)');
    if (lag > 0) state.push(`${countText(lag)} operation${lag === 1 ? '' : 's'} behind`);
    page.row('Replica', state);
  }
}

function addSource(page: Page, source: StreamSourceInfo): void {
  page.row('Stream Name', source.name);
  const transforms = source.subject_transforms ?? [];
  if ((source.filter_subject ?? '') !== '') page.row('Subject Filter', source.filter_subject ?? '');
  else {
    const label = transforms.length > 1 ? 'Subject Filters and Transforms' : 'Subject Filter and Transform';
    for (const [index, { src, dest }] of transforms.entries()) {
      page.row(index === 0 ? label : '', (dest ?? '') === '' ? `${src} untransformed` : `${src} to ${dest}`);
    }
  }
  page.row('Lag', source.lag);
  const isSeen = source.active > 0 && source.active < FOREVER_NS;
  page.row('Last Seen', isSeen ? durationHuman(source.active) : 'never');
  page.rowIfText('Ext. API Prefix', source.external?.api);
  page.rowIfText('Ext. Delivery Prefix', source.external?.deliver);
  page.rowIfText('Error', source.error?.description);
}

function addState(session: Session, page: Page, info: StreamInfo): void {
  const { state } = info;
  page.title('State');
  addHost(page, info.config.metadata);
  page.row('Messages', state.messages);
  page.row('Bytes', sizeText(state.bytes));
  const lost = state.lost?.msgs ?? [];
  page.rowIf(lost.length > 0, 'Lost Messages', `${countText(lost.length)} (${sizeText(state.lost?.bytes ?? 0)})`);
  page.row('First Sequence', sequenceText(session, state.first_seq, state.first_ts));
  page.row('Last Sequence', sequenceText(session, state.last_seq, state.last_ts));
  const deleted = (state.deleted ?? []).length > 0 ? (state.deleted ?? []).length : (state.num_deleted ?? 0);
  page.rowIf(deleted > 0, 'Deleted Messages', deleted);
  page.row('Active Consumers', state.consumer_count);
  page.rowIf((state.num_subjects ?? 0) > 0, 'Number of Subjects', state.num_subjects ?? 0);
  addAlternates(page, info);
}

/** What the server has written into the metadata: which release holds it, which level it needs. */
export function addHost(page: Page, metadata: Readonly<Record<string, string>> = {}): void {
  const { '_nats.ver': version = '', '_nats.level': level = '', '_nats.req.level': required = '' } = metadata;
  page.rowIfText('Host Version', version);
  if (level !== '' || required !== '') {
    page.row('Required API Level', `${required === '' ? '0' : required} hosted at level ${level}`);
  }
}

function sequenceText(session: Session, seq: number, time: string): string {
  return timeMs(time) <= 0 ? countText(seq) : `${countText(seq)} @ ${session.time(time)}`;
}

function addAlternates(page: Page, { alternates = [] }: StreamInfo): void {
  const nameWidth = Math.max(0, ...alternates.map(({ name }) => name.length));
  const clusterWidth = Math.max(0, ...alternates.map(({ cluster }) => cluster.length));
  for (const [index, { name, cluster, domain = '' }] of alternates.entries()) {
    const text = `${name.padStart(nameWidth)}: Cluster: ${cluster.padStart(clusterWidth)}`;
    page.row(index === 0 ? 'Alternates' : '', domain === '' ? text : `${text} Domain: ${domain}`);
  }
}

function sourceText(source: StreamSource): string {
  const parts = [source.name];
  if ((source.opt_start_seq ?? 0) > 0) parts.push(`Start Seq: ${countText(source.opt_start_seq ?? 0)}`);
  if (source.opt_start_time !== undefined) parts.push(`Start Time: ${source.opt_start_time}`);
  if ((source.external?.api ?? '') !== '') parts.push(`API Prefix: ${source.external?.api}`);
  if ((source.external?.deliver ?? '') !== '') parts.push(`Delivery Prefix: ${source.external?.deliver}`);
  if (source.consumer !== undefined) {
    const { name = '', deliver_subject: deliver = '' } = source.consumer;
    parts.push(deliver === '' ? `Consumer Name: ${name}` : `Consumer Name: ${name} (${deliver})`);
  }
  return parts.join(', ');
}

function retentionText(retention: string): string {
  return retention === 'workqueue' ? 'WorkQueue' : capitalised(retention);
}

function compressionText(compression: string): string {
  return compression === 's2' ? 'S2 Compression' : compression;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without what the server keeps there for itself. */
export function userMetadata(metadata: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('_nats.')));
}
