import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SILENT_LOGGER } from '../../base/log.ts';
import { TestingBus } from '../testing_bus.ts';
import { AccountPurge } from './account_purge.ts';

const DONE = '{"type":"io.nats.jetstream.api.v1.account_purge_response","initiated":true}';

test('AccountPurge removes what an account without JetStream left, and says what cannot be', async () => {
  const bus = new TestingBus('$SYS');
  const removed: string[] = [];
  const purge = new AccountPurge({
    bus,
    log: SILENT_LOGGER,
    account: () => undefined,
    removeLeftovers: (name) => {
      removed.push(name);
      return name === 'STUCK' ? Promise.reject(new Error('no space')) : Promise.resolve();
    },
  });
  const ask = async (name: string) => (await bus.ask(`$JS.API.ACCOUNT.PURGE.${name}`, '')).payload;
  assert.equal(await ask('GONE'), DONE);
  assert.match(await ask('STUCK'), /"error":\{"code":500,"err_code":10050,"description":"no space"\}/);
  assert.match(await ask('a\\b'), /"description":"account name can not contain path separators"/);
  assert.deepEqual(removed, ['GONE', 'STUCK']);
  purge.stop();
  assert.ok(!bus.hasInterest('$JS.API.ACCOUNT.PURGE.GONE'));
});
