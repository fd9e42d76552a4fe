import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { durationText, parseDuration } from './duration.ts';

const GOLDEN = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/go_texts/golden.json', import.meta.url), 'utf8'),
) as { durations: [string, string][]; parse_durations: [string, string][] };

test('durationText() prints durations as Go does', () => {
  for (const [ns, text] of GOLDEN.durations) assert.equal(durationText(BigInt(ns)), text);
});

test('parseDuration() reads back what durationText() prints', () => {
  for (const [ns, text] of GOLDEN.durations) assert.deepEqual(parseDuration(text), { ok: true, value: BigInt(ns) });
});

test('parseDuration() takes and refuses what Go does, with its texts', () => {
  for (const [text, answer] of GOLDEN.parse_durations) {
    const result = parseDuration(text);
    assert.equal(result.ok ? String(result.value) : result.error, answer, text);
  }
});
