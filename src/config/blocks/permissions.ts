// What users may publish and subscribe to: `permissions`, in all the short forms.
// Compat: opts.go, parseUserPermissions, parseAllowResponses, checkPermSubjectArray.
import { isValidSubject } from '../../subject/subject.ts';
import { type ConfigValue, goTypeName, shownValue } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import type { PermissionOptions, ResponsePermissionOptions, SubjectPermissionOptions } from '../identity_options.ts';
import {
  blockRule,
  durationTextKey,
  type Entry,
  integerKey,
  type KeyRule,
  readBlock,
  type Setter,
  valueKey,
} from '../schema.ts';

interface SubjectsDraft {
  allow: readonly string[];
  deny: readonly string[];
}

interface PermissionsDraft {
  publish: SubjectPermissionOptions | null;
  subscribe: SubjectPermissionOptions | null;
  responses: ResponsePermissionOptions | null;
}

const RESPONSES_MAX_DEFAULT = 1;
const RESPONSES_EXPIRE_MS_DEFAULT = 120_000;

const unknownInPermissions = (key: string) => `Unknown field ${goQuote(key)} parsing permissions`;

function subjectsBlock(allowsQueue: boolean) {
  return blockRule<SubjectsDraft>(
    '',
    [
      subjectsKey(['allow'], allowsQueue, (draft, subjects) => {
        draft.allow = subjects;
      }),
      subjectsKey(['deny'], allowsQueue, (draft, subjects) => {
        draft.deny = subjects;
      }),
    ],
    (key) => `Unknown field name ${goQuote(key)} parsing subject permissions, only 'allow' or 'deny' are permitted`,
  );
}

const PUBLISH_BLOCK = subjectsBlock(false);
const SUBSCRIBE_BLOCK = subjectsBlock(true);

interface ResponsesDraft {
  messagesMax: number;
  expiresMs: number;
}

/** 0 is the default, below it there is no limit. */
const ALLOW_RESPONSES_BLOCK = blockRule<ResponsesDraft>(
  '',
  [
    integerKey(['max', 'max_msgs', 'max_messages', 'max_responses'], (draft, messages) => {
      draft.messagesMax = messages || RESPONSES_MAX_DEFAULT;
    }),
    durationTextKey(['expires', 'expiration', 'ttl'], (draft, ms) => {
      draft.expiresMs = ms || RESPONSES_EXPIRE_MS_DEFAULT;
    }),
  ],
  unknownInPermissions,
);

const PERMISSIONS_BLOCK = blockRule<PermissionsDraft>(
  '',
  [
    valueKey(['publish', 'pub', 'import'], (draft, value, entry) => {
      draft.publish = readRules(value, entry, false);
    }),
    valueKey(['subscribe', 'sub', 'export'], (draft, value, entry) => {
      draft.subscribe = readRules(value, entry, true);
    }),
    valueKey(['allow_responses', 'publish_allow_responses'], (draft, value, { position, findings }) => {
      const responses = { messagesMax: RESPONSES_MAX_DEFAULT, expiresMs: RESPONSES_EXPIRE_MS_DEFAULT };
      if (value.kind === 'boolean') {
        draft.responses = value.value ? responses : null;
        return;
      }
      if (value.kind !== 'map') {
        return findings.error(position, 'error parsing response permissions, expected a boolean or a map');
      }
      readBlock(ALLOW_RESPONSES_BLOCK, value, responses, findings);
      draft.responses = responses;
    }),
  ],
  unknownInPermissions,
);

/** `set` gets what was said, also where some of it was wrong and reported. */
export function permissionsKey<Draft>(
  names: readonly string[],
  set: Setter<Draft, PermissionOptions> = () => undefined,
): KeyRule<Draft> {
  return valueKey(names, (draft, value, entry) => {
    const { position, findings } = entry;
    if (value.kind !== 'map') {
      return findings.error(position, `Expected permissions to be a map/struct, got ${shownValue(value)}`);
    }
    const permissions: PermissionsDraft = { publish: null, subscribe: null, responses: null };
    readBlock(PERMISSIONS_BLOCK, value, permissions, findings);
    set(draft, permissions, entry);
  });
}

/** One subject or an array of them. */
export function subjectsKey<Draft>(
  names: readonly string[],
  allowsQueue = false,
  set: Setter<Draft, readonly string[]> = () => undefined,
): KeyRule<Draft> {
  return valueKey(names, (draft, value, entry) => set(draft, readSubjects(value, entry, allowsQueue), entry));
}

/** Compat: an empty block, and an empty list of allowed subjects, limit nothing. */
function readRules(value: ConfigValue, entry: Entry, allowsQueue: boolean): SubjectPermissionOptions | null {
  const rules: SubjectsDraft = { allow: [], deny: [] };
  if (value.kind !== 'map') rules.allow = readSubjects(value, entry, allowsQueue);
  else if (value.entries.size === 0) return null;
  else readBlock(allowsQueue ? SUBSCRIBE_BLOCK : PUBLISH_BLOCK, value, rules, entry.findings);
  return { allow: rules.allow.length > 0 ? rules.allow : null, deny: rules.deny };
}

/** What is wrong is reported and left out. */
function readSubjects(value: ConfigValue, { position, findings }: Entry, allowsQueue: boolean): readonly string[] {
  const items = value.kind === 'array' ? value.items : [{ value, position }];
  if (value.kind !== 'array' && value.kind !== 'string') {
    const expected = 'Expected subject permissions to be a subject, or array of subjects';
    findings.error(position, `${expected}, got ${goTypeName(value)}`);
    return [];
  }
  const subjects: string[] = [];
  for (const item of items) {
    const fault =
      item.value.kind === 'string'
        ? subjectFault(item.value.value, allowsQueue)
        : 'Subject in permissions array cannot be cast to string';
    if (fault !== null) findings.error(item.position, fault);
    else if (item.value.kind === 'string') subjects.push(item.value.value);
  }
  return subjects;
}

/** Where a queue group is allowed, `subject queue`. */
function subjectFault(text: string, allowsQueue: boolean): string | null {
  if (isValidSubject(text)) return null;
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [subject = '', queue = ''] = words;
  if (!allowsQueue || words.length !== 2) return `subject ${goQuote(text)} is not a valid subject`;
  if (!isValidSubject(subject)) return `subject ${goQuote(subject)} is not a valid subject`;
  return isValidSubject(queue) ? null : `queue ${goQuote(queue)} is not a valid queue`;
}
