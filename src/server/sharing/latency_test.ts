// Latency events of services that are exported with `latency`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SharingClient, SharingWorld, serviceExport, serviceImport } from '../../sim/sharing_world.ts';

interface Scene {
  readonly world: SharingWorld;
  readonly server: SharingClient;
  readonly asker: SharingClient;
  readonly events: () => Promise<Record<string, unknown>[]>;
}

async function measured(sampling = 100, shares = false): Promise<Scene> {
  const latency = { subject: 'latency', sampling };
  const world = new SharingWorld({
    A: { exports: [serviceExport('q', { latency, thresholdMs: 1_000 })] },
    B: { imports: [serviceImport('A', 'q', '', shares)] },
  });
  const listener = await world.client('A');
  listener.subscribe('latency');
  const server = await world.client('A', { name: 'server' });
  server.subscribe('q');
  const asker = await world.client('B', { name: 'asker' });
  asker.subscribe('inbox');
  const events = async () => {
    await world.world.advance(2);
    return (await listener.take()).map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
  };
  return { world, server, asker, events };
}

test('an answered request is told with who asked, who answered and how long it took', async () => {
  const { world, server, asker, events } = await measured();
  asker.publish('q', '', 'inbox');
  const [request] = await server.take();
  await world.world.advance(20);
  server.publish(request?.reply ?? '', 'x');
  const [event] = await events();
  assert.deepEqual(Object.keys(event ?? {}), [
    'type',
    'id',
    'timestamp',
    'status',
    'requestor',
    'responder',
    'start',
    'service',
    'system',
    'total',
  ]);
  assert.equal(event?.['type'], 'io.nats.server.metric.v1.service_latency');
  assert.equal(event?.['status'], 200);
  assert.deepEqual(Object.keys(event?.['requestor'] as object), ['acc', 'rtt']);
  const responder = event?.['responder'] as Record<string, unknown>;
  assert.deepEqual([responder['acc'], responder['name'], responder['server']], ['A', 'server', 'hub']);
  assert.ok((event?.['service'] as number) >= 20e6 && (event?.['service'] as number) < 40e6);
  assert.ok((event?.['total'] as number) >= (event?.['service'] as number));
});

test('an importer that shares lets the event say everything about its client', async () => {
  const { server, asker, events } = await measured(100, true);
  asker.publish('q', '', 'inbox');
  const [request] = await server.take();
  server.publish(request?.reply ?? '', 'x');
  const [event] = await events();
  const requestor = event?.['requestor'] as Record<string, unknown> | undefined;
  assert.equal(requestor?.['name'], 'asker');
});

test('requests without an answer are told with the reason', async () => {
  const statusOf = async (act: (scene: Scene) => Promise<void>) => {
    const scene = await measured();
    await act(scene);
    return (await scene.events()).map(({ status, description }) => [status, description]);
  };
  assert.deepEqual(
    await statusOf(async ({ asker }) => asker.publish('q')),
    [[400, 'Bad Request']],
    'without a reply subject',
  );
  assert.deepEqual(
    await statusOf(async ({ server, asker }) => {
      server.unsubscribe('1');
      asker.publish('q', '', 'inbox');
    }),
    [[503, 'Service Unavailable']],
    'without a responder',
  );
  assert.deepEqual(
    await statusOf(async ({ asker, world }) => {
      asker.publish('q', '', 'inbox');
      await world.world.advance(1_001);
    }),
    [[504, 'Service Timeout']],
    'without an answer in time',
  );
  assert.deepEqual(
    await statusOf(async ({ asker }) => {
      asker.publish('q', '', 'inbox');
      asker.unsubscribe('1');
    }),
    [[408, 'Request Timeout']],
    'without anybody waiting',
  );
});

/** Header lines of a request, and the header that the event then shows; null where there is none. */
const BY_HEADER: readonly (readonly [string, Readonly<Record<string, readonly string[]>> | null])[] = [
  ['', null],
  ['Other: 1', null],
  [
    'Uber-Trace-Id: 479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1',
    { 'Uber-Trace-Id': ['479fefe9525eddb:5adb976bfc1f95c1:479fefe9525eddb:1'] },
  ],
  ['uber-trace-id: a:b:c:03\r\nUberctx-x: y', { 'Uber-Trace-Id': ['a:b:c:03'], 'Uberctx-X': ['y'] }],
  ['Uber-Trace-Id: a:b:c:0', null],
  ['X-B3-Sampled: 1\r\nX-B3-TraceId: t', { 'X-B3-Sampled': ['1'], 'X-B3-Traceid': ['t'] }],
  ['X-B3-Sampled: 0\r\nX-B3-TraceId: t', null],
  ['X-B3-TraceId: t\r\nX-B3-SpanId: s', { 'X-B3-Spanid': ['s'], 'X-B3-Traceid': ['t'] }],
  ['B3: t-s-1-p', { B3: ['t-s-1-p'] }],
  ['B3: t-s-0-p', null],
  ['B3: 0', null],
  [
    'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nTracestate: a=b',
    { Traceparent: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'], Tracestate: ['a=b'] },
  ],
  ['Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', null],
];

test('with sampling by headers a request is measured if one of them asks for it', async () => {
  for (const [lines, expected] of BY_HEADER) {
    const { server, asker, events } = await measured(0);
    asker.publish('q', '', 'inbox', lines === '' ? '' : `NATS/1.0\r\n${lines}\r\n\r\n`);
    const [request] = await server.take();
    server.publish(request?.reply ?? '', 'x');
    const [event] = await events();
    assert.deepEqual(event?.['header'] ?? null, expected, lines);
  }
});

test('a part of the requests is measured as the percentage says', async () => {
  const { server, asker, events } = await measured(30);
  for (let i = 0; i < 1_000; i++) {
    asker.publish('q', '', 'inbox');
    const [request] = await server.take();
    server.publish(request?.reply ?? '', 'x');
  }
  const count = (await events()).length;
  assert.ok(count > 200 && count < 420, `${count} of 1000`);
});
