// Mappings of the global account: the same configuration and the same messages for the reference and for ours; what a
// subscriber of everything sees must be the same. Needs the reference server (see server_process.ts).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from './raw_client.ts';
import { contrailSide, endWithServers, referenceSide, ServerProcess, type Side } from './server_process.ts';

endWithServers();

const CONFIG = `mappings {
  lit: "to.lit"
  "a.*.*": "to.{{partition(10,1,2)}}.$2.{{wildcard(1)}}"
  "whole.>": "{{partition(7)}}.>"
  "split.*": "to.{{split(1,-)}}.{{splitFromLeft(1,2)}}.{{splitFromRight(1,2)}}"
  "slice.*": "to.{{sliceFromLeft(1,2)}}.{{sliceFromRight(1,2)}}.{{left(1,2)}}.{{right(1,2)}}"
  "east.*": [{dest: "never.$1", weight: 100, cluster: east}]
  "lost": [{dest: "lost", weight: 0}]
  "$JS.X.*": "to.js.$1"
  "wide.>": "to.wide.>"
}
`;

const TOKENS = ['a', 'bb', 'c-d', 'a--b-c', 'ü', 'hello', 'x1', '$', 'abcdefgh', 'UP', '-'];

/** Everything that is published, one kind of subject after the other. */
function subjects(): string[] {
  const all = ['lit', 'lit.x', 'unmapped', 'lost', 'wide', 'wide.a.b', 'whole.a', 'a.b', '$JS.X.1'];
  for (const token of TOKENS) {
    all.push(`split.${token}`, `slice.${token}`, `east.${token}`, `whole.${token}.${token}`);
    for (const other of TOKENS) all.push(`a.${token}.${other}`);
  }
  return all;
}

async function withServer<T>(side: Side, config: string, act: (client: RawClient) => Promise<T>): Promise<T> {
  const server = await ServerProcess.start(side, { config });
  try {
    const client = await RawClient.connect(server.url);
    const result = await act(client);
    client.close();
    return result;
  } finally {
    await server.stop();
  }
}

async function seen(client: RawClient): Promise<string[]> {
  const { messages } = client.subscribe('>');
  for (const subject of subjects()) client.publish(subject, subject);
  await client.flush();
  return messages.map(({ subject, payload }) => `${payload} as ${subject}`);
}

test('every mapping function maps the same subjects as in nats-server', async () => {
  const theirs = await withServer(referenceSide(), CONFIG, seen);
  const ours = await withServer(contrailSide(), CONFIG, seen);
  assert.deepEqual(ours, theirs);
  assert.ok(theirs.length > 100, `${theirs.length} messages`);
});

// In a configuration with more mappings than this one it depends on their order, which the reference leaves to chance.
test('the partition of a subject without wildcards is the same as in nats-server', async () => {
  const config = `mappings { part: "to.part.{{partition(1000)}}" }\n`;
  const publish = async (client: RawClient) => {
    const { messages } = client.subscribe('>');
    client.publish('part', '');
    await client.flush();
    return messages.map(({ subject }) => subject);
  };
  assert.deepEqual(
    await withServer(contrailSide(), config, publish),
    await withServer(referenceSide(), config, publish),
  );
});

const WEIGHTED = `mappings { "w.*": [{dest: "one.$1", weight: 20}, {dest: "two.$1", weight: "50%"}] }\n`;
const DRAWS = 4_000;

async function shares(client: RawClient): Promise<Record<string, number>> {
  const { messages } = client.subscribe('>');
  for (let i = 0; i < DRAWS; i++) client.publish('w.x', '');
  await client.flush();
  const counts: Record<string, number> = {};
  for (const { subject } of messages) counts[subject] = (counts[subject] ?? 0) + 1;
  return counts;
}

test('weights share messages out as in nats-server', async () => {
  for (const side of [referenceSide(), contrailSide()]) {
    const counts = await withServer(side, WEIGHTED, shares);
    assert.deepEqual(Object.keys(counts).sort(), ['one.x', 'two.x', 'w.x']);
    for (const [subject, percent] of [
      ['one.x', 20],
      ['two.x', 50],
      ['w.x', 30],
    ] as const) {
      const share = ((counts[subject] ?? 0) / DRAWS) * 100;
      // Five standard deviations are 4 %.
      assert.ok(Math.abs(share - percent) < 4, `${side.name}: ${share} % for ${subject}`);
    }
  }
});

async function withoutResponder(client: RawClient): Promise<string | undefined> {
  return (await client.request('lit', ''))?.header;
}

test('who asks on a mapped subject that nobody serves hears of the subject it was mapped to', async () => {
  const theirs = await withServer(referenceSide(), CONFIG, withoutResponder);
  const ours = await withServer(contrailSide(), CONFIG, withoutResponder);
  assert.equal(ours, theirs);
  assert.match(ours ?? '', /503\r\nNats-Subject: to\.lit\r\n/);
});
