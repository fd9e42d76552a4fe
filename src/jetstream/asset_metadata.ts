// The entries that the server itself keeps in the metadata of streams and consumers: which API level an asset needs
// (stored with it) and who serves it (added to answers only). Pure.
// Compat: nats-server jetstream_versioning.go.

/** The API level of the reference release, 2.15.2: 1 is 2.11, 2 is 2.12, 4 is 2.14. */
export const API_LEVEL = 5;
/** The reference release whose behaviour is offered; clients compare it. */
export const SERVER_VERSION = '2.15.2';

const REQUIRED_LEVEL_KEY = '_nats.req.level';
const VERSION_KEY = '_nats.ver';
const LEVEL_KEY = '_nats.level';

export type Metadata = ReadonlyMap<string, string>;

interface WithMetadata {
  readonly metadata: Metadata;
}

function withoutDynamic(metadata: Metadata): Map<string, string> {
  const out = new Map(metadata);
  out.delete(VERSION_KEY);
  out.delete(LEVEL_KEY);
  return out;
}

/** The configuration as it is stored: says which level it needs, and nothing about who serves it. */
export function withStaticMetadata<T extends WithMetadata>(config: T, levelNeeded: number): T {
  return { ...config, metadata: withoutDynamic(config.metadata).set(REQUIRED_LEVEL_KEY, String(levelNeeded)) };
}

/** The configuration as it is answered. */
export function withDynamicMetadata<T extends WithMetadata>(config: T): T {
  const metadata = new Map(config.metadata);
  metadata.set(VERSION_KEY, SERVER_VERSION).set(LEVEL_KEY, String(API_LEVEL));
  return { ...config, metadata };
}

/** The configuration with the server's entries taken from an older one, so that the two compare by what a user said. */
export function withMetadataOf<T extends WithMetadata>(config: T, older: WithMetadata): T {
  const metadata = withoutDynamic(config.metadata);
  const level = older.metadata.get(REQUIRED_LEVEL_KEY);
  if (level === undefined) metadata.delete(REQUIRED_LEVEL_KEY);
  else metadata.set(REQUIRED_LEVEL_KEY, level);
  return { ...config, metadata };
}

/** Whether a request's `Nats-Required-Api-Level` is one that this server has. Compat: anything but an integer is not. */
export function isApiLevelSupported(required: string): boolean {
  return required === '' || (/^[+-]?\d+$/.test(required) && Number(required) <= API_LEVEL);
}
