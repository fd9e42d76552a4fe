import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestingBus } from '../testing_bus.ts';
import { RefusingApi } from './refusing_api.ts';

const REASON = '"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}';

function typed(kind: string, rest = ''): string {
  return `{"type":"io.nats.jetstream.api.v1.${kind}_response",${REASON}${rest}}`;
}

test('an account without JetStream is told so in the form of each answer', async () => {
  const bus = new TestingBus();
  const api = new RefusingApi({ bus, isSystem: false, isImported: (subject) => subject.includes('IMPORTED') });
  assert.equal((await bus.ask('$JS.API.INFO', '')).payload, typed('account_info'));
  assert.equal((await bus.ask('$JS.API.STREAM.PURGE.S', '')).payload, typed('stream_purge', ',"purged":0'));
  assert.equal((await bus.ask('$JS.API.CONSUMER.DELETE.S.C', '')).payload, typed('consumer_delete'));
  assert.ok(!bus.hasInterest('$JS.API.CONSUMER.MSG.NEXT.S.C'));
  api.stop();
  assert.ok(!bus.hasInterest('$JS.API.INFO'));
});

test('where the API of another account is imported, its answer is the only one', async () => {
  const bus = new TestingBus();
  const api = new RefusingApi({ bus, isSystem: false, isImported: (subject) => subject.endsWith('.IMPORTED') });
  const inbox = bus.newInbox();
  const answers = bus.collect(inbox);
  bus.send('$JS.API.STREAM.INFO.IMPORTED', '', inbox);
  assert.equal(answers.length, 0);
  bus.send('$JS.API.STREAM.INFO.OTHER', '', inbox);
  assert.equal(answers.length, 1);
  api.stop();
});

test('the system account is told the same, but for INFO in one form', async () => {
  const bus = new TestingBus('$SYS');
  const api = new RefusingApi({ bus, isSystem: true, isImported: () => false });
  assert.equal((await bus.ask('$JS.API.INFO', '')).payload, typed('account_info'));
  assert.equal((await bus.ask('$JS.API.CONSUMER.MSG.NEXT.S.C', '')).payload, typed('system'));
  api.stop();
});
