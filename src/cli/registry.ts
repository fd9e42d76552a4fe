// Every top verb: its names, its line in the help, and where its code is. A new verb is one entry here and one file or
// folder under commands/; its entry in later.ts then goes.
import { LATER_VERBS } from './later.ts';
import type { Verb } from './program/verb.ts';

export const VERBS: readonly Verb[] = [
  {
    name: 'publish',
    aliases: ['pub'],
    summary: 'Generic data publish utility',
    load: async () => (await import('./commands/publish/publish.ts')).PUBLISH,
  },
  {
    name: 'request',
    aliases: ['req'],
    summary: 'Generic request-reply request utility',
    load: async () => (await import('./commands/request.ts')).REQUEST,
  },
  {
    name: 'reply',
    aliases: [],
    summary: 'Generic service reply utility',
    load: async () => (await import('./commands/reply.ts')).REPLY,
  },
  {
    name: 'rtt',
    aliases: [],
    summary: 'Compute round-trip time to NATS server',
    load: async () => (await import('./commands/rtt.ts')).RTT,
  },
  {
    name: 'bench',
    aliases: [],
    summary: 'Benchmark utility',
    load: async () => (await import('./commands/bench/bench.ts')).BENCH,
  },
  {
    name: 'subscribe',
    aliases: ['sub'],
    summary: 'Generic subscription client',
    load: async () => (await import('./commands/subscribe/subscribe.ts')).SUBSCRIBE,
  },
  {
    name: 'context',
    aliases: ['ctx'],
    summary: 'Manage nats configuration contexts',
    load: async () => (await import('./commands/context/context.ts')).CONTEXT,
  },
  {
    name: 'stream',
    aliases: ['str', 'st', 'ms', 's'],
    summary: 'JetStream stream management',
    load: async () => (await import('./commands/stream/stream.ts')).STREAM,
  },
  {
    name: 'consumer',
    aliases: ['con', 'obs', 'c'],
    summary: 'JetStream consumer management',
    load: async () => (await import('./commands/consumer/consumer.ts')).CONSUMER,
  },
  {
    name: 'kv',
    aliases: [],
    summary: 'Interacts with a JetStream based Key-Value store',
    load: async () => (await import('./commands/kv/kv.ts')).KV,
  },
  {
    name: 'object',
    aliases: ['obj'],
    summary: 'Interacts with a JetStream based Object store',
    load: async () => (await import('./commands/object/object.ts')).OBJECT,
  },
  {
    name: 'account',
    aliases: ['a'],
    summary: 'Account information and status',
    load: async () => (await import('./commands/account/account.ts')).ACCOUNT,
  },
  {
    name: 'backup',
    aliases: [],
    summary: 'Backup, restore, inspect and edit JetStream streams',
    load: async () => (await import('./commands/backup/backup.ts')).BACKUP,
  },
  {
    name: 'events',
    aliases: ['event', 'e'],
    summary: 'Show Advisories and Events',
    load: async () => (await import('./commands/events.ts')).EVENTS,
  },
  {
    name: 'errors',
    aliases: ['err', 'error'],
    summary: 'Error code documentation',
    load: async () => (await import('./commands/errors/errors.ts')).ERRORS,
  },
  {
    name: 'server',
    aliases: ['srv', 'sys', 'system'],
    summary: 'Server information',
    load: async () => (await import('./commands/server/server.ts')).SERVER,
  },
  {
    name: 'apply',
    aliases: [],
    summary: 'Makes streams, consumers and buckets as documents say (YAML or JSON, also those of NACK)',
    load: async () => (await import('./commands/apply/apply.ts')).APPLY,
  },
  {
    name: 'diff',
    aliases: [],
    summary: 'Shows what the server has different from documents, field by field',
    load: async () => (await import('./commands/apply/diff.ts')).DIFF,
  },
  {
    name: 'export',
    aliases: [],
    summary: "Writes the server's streams, consumers and buckets as documents for apply",
    load: async () => (await import('./commands/apply/export.ts')).EXPORT,
  },
  {
    name: 'completion',
    aliases: [],
    summary: 'Prints a script that makes your shell complete the words of contrail',
    load: async () => (await import('./commands/completion.ts')).COMPLETION,
  },
  ...LATER_VERBS,
];
