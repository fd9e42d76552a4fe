// What a document asks for: a stream, a consumer or a bucket, with the configuration to send. Takes Contrail's own
// documents and NACK's; everything that is wrong with any of them is told at once. Never asks a server.
import { isValidAssetName } from '../../jetstream/asset_names.ts';
import { CommandError } from '../errors.ts';
import { didYouMean } from '../input/suggestion.ts';
import { ASSET_KINDS, type AssetKind } from './asset_kind.ts';
import { KEY_VALUE_FIELDS, OBJECT_STORE_FIELDS } from './bucket_fields.ts';
import { bucketFault, bucketStream } from './bucket_stream.ts';
import { CONSUMER_FIELDS } from './consumer_fields.ts';
import {
  BOOLEAN,
  type Draft,
  type FaultSink,
  type Field,
  isObject,
  type Path,
  pathText,
  readFields,
  TEXT,
} from './field.ts';
import { CONNECTION_FIELDS, NACK_API_VERSION, readAsNack } from './nack.ts';
import { STREAM_FIELDS } from './stream_fields.ts';
import type { TextDocument } from './yaml_text.ts';

export const OWN_API_VERSION = 'contrail/v1';

export interface Place {
  readonly file: string;
  readonly document: number;
  readonly line: number;
}

export interface WantedAsset {
  readonly kind: AssetKind;
  /** As people call it: the bucket's name, not its stream's. */
  readonly name: string;
  /** The server's stream that it is or is on. */
  readonly stream: string;
  /** As a request has it; what the document does not say is not there. */
  readonly config: Draft;
  readonly place: Place;
  /** It may be made, but not changed. */
  readonly preventUpdate: boolean;
  /** It is never pruned. */
  readonly preventDelete: boolean;
  /** NACK's account, a name within Kubernetes; null where none is named. */
  readonly account: string | null;
  /** JetStream domain that it must be in; null where none is named. */
  readonly domain: string | null;
  /** What of the document has no effect, or a surprising one. */
  readonly notes: readonly string[];
}

export interface DocumentSet {
  readonly assets: readonly WantedAsset[];
  /** About documents that were left out. */
  readonly notes: readonly string[];
}

/** Shorter words for kinds, in Contrail's own documents. */
const SHORT_KINDS: ReadonlyMap<string, AssetKind> = new Map([
  ['KV', 'KeyValue'],
  ['Object', 'ObjectStore'],
]);

const GUARD_FIELDS: readonly Field[] = [
  { key: 'prevent_delete', kind: BOOLEAN },
  { key: 'prevent_update', kind: BOOLEAN },
];
const ACCOUNT_FIELDS: readonly Field[] = [
  { key: 'account', kind: TEXT },
  { key: 'js_domain', kind: TEXT },
];

const FIELDS: Readonly<Record<AssetKind, readonly Field[]>> = {
  Stream: STREAM_FIELDS,
  Consumer: CONSUMER_FIELDS,
  KeyValue: KEY_VALUE_FIELDS,
  ObjectStore: OBJECT_STORE_FIELDS,
};

/** Throws one CommandError with all faults of all documents. */
export function readAssets(documents: readonly TextDocument[]): DocumentSet {
  const faults: string[] = [];
  const notes: string[] = [];
  const assets: WantedAsset[] = [];
  for (const document of documents) {
    if (document.value['kind'] === 'Account' && document.value['apiVersion'] === NACK_API_VERSION) {
      notes.push(`${whereText(document, [])} Account is left out: the connection is this command's own, see --context`);
      continue;
    }
    assets.push(...assetsOf(document, (path, text) => faults.push(faultText(document, path, text))));
  }
  if (faults.length > 0) throw new CommandError(faultList(faults));
  return { assets, notes };
}

