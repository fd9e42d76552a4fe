// Scenarios of what clients build on streams and requests: key-value and object stores, services.
import { everything, headerLists, kvEntry, pattern, sha256, state, take, text } from './observing.mjs';

export const views = {
  async 'kv.basic'(t) {
    const kv = await t.api.createKv(t, 'basic', { history: 5, description: 'a bucket' });
    t.see('put', await kv.put('a.b', 'one'));
    t.see('get', kvEntry(await kv.get('a.b')));
    t.see('put again', await kv.put('a.b', 'two'));
    t.see('get revision', kvEntry(await kv.get('a.b', { revision: 1 })));
    t.see('missing', kvEntry(await kv.get('none')));
    await kv.delete('a.b');
    const gone = await kv.get('a.b');
    t.see('deleted', gone === null || gone.operation !== 'PUT' ? 'not found' : kvEntry(gone));
    const status = await kv.status();
    t.see('status', { bucket: status.bucket, values: status.values, history: status.history, ttl: status.ttl });
    t.see('stream', await t.jsm.streams.info('KV_basic'));
  },

  async 'kv.revisions'(t) {
    const kv = await t.api.createKv(t, 'revisions', { history: 3 });
    t.see('create', await kv.create('k', 'one'));
    t.see('create again', await t.failure(kv.create('k', 'other')));
    t.see('update', await kv.update('k', 'two', 1));
    t.see('update wrong', await t.failure(kv.update('k', 'three', 1)));
    await kv.delete('k');
    t.see('create after delete', await kv.create('k', 'again'));
    t.see('get', kvEntry(await kv.get('k')));
  },

  async 'kv.history'(t) {
    const kv = await t.api.createKv(t, 'history', { history: 3 });
    for (let i = 1; i <= 5; i++) await kv.put('k', `v${i}`);
    await kv.put('other', 'x');
    await kv.delete('k');
    t.see('history', (await everything(await kv.history({ key: 'k' }))).map(kvEntry));
    await kv.purge('k');
    t.see('after purge', (await everything(await kv.history({ key: 'k' }))).map(kvEntry));
  },

  async 'kv.keys'(t) {
    const kv = await t.api.createKv(t, 'keys', { history: 1 });
    for (const key of ['b', 'a.x', 'a.y', 'gone', 'purged']) await kv.put(key, key);
    await kv.delete('gone');
    await kv.purge('purged');
    t.see('keys', (await everything(await kv.keys())).sort());
    t.see('filtered', (await everything(await kv.keys('a.*'))).sort());
  },

  async 'kv.watch'(t) {
    const kv = await t.api.createKv(t, 'watch', { history: 5 });
    await kv.put('a', 'a1');
    await kv.put('a', 'a2');
    await kv.put('b', 'b1');
    const watch = await kv.watch();
    await kv.put('c', 'c1');
    await kv.delete('a');
    await kv.purge('b');
    t.see('all', (await take(watch, 5)).map(kvEntry));
    const some = await kv.watch({ key: 'c', include: 'history' });
    await kv.put('c', 'c2');
    t.see('one key with history', (await take(some, 2)).map(kvEntry));
  },

  async 'object.put_get'(t) {
    const os = await t.api.createObjects(t, 'files', { description: 'objects' });
    const bytes = pattern(300_000);
    const put = await os.putBlob({ name: 'big', description: 'three chunks' }, bytes);
    t.see('put', { name: put.name, size: put.size, chunks: put.chunks, digest: put.digest });
    const got = await os.getBlob('big');
    t.see('get', { bytes: got.length, sha256: sha256(got) });
    const small = await os.putBlob({ name: 'empty' }, new Uint8Array(0));
    t.see('empty', { size: small.size, chunks: small.chunks, digest: small.digest });
    t.see('missing', (await os.getBlob('none')) ?? 'not found');
    const again = await os.putBlob({ name: 'big' }, pattern(1000));
    t.see('overwritten', { size: again.size, chunks: again.chunks });
    t.see('state', state((await t.jsm.streams.info('OBJ_files')).state).messages);
  },

  async 'object.info_list'(t) {
    const os = await t.api.createObjects(t, 'lists', {});
    await os.putBlob({ name: 'b', description: 'second' }, pattern(10));
    await os.putBlob({ name: 'a' }, pattern(20));
    const info = await os.info('b');
    t.see('info', { name: info.name, description: info.description, size: info.size, digest: info.digest });
    t.see('list', (await os.list()).map((item) => item.name).sort());
    await os.delete('a');
    t.see('after delete', (await os.list()).map((item) => item.name).sort());
    const status = await os.status();
    t.see('status', { bucket: status.bucket, storage: status.storage, sealed: status.sealed });
    t.see('stream', (await t.jsm.streams.info('OBJ_lists')).config);
  },

  async 'object.watch_link'(t) {
    const os = await t.api.createObjects(t, 'links', {});
    const target = await os.putBlob({ name: 'target' }, pattern(50));
    const link = await os.link('alias', target);
    t.see('link', link.options.link);
    t.see('through the link', (await os.getBlob('alias')).length);
    const watch = await os.watch({ includeHistory: true });
    const before = await take(watch, 2);
    t.see(
      'watch',
      before.map((item) => ({ name: item.name, deleted: item.deleted === true })),
    );
    const live = await os.watch({ includeHistory: true, ignoreDeletes: false });
    await os.delete('alias');
    const seen = (await take(live, t.api.watchEndMarkers + 3)).filter((item) => item !== null);
    t.see(
      'watch a delete',
      seen.map((item) => ({ name: item.name, deleted: item.deleted === true })),
    );
  },

  async 'service.basic'(t) {
    const service = await t.api
      .services(t.nc)
      .add({ name: 'adder', version: '1.2.3', description: 'adds', metadata: { a: 'b' } });
    const group = service.addGroup('math');
    group.addEndpoint('add', {
      metadata: { kind: 'sum' },
      handler: (_error, message) => {
        const numbers = JSON.parse(text(message.data));
        if (!Array.isArray(numbers)) message.respondError(400, 'not a list');
        else message.respond(String(numbers.reduce((a, b) => a + b, 0)));
      },
    });
    await t.nc.flush();
    t.see('answer', text((await t.nc.request('math.add', '[1,2,3]', { timeout: 2000 })).data));
    const refused = await t.nc.request('math.add', '{}', { timeout: 2000 });
    t.see('error', headerLists(refused.headers));
    const ask = async (subject) => JSON.parse(text((await t.nc.request(subject, '', { timeout: 2000 })).data));
    const ping = await ask('$SRV.PING.adder');
    t.see('ping', { type: ping.type, name: ping.name, version: ping.version });
    const info = await ask('$SRV.INFO.adder');
    t.see('info', {
      description: info.description,
      endpoints: info.endpoints.map((e) => ({ name: e.name, subject: e.subject, queue_group: e.queue_group })),
    });
    const stats = await ask(`$SRV.STATS.adder.${ping.id}`);
    t.see(
      'stats',
      stats.endpoints.map((e) => ({
        name: e.name,
        num_requests: e.num_requests,
        num_errors: e.num_errors,
        last_error: e.last_error,
      })),
    );
    await service.stop();
    t.see('stopped', await t.failure(t.nc.request('math.add', '[1]', { timeout: 1000 })));
  },
};
