// The pages that show a bucket. Compat: natscli cli/kv_command.go showStatus, object_command.go showBucketInfo.
import type { StreamInfo, StreamSourceInfo } from '../client/js_types.ts';
import { Page } from '../output/columns.ts';
import { durationGo, durationHuman, FOREVER_NS, sizeText } from '../output/human.ts';
import type { Session } from '../session.ts';
import { addReplicas, userMetadata } from '../streams/stream_page.ts';
import { bucketOf, KEY_VALUE, OBJECTS } from './bucket.ts';

const UNLIMITED = 'unlimited';

export function kvPage(session: Session, info: StreamInfo): Page {
  const { config, state } = info;
  const name = bucketOf(KEY_VALUE, config.name);
  const page = new Page(`Information for Key-Value Store Bucket ${name} created ${session.time(info.created)}`);
  const markerTtl = config.subject_delete_marker_ttl ?? 0;
  page.title('Configuration');
  page.row('Bucket Name', name);
  page.row('History Kept', config.max_msgs_per_subject ?? -1);
  page.row('Values Stored', state.messages);
  page.row('Compressed', isCompressed(info));
  page.row('Per-Key TTL Supported', markerTtl > 0);
  page.rowIf(markerTtl > 0, 'Limit Marker TTL', durationGo(markerTtl));
  page.row('Backing Store Kind', 'JetStream');
  page.rowIfText('Description', config.description);
  page.row('Bucket Size', sizeText(state.bytes));
  page.row('Maximum Bucket Size', limitText(config.max_bytes));
  page.row('Maximum Value Size', limitText(config.max_msg_size ?? -1));
  page.row('Maximum Age', ageText(config.max_age));
  page.row('JetStream Stream', config.name);
  page.row('Storage', storageText(info));
  const { republish } = config;
  if (republish !== undefined) {
    const label = republish.headers_only === true ? 'Republishing Headers' : 'Republishing';
    page.row(label, `${republish.src} to ${republish.dest}`);
  }
  addMirror(page, info);
  addSources(page, info);
  const metadata = userMetadata(config.metadata);
  if (Object.keys(metadata).length > 0) {
    page.title('Metadata');
    page.map(metadata, session.style);
  }
  addCluster(page, info);
  return page;
}

export function objectBucketPage(session: Session, info: StreamInfo): Page {
  const { config, state } = info;
  const name = bucketOf(OBJECTS, config.name);
  const page = new Page(`Information for Object Store Bucket ${name} created ${session.time(info.created)}`);
  page.title('Configuration');
  page.row('Bucket Name', name);
  page.rowIfText('Description', config.description);
  page.row('Replicas', config.num_replicas);
  page.row('TTL', ageText(config.max_age));
  page.row('Sealed', config.sealed === true);
  page.row('Size', sizeText(state.bytes));
  page.row('Maximum Bucket Size', limitText(config.max_bytes));
  page.row('Storage', storageText(info));
  page.row('Backing Store Kind', 'JetStream');
  page.row('JetStream Stream', config.name);
  const metadata = Object.entries(userMetadata(config.metadata)).map(([key, value]) => `${key}: ${value}`);
  page.list('Metadata', metadata, session.style);
  addCluster(page, info);
  return page;
}

function isCompressed({ config }: StreamInfo): boolean {
  return (config.compression ?? 'none') !== 'none' && config.compression !== '';
}

function limitText(bytes: number): string {
  return bytes === -1 ? UNLIMITED : sizeText(bytes);
}

function ageText(ns: number): string {
  return ns <= 0 ? UNLIMITED : durationHuman(ns);
}

function storageText({ config }: StreamInfo): string {
  return config.storage === 'file' ? 'File' : 'Memory';
}

function addMirror(page: Page, { config, mirror }: StreamInfo): void {
  if (mirror === undefined || mirror === null) return;
  page.title('Mirror Information');
  page.row('Origin Bucket', bucketOf(KEY_VALUE, config.mirror?.name ?? mirror.name));
  addSource(page, mirror, config.mirror?.external?.api);
}

function addSources(page: Page, { config, sources }: StreamInfo): void {
  if ((sources ?? []).length === 0) return;
  page.title('Sources Information');
  // The server gives them in another order every time.
  for (const source of [...(sources ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const configured = config.sources?.find(({ name }) => name === source.name);
    page.row('Source Bucket', bucketOf(KEY_VALUE, source.name));
    addSource(page, source, configured?.external?.api);
  }
}

function addSource(page: Page, { active, lag }: StreamSourceInfo, externalApi: string | undefined): void {
  page.rowIfText('External API', externalApi);
  page.row('Last Seen', active > 0 && active < FOREVER_NS ? durationHuman(active) : 'never');
  page.row('Lag', lag);
}

function addCluster(page: Page, { cluster }: StreamInfo): void {
  if (cluster === undefined || cluster === null) return;
  page.title('Cluster Information');
  page.row('Name', cluster.name ?? '');
  page.row('Leader', cluster.leader ?? '');
  addReplicas(page, cluster);
}
