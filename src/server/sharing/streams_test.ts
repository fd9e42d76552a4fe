// Streams between accounts, seen by clients.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharingWorld, serviceExport, serviceImport, streamExport, streamImport } from '../../sim/sharing_world.ts';

/** What the client of B gets when that of A publishes these subjects, as `subject` of each message. */
async function received(
  imports: readonly ReturnType<typeof streamImport>[],
  subscriptions: readonly string[],
  published: readonly string[],
): Promise<string[]> {
  const world = new SharingWorld({ A: { exports: [streamExport('>')] }, B: { imports } });
  const taker = await world.client('B');
  for (const subject of subscriptions) taker.subscribe(subject);
  const giver = await world.client('A');
  for (const subject of published) giver.publish(subject, subject);
  return (await taker.take()).map(({ subject, payload, sid }) => `${payload}>${subject}#${sid}`).sort();
}

test('an imported stream is seen under its own subject, with a prefix or under another one', async () => {
  const published = ['s.a', 's.b', 'other'];
  assert.deepEqual(await received([streamImport('A', 's.>')], ['s.*'], published), ['s.a>s.a#1', 's.b>s.b#1']);
  assert.deepEqual(await received([streamImport('A', 's.>', '', 'p')], ['p.>', 's.>'], published), [
    's.a>p.s.a#1',
    's.b>p.s.b#1',
  ]);
  assert.deepEqual(await received([streamImport('A', 's.*', 'got.$1.x')], ['got.a.x', 'got.*.x'], published), [
    's.a>got.a.x#1',
    's.a>got.a.x#2',
    's.b>got.b.x#2',
  ]);
  assert.deepEqual(await received([streamImport('A', 's.a', 'flat')], ['flat', '>', '*'], published), [
    's.a>flat#1',
    's.a>flat#2',
    's.a>flat#3',
  ]);
});

test('a subscription that is wider than the import takes only what is imported', async () => {
  assert.deepEqual(await received([streamImport('A', 's.*.x')], ['>'], ['s.a.x', 's.a.y', 't']), ['s.a.x>s.a.x#1']);
  assert.deepEqual(await received([streamImport('A', 's.*.x')], ['s.a.>'], ['s.a.x', 's.b.x']), ['s.a.x>s.a.x#1']);
  assert.deepEqual(await received([streamImport('A', 's.*.x')], ['*.a.*'], ['s.a.x', 's.b.x', 't.a.x']), [
    's.a.x>s.a.x#1',
  ]);
  assert.deepEqual(await received([streamImport('A', 's.*', 'p.$1')], ['*.a'], ['s.a', 's.b']), ['s.a>p.a#1']);
});

// nats-server takes `p.b` from the exporter, which does not export it.
test('an import of one subject under a pattern takes nothing but that subject', async () => {
  const world = new SharingWorld({
    A: { exports: [streamExport('s')] },
    B: { imports: [streamImport('A', 's', 'p.>')] },
  });
  const taker = await world.client('B');
  taker.subscribe('*.b');
  const giver = await world.client('A');
  giver.publish('p.b', 'secret');
  assert.deepEqual(await taker.take(), []);
});

test('the members of a queue group get an imported message once', async () => {
  const world = new SharingWorld({ A: { exports: [streamExport('s')] }, B: { imports: [streamImport('A', 's')] } });
  const one = await world.client('B');
  const other = await world.client('B');
  one.subscribe('s', 'q');
  other.subscribe('s', 'q');
  const giver = await world.client('A');
  for (let i = 0; i < 20; i++) giver.publish('s', String(i));
  const counts = [(await one.take()).length, (await other.take()).length];
  assert.equal((counts[0] ?? 0) + (counts[1] ?? 0), 20);
  assert.ok(counts.every((count) => count > 0));
});

