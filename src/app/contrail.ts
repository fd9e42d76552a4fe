#!/usr/bin/env node
// `contrail`: the command for people. `contrail serve` runs a server on this machine with JetStream on disk and monitoring,
// and says what to type next; it takes nats-server's flags too. Everything else is the command line in cli/. Loads only
// what the command needs.
import { runCommandLine } from '../cli/main.ts';
import { openDoors } from './cli_doors.ts';
import { CONTRAIL_VERSION } from './version.ts';

const SERVE = {
  name: 'serve',
  summary: "Run a server on this machine: JetStream in ./contrail-data, monitoring on 8222 (flags are nats-server's)",
  flagsOf: 'nats-server',
  run: async (words: readonly string[]): Promise<void> => {
    const { serve } = await import('./serve.ts');
    await serve(words);
  },
};

const words = process.argv.slice(2);
if (words[0] === '-v' && words.length === 1) words[0] = '--version';
const doors = openDoors();
const code = await runCommandLine(words, { doors, version: CONTRAIL_VERSION, rawVerbs: [SERVE] });
// A server goes on; a command is over when its output is out, whatever may still be open (standard input that nobody closes).
if (words[0] !== 'serve') {
  await doors.terminal.written();
  process.exit(code);
}
