// JSON of two servers made comparable: what differs from server to server and from run to run becomes the name of its
// type, everything else stays, in the order in which it came. Compares nothing by itself.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Keys whose values two servers never agree on. What they send has times in it, whose lengths differ; and whether the last
 * words of a connection had left when it was looked at is chance.
 */
const UNDETERMINED = new Set([
  ...[
    'server_id',
    'id',
    'now',
    'start',
    'stop',
    'time',
    'timestamp',
    'config_load_time',
    'created',
    'ts',
    'update_time',
  ],
  ...['first_ts', 'last_ts', 'last_active', 'last_activity', 'uptime', 'idle', 'rtt', 'pinned_ts', 'last_time'],
  ...['cid', 'port', 'http_port', 'go', 'mem', 'cpu', 'seq', 'store_dir', 'config_digest'],
  ...['out_bytes', 'out_client_bytes', 'pending_bytes', 'tls_cert_not_after'],
]);

/** Lists that the reference gives in no order. */
const UNORDERED = new Set([
  ...['subscriptions_list', 'subscriptions_list_detail', 'stream_detail', 'consumer_detail', 'account_details'],
  ...['accounts', 'account_statz', 'exports', 'imports', 'approved_accounts'],
]);

export interface ShapeRules {
  /** More keys whose values say nothing. */
  readonly undetermined?: readonly string[];
  /** Keys that one of the servers has and the other rightly has not. */
  readonly left_out?: readonly string[];
}

export function comparable(value: Json, rules: ShapeRules = {}): Json {
  const undetermined = new Set([...UNDETERMINED, ...(rules.undetermined ?? [])]);
  const leftOut = new Set(rules.left_out ?? []);
  return shapeOf(value, undetermined, leftOut);
}

function shapeOf(value: Json, undetermined: ReadonlySet<string>, leftOut: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => shapeOf(item, undetermined, leftOut));
  if (value === null || typeof value !== 'object') return value;
  const shaped: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    if (leftOut.has(key)) continue;
    const shape = undetermined.has(key) ? typeName(member) : shapeOf(member, undetermined, leftOut);
    shaped[key] = UNORDERED.has(key) && Array.isArray(shape) ? sorted(shape) : shape;
  }
  return shaped;
}

function sorted(list: readonly Json[]): Json[] {
  return list
    .map((item) => JSON.stringify(item))
    .sort()
    .map((text) => JSON.parse(text) as Json);
}

/** A type's name; of a time the form of the text too, as clients parse it. */
function typeName(value: Json): string {
  if (value === null) return '<null>';
  if (Array.isArray(value)) return '<array>';
  if (typeof value !== 'string') return `<${typeof value}>`;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return '<time>';
  if (/^(\d+y)?(\d+d)?(\d+h)?(\d+m)?[\d.]+(s|ms|µs|ns)$/.test(value)) return '<duration>';
  return '<string>';
}
