// The shared scenarios with the second generation of the official JavaScript client (the package `nats`).
// `--modules DIR` names the folder that its package.json was installed in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '../javascript/scenarios.mjs';

const modules = process.argv[process.argv.indexOf('--modules') + 1];
const nats = createRequire(join(modules, 'package.json'))('nats');

const WORDS = {
  503: 'no responders',
  TIMEOUT: 'timeout',
  AUTHORIZATION_VIOLATION: 'authorization violation',
  MAX_PAYLOAD_EXCEEDED: 'max payload',
};

/** An error in words that every client can say; see ../README.md. */
function describeError(error) {
  if (error.api_error !== undefined) {
    const { code, err_code, description } = error.api_error;
    if (err_code === 10037) return 'not found';
    if (err_code !== undefined) return { code, err_code, description };
  }
  if (error.message === 'message not found') return 'not found';
  return WORDS[error.code] ?? `${error.name}: ${error.message}`;
}

await run({
  connect: nats.connect,
  nkeyAuthenticator: nats.nkeyAuthenticator,
  headers: nats.headers,
  createInbox: nats.createInbox,
  jetstream: (nc) => nc.jetstream(),
  jetstreamManager: (nc) => nc.jetstreamManager(),
  createKv: (t, bucket, options) => t.js.views.kv(bucket, options),
  openKv: (t, bucket) => t.js.views.kv(bucket),
  createObjects: (t, bucket, options) => t.js.views.os(bucket, options),
  services: (nc) => nc.services,
  orderedFrom: (t, { stream, sequence, filter }) =>
    t.js.consumers.get(stream, {
      opt_start_seq: sequence,
      deliver_policy: 'by_start_sequence',
      filterSubjects: filter,
    }),
  pushMessages: (t, stream, name) => t.js.subscribe('', nats.consumerOpts().bind(stream, name)),
  /** How many empty entries an object store's watch puts after what was there already. */
  watchEndMarkers: 1,
  describeError,
});
