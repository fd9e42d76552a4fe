// What is peculiar to documents of NACK, the Kubernetes controller for JetStream: its version, the defaults that its
// schema fills in, and the fields that say how the controller connects. Facts: nats-io/nack deploy/crds.yml.
import type { AssetKind } from './asset_kind.ts';
import { BOOLEAN, type Draft, type Field, type Kind, TEXT, TEXTS } from './field.ts';

export const NACK_API_VERSION = 'jetstream.nats.io/v1beta2';

const ANYTHING: Kind = { read: (value) => value };

/** Understood, so that documents need no change; the command connects by its own flags and context. */
export const CONNECTION_FIELDS: readonly Field[] = [
  { key: 'servers', kind: TEXTS },
  { key: 'creds', kind: TEXT },
  { key: 'nkey', kind: TEXT },
  { key: 'tls', kind: ANYTHING },
  { key: 'tls_first', kind: BOOLEAN },
];

export interface NackReading {
  readonly settings: Draft;
  readonly notes: readonly string[];
}

/**
 * What the document says, with what NACK's schema fills in where that is other than the server's default. Its ackWait of
 * one nanosecond, which Kubernetes also shows in documents that never said it, is left out: with it every message would be
 * delivered again at once. Compat: nats-io/nack issue 136.
 */
export function readAsNack(kind: AssetKind, said: Draft): NackReading {
  if (kind === 'Stream' && said['storage'] === undefined) {
    const note =
      "storage is memory, NACK's default: messages are lost when the server restarts; say storage: file to keep them";
    return { settings: { storage: 'memory', ...said }, notes: [note] };
  }
  if (kind === 'Consumer' && said['ack_wait'] === 1) {
    const { ack_wait: _filler, ...rest } = said;
    return { settings: rest, notes: ["ackWait 1ns, which NACK's schema fills in, is taken as not said"] };
  }
  return { settings: said, notes: [] };
}
