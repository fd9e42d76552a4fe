import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsOf } from '../config/options.ts';
import { emptyDraft } from '../config/options_draft.ts';
import { checkMappingRule } from '../subject/mapping.ts';
import { domainMappings } from './domain_mappings.ts';

function mapped(account: string, domain: string | null): Map<string, string | undefined> {
  const draft = emptyDraft();
  draft.jetstream.domain = domain;
  const mappings = domainMappings(account, optionsOf(draft, null, null));
  for (const mapping of mappings) assert.equal(checkMappingRule(mapping), null);
  return new Map(mappings.map(({ source, destinations }) => [source, destinations[0]?.subject]));
}

test("a domain's API leads to that of this server, buckets to their subjects", () => {
  const table = mapped('A', 'hub');
  assert.equal(table.get('$JS.hub.API.INFO'), '$JS.API.INFO');
  assert.equal(table.get('$JS.hub.API.STREAM.>'), '$JS.API.STREAM.>');
  assert.equal(table.get('$JS.hub.API.$KV.>'), '$KV.>');
  assert.equal(table.size, 9);
});

test('the system account has one mapping for all of it', () => {
  assert.deepEqual([...mapped('$SYS', 'hub')], [['$JS.hub.API.>', '$JS.API.>']]);
});

test('without a domain there is none', () => {
  assert.equal(mapped('A', null).size, 0);
});
