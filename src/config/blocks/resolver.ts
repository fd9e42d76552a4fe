// Where the tokens of accounts come from: `resolver`, as `-t` judges it. Nothing is kept yet, and no directory is made.
// Compat: opts.go, resolver; accounts.go, NewDirAccResolver and FetchTimeout.
import { durationText, parseDuration } from '../../base/duration.ts';
import { parseGoUrl } from '../../base/go_url.ts';
import { type ConfigMap, type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { type Entry, entryOf, type KeyRule, valueKey, wrongKind } from '../schema.ts';

const NO_RESOLVER = `error parsing account resolver, should be MEM or  URL("url") or a map containing dir and type state=[FULL|CACHE])`;
/** Compat: neither has to be all of the text. */
const MEMORY = /mem/i;
const URL_RESOLVER = /url(?:\(\s*"?([^\s"]*)"?\s*\))?/i;

export function resolverKey<Draft>(): KeyRule<Draft> {
  return valueKey(['resolver', 'account_resolver', 'accounts_resolver'], (_draft, value, entry) => {
    if (value.kind === 'string') readText(value.value, entry);
    else if (value.kind === 'map') readDirectory(value, entry);
    else {
      entry.findings.error(entry.position, `error parsing operator resolver, wrong type ${goTypeName(value)}`);
    }
  });
}

function readText(text: string, { position, findings }: Entry): void {
  if (MEMORY.test(text)) return;
  const match = URL_RESOLVER.exec(text);
  if (match === null) return findings.error(position, NO_RESOLVER);
  const url = (match[1] ?? '').trim();
  if (!parseGoUrl(url).ok) findings.error(position, `error parsing account resolver url [${goQuote(url)}]`);
}

interface DirectoryDraft {
  directory: string;
  type: string;
  deletes: boolean;
  /** Null: not said. */
  deletesHard: boolean | null;
  ttlNs: bigint;
  intervalNs: bigint;
  timeoutNs: bigint | null;
}

function readDirectory(map: ConfigMap, entry: Entry): void {
  const { position, findings } = entry;
  const said = readSaid(map, entry);
  if (said === null) return;
  const faults = faultsOf(said);
  for (const fault of faults) findings.error(position, fault);
  if (faults.length > 0 || !/^(?:cache|full)$/i.test(said.type)) return;
  findings.whenRead((source) => {
    const kind = source.kindOf(said.directory);
    if (kind === null || kind === 'directory') return;
    findings.error(position, 'dir needs to point to an accessible directory');
  });
}

function faultsOf({ directory, type, deletes, deletesHard, ttlNs, intervalNs, timeoutNs }: DirectoryDraft): string[] {
  const kind = type.toUpperCase();
  if (kind === 'MEM' || kind === 'MEMORY') return [];
  if (kind !== 'CACHE' && kind !== 'FULL') return [NO_RESOLVER];
  const faults: string[] = [];
  if (directory === '') faults.push('dir has no value and needs to point to a directory');
  if (kind === 'CACHE') {
    if (intervalNs !== 0n) faults.push('CACHE does not accept sync');
    if (deletes) faults.push('CACHE does not accept allow_delete');
    if (deletesHard !== null) faults.push('CACHE does not accept hard_delete');
  } else {
    if (ttlNs !== 0n) faults.push('FULL does not accept ttl');
    if (deletesHard !== null && !deletes) faults.push('hard_delete has no effect without delete');
  }
  if (timeoutNs !== null && timeoutNs <= 0n) faults.push(`Fetch timeout ${durationText(timeoutNs)} is too smal`);
  return faults;
}

/** Null when something was reported. Compat: keys in lower case only, and others are passed over. */
function readSaid(map: ConfigMap, entry: Entry): DirectoryDraft | null {
  let isGood = true;
  const of = <Kind extends ConfigValue['kind']>(
    key: string,
    kind: Kind,
  ): Extract<ConfigValue, { kind: Kind }> | null => {
    const node = map.entries.get(key);
    if (node === undefined) return null;
    if (isOfKind(node.value, kind)) return node.value;
    wrongKind(entryOf(key, node, entry.findings), EXPECTED[kind] ?? kind);
    isGood = false;
    return null;
  };
  const durationOf = (key: string): bigint | null => {
    const text = of(key, 'string');
    if (text === null) return null;
    const duration = parseDuration(text.value);
    if (duration.ok) return duration.value;
    entry.findings.error(entry.position, duration.error);
    isGood = false;
    return null;
  };
  of('limit', 'integer');
  const said = {
    directory: of('dir', 'string')?.value ?? '',
    type: of('type', 'string')?.value ?? '',
    deletes: of('allow_delete', 'boolean')?.value ?? false,
    deletesHard: of('hard_delete', 'boolean')?.value ?? null,
    ttlNs: durationOf('ttl') ?? 0n,
    intervalNs: durationOf('interval') ?? 0n,
    timeoutNs: durationOf('timeout'),
  };
  return isGood ? said : null;
}

const EXPECTED: Readonly<Partial<Record<ConfigValue['kind'], string>>> = {
  string: 'a string',
  boolean: 'true or false',
  integer: 'an integer',
};

function isOfKind<Kind extends ConfigValue['kind']>(
  value: ConfigValue,
  kind: Kind,
): value is Extract<ConfigValue, { kind: Kind }> {
  return value.kind === kind;
}
