// The shared scenarios with the third generation of the official JavaScript client (@nats-io/*).
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { Svcm } from '@nats-io/services';
import * as transport from '@nats-io/transport-node';
import { run } from './scenarios.mjs';

/** An error in words that every client can say; see ../README.md. */
function describeError(error) {
  const refusal = [error, error.cause].find((candidate) => typeof candidate?.apiError === 'function');
  if (refusal !== undefined) {
    const { code, err_code, description } = refusal.apiError();
    return { code, err_code, description };
  }
  // A publish that no stream takes is turned into this error by the client.
  if (error.name === 'JetStreamNotEnabled') return 'no responders';
  for (const candidate of [error, error.cause]) {
    if (candidate instanceof transport.errors.NoRespondersError) return 'no responders';
    if (candidate instanceof transport.errors.TimeoutError) return 'timeout';
    if (candidate instanceof transport.errors.AuthorizationError) return 'authorization violation';
  }
  if (error.message.includes('max_payload')) return 'max payload';
  return `${error.name}: ${error.message}`;
}

await run({
  connect: transport.connect,
  nkeyAuthenticator: transport.nkeyAuthenticator,
  headers: transport.headers,
  createInbox: transport.createInbox,
  jetstream,
  jetstreamManager,
  createKv: (t, bucket, options) => new Kvm(t.js ?? t.nc).create(bucket, options),
  openKv: (t, bucket) => new Kvm(t.js ?? t.nc).open(bucket),
  createObjects: (t, bucket, options) => new Objm(t.js).create(bucket, options),
  services: (nc) => new Svcm(nc),
  orderedFrom: (t, { stream, sequence, filter }) =>
    t.js.consumers.get(stream, {
      opt_start_seq: sequence,
      deliver_policy: 'by_start_sequence',
      filter_subjects: filter,
    }),
  pushMessages: async (t, stream, name) => (await t.js.consumers.getPushConsumer(stream, name)).consume(),
  /** How many empty entries an object store's watch puts after what was there already. */
  watchEndMarkers: 0,
  describeError,
});
