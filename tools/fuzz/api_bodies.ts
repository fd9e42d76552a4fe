// Bodies of JetStream API requests with every field there is, as a tree of which single values are replaced by ones that
// nobody expects. The text is well-formed JSON; whoever wants broken JSON mutates it.
import type { Prng } from '../../src/base/prng.ts';
import { STRANGE_NUMBERS, STRANGE_VALUES } from './json_text.ts';

type Tree = { readonly [key: string]: Tree | string };

/** Leaves are JSON texts. */
const STREAM: Tree = {
  ...{
    name: '"S"',
    description: '"d"',
    subjects: '["a.*","b"]',
    retention: '"limits"',
    max_consumers: '-1',
    max_msgs: '-1',
  },
  ...{
    max_bytes: '-1',
    max_age: '0',
    max_msgs_per_subject: '-1',
    max_msg_size: '-1',
    discard: '"old"',
    storage: '"memory"',
  },
  ...{ num_replicas: '1', no_ack: 'false', duplicate_window: '120000000000', compression: '"none"', first_seq: '1' },
  ...{
    allow_direct: 'true',
    mirror_direct: 'false',
    discard_new_per_subject: 'false',
    sealed: 'false',
    deny_delete: 'false',
  },
  ...{ deny_purge: 'false', allow_rollup_hdrs: 'true', allow_msg_ttl: 'false', subject_delete_marker_ttl: '0' },
  ...{ allow_msg_counter: 'false', allow_atomic: 'true', allow_msg_schedules: 'false', persist_mode: '"default"' },
  ...{ allow_batched: 'true', metadata: '{"a":"b"}', pedantic: 'false' },
  placement: { cluster: '"C"', tags: '["t"]', preferred: '""' },
  subject_transform: { src: '"a.*"', dest: '"c.{{wildcard(1)}}"' },
  republish: { src: '">"', dest: '"r.>"', headers_only: 'false' },
  consumer_limits: { inactive_threshold: '0', max_ack_pending: '0' },
  mirror: { name: '"M"', opt_start_seq: '1', opt_start_time: 'null', filter_subject: '"f"', subject_transforms: '[]' },
  sources: '[{"name":"M","opt_start_seq":1,"external":{"api":"$JS.X.API","deliver":"d"},"filter_subject":"f"}]',
};

const CONSUMER: Tree = {
  ...{ durable_name: '"C"', name: '"C"', description: '"d"', deliver_policy: '"all"', opt_start_seq: '1' },
  ...{ opt_start_time: '"2024-01-01T00:00:00Z"', ack_policy: '"explicit"', ack_wait: '30000000000', max_deliver: '-1' },
  ...{
    backoff: '[1000000000,2000000000]',
    filter_subject: '"a.1"',
    filter_subjects: '["a.1","b"]',
    replay_policy: '"instant"',
  },
  ...{ rate_limit_bps: '0', sample_freq: '"100%"', max_waiting: '512', max_ack_pending: '1000', flow_control: 'false' },
  ...{
    headers_only: 'false',
    max_batch: '0',
    max_expires: '0',
    max_bytes: '0',
    deliver_subject: '"d"',
    deliver_group: '"g"',
  },
  ...{ idle_heartbeat: '1000000000', inactive_threshold: '5000000000', num_replicas: '0', mem_storage: 'true' },
  ...{ direct: 'false', sourcing: 'false', metadata: '{}', pause_until: 'null', priority_groups: '["g"]' },
  ...{ priority_policy: '"overflow"', priority_timeout: '0' },
};

const CREATE_CONSUMER: Tree = { stream_name: '"S"', action: '""', pedantic: 'false', config: CONSUMER };
const MESSAGE: Tree = {
  ...{ seq: '1', last_by_subj: '"a.1"', next_by_subj: '"a.*"', batch: '10', max_bytes: '0', start_time: 'null' },
  ...{ multi_last: '["a.*"]', up_to_seq: '5', up_to_time: 'null', no_hdr: 'false' },
};
const MESSAGE_DELETE: Tree = { seq: '1', no_erase: 'true' };
const PURGE: Tree = { seq: '2', keep: '1', filter: '"a.1"' };
const PAGE: Tree = { offset: '0' };
const STREAM_PAGE: Tree = { offset: '0', subject: '"a.*"' };
const STREAM_INFO: Tree = { offset: '0', subjects_filter: '">"', deleted_details: 'true' };
const UNPIN: Tree = { group: '"g"' };
const PULL: Tree = {
  ...{ expires: '1000000000', batch: '5', max_bytes: '0', no_wait: 'true', idle_heartbeat: '0', group: '"g"' },
  ...{ min_pending: '0', min_ack_pending: '0', id: '"x"', priority: '0' },
};
const PAUSE: Tree = { pause_until: '"2030-01-01T00:00:00Z"' };
const RESET: Tree = { seq: '1' };
const SNAPSHOT: Tree = {
  deliver_subject: '"d"',
  no_consumers: 'false',
  chunk_size: '1024',
  window_size: '1',
  jsck: 'false',
};
const RESTORE: Tree = { config: STREAM, state: { messages: '1', bytes: '1', first_seq: '1', last_seq: '1' } };

const TREES = {
  STREAM,
  CREATE_CONSUMER,
  MESSAGE,
  MESSAGE_DELETE,
  PURGE,
  PAGE,
  STREAM_PAGE,
  STREAM_INFO,
  UNPIN,
  PULL,
  PAUSE,
  RESET,
  SNAPSHOT,
  RESTORE,
} as const;

export type BodyName = keyof typeof TREES;

export const BODY_NAMES = Object.keys(TREES) as readonly BodyName[];

/** A body in which fields are left out with the probability `missing` and replaced with the probability `strange`. */
export function apiBody(random: Prng, name: BodyName, missing: number, strange: number): string {
  return text(random, TREES[name], missing, strange);
}

function text(random: Prng, tree: Tree, missing: number, strange: number): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(tree)) {
    if (random.chance(missing)) continue;
    const plain = typeof value === 'string' ? value : text(random, value, missing, strange);
    parts.push(`"${key}":${random.chance(strange) ? strangeValue(random) : plain}`);
  }
  return `{${parts.join(',')}}`;
}

function strangeValue(random: Prng): string {
  return random.chance(0.6) ? random.pick(STRANGE_NUMBERS) : random.pick(STRANGE_VALUES);
}

/** Every field of a body, by the path to it, of fields within fields the innermost. */
export function fieldPaths(name: BodyName): readonly (readonly string[])[] {
  const paths: string[][] = [];
  const walk = (tree: Tree, path: readonly string[]): void => {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value === 'string') paths.push([...path, key]);
      else walk(value, [...path, key]);
    }
  };
  walk(TREES[name], []);
  return paths;
}

/** A body with nothing in it but this field. */
export function bodyWithField(path: readonly string[], value: string): string {
  return path.reduceRight((inner, key) => `{"${key}":${inner}}`, value);
}