function faultList(faults: readonly string[]): string {
  if (faults.length === 1) return faults[0] ?? '';
  return `${faults.length} faults in the documents, nothing was sent:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
}

function whereText(document: TextDocument, path: Path): string {
  return `${document.file}:${document.lineOf(path)}: document ${document.number}:`;
}

function faultText(document: TextDocument, path: Path, text: string): string {
  const field = pathText(path);
  return `${whereText(document, path)} ${field === '' ? '' : `${field}: `}${text}`;
}

function assetsOf(document: TextDocument, sink: FaultSink): WantedAsset[] {
  const { value } = document;
  const kind = kindOf(value, sink);
  if (kind === null) return [];
  const hasSpec = 'spec' in value;
  const isNack = value['apiVersion'] === NACK_API_VERSION;
  if (!hasSpec && !isNack) {
    const { apiVersion: _apiVersion, kind: _kind, ...spec } = value;
    return specAssets(document, { kind, spec, path: [], isNack, nameOutside: null }, sink);
  }
  for (const name of Object.keys(value)) {
    if (!ENVELOPE.includes(name)) sink([name], `unknown field${didYouMean(name, ENVELOPE)}; settings stand under spec`);
  }
  const { spec, metadata } = value;
  if (!isObject(spec)) {
    sink(['spec'], 'must be an object with the settings');
    return [];
  }
  const outside = isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : null;
  return specAssets(document, { kind, spec, path: ['spec'], isNack, nameOutside: outside }, sink);
}

const ENVELOPE = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

function kindOf(value: TextDocument['value'], sink: FaultSink): AssetKind | null {
  const { apiVersion: version, kind } = value;
  if (version !== undefined && version !== NACK_API_VERSION && version !== OWN_API_VERSION) {
    const near = typeof version === 'string' ? didYouMean(version, [NACK_API_VERSION]) : '';
    sink(['apiVersion'], `must be ${NACK_API_VERSION}, ${OWN_API_VERSION} or left out, not ${String(version)}${near}`);
    return null;
  }
  if (kind === undefined && version !== NACK_API_VERSION) return guessedKind(value, sink);
  const known = ASSET_KINDS.find((one) => one === kind) ?? SHORT_KINDS.get(String(kind));
  if (known !== undefined) return known;
  const near = typeof kind === 'string' ? didYouMean(kind, ASSET_KINDS) : '';
  sink(['kind'], `must be ${ASSET_KINDS.join(', ')}, not ${kind === undefined ? 'left out' : String(kind)}${near}`);
  return null;
}

function guessedKind(value: TextDocument['value'], sink: FaultSink): AssetKind | null {
  const spec = isObject(value['spec']) ? value['spec'] : value;
  if ('bucket' in spec) {
    sink([], 'what kind of bucket? Say kind: KeyValue or kind: ObjectStore');
    return null;
  }
  const isConsumer = ['stream', 'stream_name', 'streamName'].some((name) => name in spec);
  return isConsumer ? 'Consumer' : 'Stream';
}

interface Spec {
  readonly kind: AssetKind;
  readonly spec: Draft;
  readonly path: Path;
  readonly isNack: boolean;
  /** `metadata.name` of an envelope. */
  readonly nameOutside: string | null;
}

/** The asset, and the consumers that a stream's document has within it. */
function specAssets(document: TextDocument, given: Spec, sink: FaultSink): WantedAsset[] {
  const { kind, path, isNack } = given;
  const { consumers, ...spec } = given.spec;
  const holdsConsumers = kind === 'Stream' && consumers !== undefined && consumers !== null;
  const fields = [...FIELDS[kind], ...GUARD_FIELDS, ...ACCOUNT_FIELDS, ...CONNECTION_FIELDS];
  const read = readFields(holdsConsumers ? spec : given.spec, fields, { path, sink });
  const { settings, notes } = isNack ? readAsNack(kind, read) : { settings: read, notes: [] };
  const asset = assetOf(document, { ...given, spec: settings, notes }, sink);
  if (asset === null) return [];
  if (!holdsConsumers) return [asset];
  if (!Array.isArray(consumers)) {
    sink([...path, 'consumers'], 'must be a list of consumers');
    return [asset];
  }
  const within = consumers.flatMap((one, index) => {
    const here = [...path, 'consumers', index];
    if (!isObject(one)) {
      sink(here, 'must be an object with the settings of a consumer');
      return [];
    }
    const consumer = { kind: 'Consumer', path: here, isNack, nameOutside: null } as const;
    return specAssets(document, { ...consumer, spec: { stream_name: asset.stream, ...one } }, sink);
  });
  return [asset, ...within];
}

/** Read, with notes about it so far. */
type ReadSpec = Spec & { readonly notes: readonly string[] };

function assetOf(document: TextDocument, given: ReadSpec, sink: FaultSink): WantedAsset | null {
  const { kind, spec, path, nameOutside } = given;
  const { prevent_update: preventUpdate, prevent_delete: preventDelete, account, js_domain: domain, ...rest } = spec;
  const connection = CONNECTION_FIELDS.filter(({ key }) => rest[key] !== undefined && isSomething(rest[key]));
  const config = Object.fromEntries(Object.entries(rest).filter(([key]) => !CONNECTION_KEYS.has(key)));
  const named = identityOf(kind, { config, nameOutside, path, sink });
  if (named === null) return null;
  const ineffective = connection.map(
    ({ key }) => `${pathText([...path, key])} has no effect: the connection is this command's own`,
  );
  const place = {
    file: document.file,
    document: document.number,
    line: document.lineOf(path.includes('consumers') ? path : []),
  };
  return {
    kind,
    ...named,
    place,
    preventUpdate: preventUpdate === true,
    preventDelete: preventDelete === true,
    account: typeof account === 'string' && account !== '' ? account : null,
    domain: typeof domain === 'string' && domain !== '' ? domain : null,
    notes: [...ineffective, ...given.notes, ...surprises(kind, spec)],
  };
}

