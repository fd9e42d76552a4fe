// Every field of every JetStream request with every value that nobody expects: an answer comes, and the engine goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BodyName, bodyWithField, fieldPaths } from '../../tools/fuzz/api_bodies.ts';
import { ApiWorld } from '../../tools/fuzz/api_world.ts';
import { STRANGE_NUMBERS, STRANGE_VALUES } from '../../tools/fuzz/json_text.ts';

/** Endpoints with the fields that a request needs to get past the first checks. */
const REQUESTS: readonly { readonly endpoint: string; readonly body: BodyName; readonly base: string }[] = [
  { endpoint: 'STREAM.CREATE.T', body: 'STREAM', base: '{"name":"T","storage":"memory","subjects":["t.*"]}' },
  { endpoint: 'STREAM.UPDATE.S', body: 'STREAM', base: '{"name":"S","storage":"memory","subjects":["a.*"]}' },
  { endpoint: 'STREAM.NAMES', body: 'STREAM_PAGE', base: '{}' },
  { endpoint: 'STREAM.LIST', body: 'STREAM_PAGE', base: '{}' },
  { endpoint: 'STREAM.INFO.S', body: 'STREAM_INFO', base: '{}' },
  { endpoint: 'STREAM.PURGE.S', body: 'PURGE', base: '{}' },
  { endpoint: 'STREAM.SNAPSHOT.S', body: 'SNAPSHOT', base: '{}' },
  { endpoint: 'STREAM.RESTORE.R', body: 'RESTORE', base: '{}' },
  { endpoint: 'STREAM.MSG.GET.S', body: 'MESSAGE', base: '{}' },
  { endpoint: 'STREAM.MSG.DELETE.S', body: 'MESSAGE_DELETE', base: '{"seq":1}' },
  {
    endpoint: 'CONSUMER.CREATE.S',
    body: 'CREATE_CONSUMER',
    base: '{"stream_name":"S","config":{"ack_policy":"explicit"}}',
  },
  { endpoint: 'CONSUMER.CREATE.S.D', body: 'CREATE_CONSUMER', base: '{"stream_name":"S","config":{"name":"D"}}' },
  { endpoint: 'CONSUMER.NAMES.S', body: 'PAGE', base: '{}' },
  { endpoint: 'CONSUMER.LIST.S', body: 'PAGE', base: '{}' },
  { endpoint: 'CONSUMER.PAUSE.S.C', body: 'PAUSE', base: '{}' },
  { endpoint: 'CONSUMER.RESET.S.C', body: 'RESET', base: '{}' },
  { endpoint: 'CONSUMER.UNPIN.S.C', body: 'UNPIN', base: '{}' },
];
/** Requests that are answered on another way, if at all. */
const SILENT: readonly { readonly subject: string; readonly body: BodyName }[] = [
  { subject: '$JS.API.CONSUMER.MSG.NEXT.S.C', body: 'PULL' },
  { subject: '$JS.API.DIRECT.GET.S', body: 'MESSAGE' },
];

async function filledWorld(): Promise<ApiWorld> {
  const world = await ApiWorld.start();
  const stream = '{"name":"S","subjects":["a.*"],"storage":"memory","allow_direct":true}';
  const consumer = '{"stream_name":"S","config":{"durable_name":"C","ack_policy":"explicit"}}';
  for (const [subject, body] of [
    ['$JS.API.STREAM.CREATE.S', stream],
    ['$JS.API.CONSUMER.CREATE.S.C', consumer],
  ] as const) {
    assert.match((await world.ask(subject, body)) ?? '', /_create_response/);
  }
  for (let i = 0; i < 5; i++) world.bus.send(`a.${i}`, 'x');
  return world;
}

/** The base with the field again: a repeated field counts as it does in Go, the last one. */
function withField(base: string, path: readonly string[], value: string): string {
  const field = bodyWithField(path, value);
  return base === '{}' ? field : `${base.slice(0, -1)},${field.slice(1)}`;
}

for (const { endpoint, body, base } of REQUESTS) {
  test(`CVE-2022-42708: ${endpoint} answers whatever stands in any of its fields`, async () => {
    let world = await filledWorld();
    for (const path of fieldPaths(body)) {
      for (const value of [...STRANGE_NUMBERS, ...STRANGE_VALUES]) {
        const text = withField(base, path, value);
        const answer = await world.ask(`$JS.API.${endpoint}`, text);
        assert.notEqual(answer, null, `no answer to ${text}`);
        const { type, error } = JSON.parse(answer as string) as { type?: unknown; error?: unknown };
        assert.equal(typeof type, 'string', text);
        assert.equal(world.bug, null, text);
        // What came to be by it must not hide the next field.
        if (error === undefined) world = await filledWorld();
      }
    }
  });
}

test('CVE-2022-42708: pull requests and direct gets with anything in any field leave the consumer and the stream alive', async () => {
  const world = await filledWorld();
  for (const { subject, body } of SILENT) {
    for (const path of fieldPaths(body)) {
      for (const value of [...STRANGE_NUMBERS, ...STRANGE_VALUES]) {
        world.bus.send(subject, bodyWithField(path, value), world.bus.newInbox());
        world.clock.advance(1);
        assert.equal(world.bug, null, `${subject} ${value}`);
      }
    }
  }
  const arrivals = world.bus.collect('inbox');
  world.clock.advance(60_000);
  world.bus.send('a.9', 'y');
  world.bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', '{"batch":10,"no_wait":true}', 'inbox');
  world.clock.advance(100);
  assert.ok(
    arrivals.some(({ payload }) => payload === 'y'),
    JSON.stringify(arrivals),
  );
});
