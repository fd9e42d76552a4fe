// The judge of configurations is `nats-server -t`: what it accepts we accept, what it refuses we refuse, with the same digest,
// and in the same words where it has words of its own. Needs the reference server (see server_process.ts).
// Called by config_test.ts and config_blocks_test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, readCommandLine } from '../../src/app/command_line.ts';
import { NodeConfigSource } from '../../src/node/node_config_source.ts';
import { referenceSide } from './server_process.ts';

export interface Verdict {
  readonly isAccepted: boolean;
  readonly digest: string | undefined;
  readonly text: string;
}

function verdictOf(code: number | null, text: string): Verdict {
  return { isAccepted: code === 0, digest: /sha256:[0-9a-f]{64}/.exec(text)?.[0], text };
}

export function theirVerdict(file: string): Verdict {
  const [program = '', ...args] = referenceSide().command;
  const result = spawnSync(program, [...args, '-t', '-c', file], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(result.error, undefined);
  return verdictOf(result.status, result.stderr);
}

export function ourVerdict(file: string): Verdict {
  const command: Command = readCommandLine(['-t', '-c', file], new NodeConfigSource(), {
    compatible: '',
    contrail: '',
  });
  assert.ok(command.kind === 'exit');
  return verdictOf(command.code, command.messages.join('\n'));
}

export function assertSame(ours: Verdict, theirs: Verdict, label: string): void {
  const both = `${label}\nreference: ${theirs.text}\nours: ${ours.text}`;
  assert.equal(ours.isAccepted, theirs.isAccepted, both);
  assert.equal(ours.digest, theirs.digest, both);
}

/**
 * The reference goes through a block's keys in no order, a new one each time it starts: where two keys say the same thing,
 * which one counts is chance. It is asked again so often that an answer of one start in eight is missed once in 10^6.
 */
const REFERENCE_STARTS_MAX = 100;

function judge(file: string, text: string): void {
  const ours = ourVerdict(file);
  let theirs = theirVerdict(file);
  for (let i = 1; i < REFERENCE_STARTS_MAX && ours.isAccepted !== theirs.isAccepted; i++) theirs = theirVerdict(file);
  assertSame(ours, theirs, text);
}

export function judgeAll(texts: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'contrail-config-'));
  try {
    const file = join(folder, 'a.conf');
    for (const text of texts) {
      writeFileSync(file, text.replaceAll('FOLDER', folder));
      judge(file, text);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every kind of value that the language has, and texts that some keys take apart. */
export const VALUES = [
  'text',
  '""',
  '0',
  '5',
  '-1',
  '3000000000',
  'true',
  '1.5',
  '{a: 1}',
  '[]',
  '[a, b]',
  '"5s"',
  '"-5s"',
  '"1h"',
  '10.0.0.1:4222',
  '2026-01-01T00:00:00Z',
  '"10G"',
  '1GB',
  'always',
];

export function casesOf(
  keys: readonly string[],
  before: string,
  after: string,
  values: readonly string[] = VALUES,
): string[] {
  return keys.flatMap((key) => values.map((value) => `${before}${key}: ${value}${after}\n`));
}
