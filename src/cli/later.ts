// Verbs of the reference that are not here yet: typed today, they say so and what to use meanwhile.
import { defineLater } from './command.ts';
import type { Verb } from './program/verb.ts';

function laterVerb(name: string, aliases: readonly string[], summary: string, meanwhile: string): Verb {
  return {
    name,
    aliases,
    summary,
    isLater: true,
    load: async () => defineLater({ name, aliases, summary, meanwhile }),
  };
}

const USE_NATS = 'the reference command works with this server, use';

export const LATER_VERBS: readonly Verb[] = [
  laterVerb('audit', [], 'Audit a NATS deployment', `${USE_NATS} 'nats audit'`),
  laterVerb('auth', [], 'NATS Decentralized Authentication', "use 'nats auth' or 'nsc'"),
  { ...laterVerb('cheat', [], 'Shows cheat sheets', "every command's --help has examples"), isHidden: true },
  laterVerb('counter', ['ctr'], 'Access distributed Counters', `${USE_NATS} 'nats counter'`),
  laterVerb('jwt', [], 'Inspect NATS JWTs', "use 'nats jwt'"),
  laterVerb('latency', ['lat'], 'Perform latency tests between two NATS servers', `use 'contrail rtt'`),
  laterVerb('schema', [], 'Schema tools', "use 'nats schema'"),
  laterVerb('service', ['micro'], 'Services discovery and management', `${USE_NATS} 'nats service'`),
  laterVerb('top', [], 'Shows top-like statistic for connections on a specific server', `${USE_NATS} 'nats top'`),
  laterVerb('trace', [], 'Trace message delivery within an NATS network', `${USE_NATS} 'nats trace'`),
];