test('what is imported ends with the subscription and with the connection', async () => {
  const world = new SharingWorld({ A: { exports: [streamExport('s')] }, B: { imports: [streamImport('A', 's')] } });
  const exporter = world.world.server.account('A');
  const taker = await world.client('B');
  const sid = taker.subscribe('s');
  taker.subscribe('s');
  assert.equal(exporter.subscriptions.count, 2);
  taker.unsubscribe(sid);
  assert.equal(exporter.subscriptions.count, 1);
  taker.socket.hangUp();
  assert.equal(exporter.subscriptions.count, 0);
});

test('automatic unsubscription counts local messages and ends the import', async () => {
  const world = new SharingWorld({ A: { exports: [streamExport('s')] }, B: { imports: [streamImport('A', 's')] } });
  const taker = await world.client('B');
  const sid = taker.subscribe('s');
  taker.unsubscribe(sid, '2');
  const giver = await world.client('A');
  for (let i = 0; i < 3; i++) giver.publish('s', String(i));
  assert.equal((await taker.take()).length, 3);
  taker.publish('s');
  taker.publish('s');
  assert.equal((await taker.take()).length, 2);
  giver.publish('s');
  assert.equal((await taker.take()).length, 0);
});

test('an import that is configured later takes effect for subscriptions that are there', async () => {
  const exports = [streamExport('s.>')];
  const world = new SharingWorld({ A: { exports }, B: {} });
  const taker = await world.client('B');
  taker.subscribe('s.*');
  const giver = await world.client('A');
  giver.publish('s.a', '1');
  assert.deepEqual(await taker.take(), []);
  world.configure({ A: { exports }, B: { imports: [streamImport('A', 's.>')] } });
  giver.publish('s.a', '2');
  assert.deepEqual(
    (await taker.take()).map(({ payload }) => payload),
    ['2'],
  );
  world.configure({ A: { exports }, B: {} });
  giver.publish('s.a', '3');
  assert.deepEqual(await taker.take(), []);
});

test('an account that was taken out of the configuration and comes again shares as before', async () => {
  const A = { exports: [streamExport('s.>'), serviceExport('q')] };
  const B = { imports: [streamImport('A', 's.>'), serviceImport('A', 'q')] };
  const world = new SharingWorld({ A, B });
  const taker = await world.client('B');
  taker.subscribe('s.*');
  const first = await world.client('A');
  first.publish('s.a', '1');
  assert.equal((await taker.take()).length, 1);
  first.socket.fail(new Error('gone'));
  world.configure({ B: {} });
  world.world.server.forgetAccounts();
  assert.equal(world.world.server.findAccount('A'), undefined);

  world.configure({ A, B });
  const giver = await world.client('A');
  giver.subscribe('q');
  giver.publish('s.a', '2');
  taker.publish('q', '3');
  assert.deepEqual(
    [...(await taker.take()), ...(await giver.take())].map(({ payload }) => payload),
    ['2', '3'],
  );
});

test('imports of imports do not chain', async () => {
  const world = new SharingWorld({
    A: { exports: [streamExport('s')] },
    B: { exports: [streamExport('s')], imports: [streamImport('A', 's')] },
    C: { imports: [streamImport('B', 's')] },
  });
  const taker = await world.client('C');
  taker.subscribe('s');
  (await world.client('A')).publish('s');
  assert.deepEqual(await taker.take(), []);
  (await world.client('B')).publish('s');
  assert.equal((await taker.take()).length, 1);
});

test('the inside of the house takes imported messages under the subject of its account', async () => {
  const world = new SharingWorld({
    A: { exports: [streamExport('s.*')] },
    B: { imports: [streamImport('A', 's.*', 'in.$1')] },
  });
  const seen: string[] = [];
  world.world.server
    .bus('B')
    .subscribe('in.>', null, ({ subject, subjectStart, subjectEnd, body, payloadStart, payloadEnd }) => {
      const text = (bytes: Uint8Array, start: number, end: number) =>
        new TextDecoder().decode(bytes.subarray(start, end));
      seen.push(`${text(subject, subjectStart, subjectEnd)} ${text(body, payloadStart, payloadEnd)}`);
    });
  (await world.client('A')).publish('s.x', 'hello');
  assert.deepEqual(seen, ['in.x hello']);
});
