// Commands against one server as tests of the command line run them: what they print, what they refuse. Test code.
import assert from 'node:assert/strict';
import { type Ran, runCommand } from '../src/cli/testing_terminal.ts';

/** `url` is asked when a command runs: the server may start after this was called. */
export function commandsOn(url: () => string) {
  function run(...words: string[]): Promise<Ran> {
    return runCommand(words, { environment: { NATS_URL: url() } });
  }

  async function ok(...words: string[]): Promise<string> {
    const { code, output, error } = await run(...words);
    assert.equal(code, 0, error);
    return output;
  }

  async function json(...words: string[]) {
    return JSON.parse(await ok(...words, '--json'));
  }

  async function refusal(...words: string[]): Promise<string> {
    const { code, error } = await run(...words);
    assert.equal(code, 1, words.join(' '));
    return error;
  }

  return { run, ok, json, refusal };
}