const CONNECTION_KEYS = new Set(CONNECTION_FIELDS.map(({ key }) => key));

function isSomething(value: unknown): boolean {
  return value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}

interface Naming {
  readonly config: Draft;
  readonly nameOutside: string | null;
  readonly path: Path;
  readonly sink: FaultSink;
}

type Named = Pick<WantedAsset, 'name' | 'stream' | 'config'>;

function identityOf(kind: AssetKind, naming: Naming): Named | null {
  if (kind === 'Consumer') return consumerIdentity(naming);
  const { config, nameOutside, path, sink } = naming;
  const key = kind === 'Stream' ? 'name' : 'bucket';
  const name = config[key] ?? nameOutside;
  if (typeof name !== 'string' || name === '') {
    sink(path, `'${key}' is missing`);
    return null;
  }
  if (kind === 'Stream') {
    return isUsable(name, [...path, 'name'], sink) ? { name, stream: name, config: { ...config, name } } : null;
  }
  const settings = { ...config, bucket: name };
  const fault = bucketFault(settings);
  if (fault !== null) {
    sink([...path, fault[0]], fault[1]);
    return null;
  }
  const stream = bucketStream(kind, settings);
  return { name, stream: String(stream['name']), config: stream };
}

/** A consumer of a document is there to stay: its name is that of a durable one. */
function consumerIdentity({ config, nameOutside, path, sink }: Naming): Named | null {
  const { stream_name: stream, name, durable_name: durable, ...rest } = config;
  if (typeof name === 'string' && typeof durable === 'string' && name !== durable) {
    sink([...path, 'name'], `is '${name}', but the durable name is '${durable}': they must be the same`);
    return null;
  }
  const found = durable ?? name ?? nameOutside;
  if (typeof stream !== 'string' || stream === '') {
    sink(path, "'stream' is missing: the name of the stream that the consumer is on");
    return null;
  }
  if (typeof found !== 'string' || found === '') {
    sink(path, "'name' is missing");
    return null;
  }
  if (!isUsable(stream, [...path, 'stream'], sink) || !isUsable(found, [...path, 'name'], sink)) return null;
  return { name: found, stream, config: { ...rest, name: found, durable_name: found } };
}

function isUsable(name: string, path: Path, sink: FaultSink): boolean {
  if (isValidAssetName(name)) return true;
  sink(path, `'${name}' is no name: it may not have dots, spaces, *, >, / or \\`);
  return false;
}

function surprises(kind: AssetKind, spec: Draft): string[] {
  if (kind !== 'Consumer' || spec['ack_policy'] !== undefined) return [];
  return [
    'ack_policy is not said and so is none: what is delivered counts as done; explicit waits for acknowledgements',
  ];
}
