// Scenarios of streams: configuration, publishing, limits, stored messages, and what a kill leaves.
import {
  ack,
  delivery,
  everything,
  headerLists,
  kvEntry,
  progress,
  settle,
  state,
  stored,
  text,
  within,
} from './observing.mjs';

export const streams = {
  async 'stream.create'(t) {
    const created = await t.jsm.streams.add({
      name: 'CREATE',
      description: 'a stream',
      subjects: ['create.a.*', 'create.b.>'],
      retention: 'limits',
      storage: 'file',
      discard: 'new',
      max_msgs: 1000,
      max_bytes: 1_000_000,
      max_age: 3_600_000_000_000,
      max_msg_size: 5000,
      max_msgs_per_subject: 10,
      duplicate_window: 60_000_000_000,
      max_consumers: 5,
      num_replicas: 1,
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      metadata: { owner: 'tests' },
    });
    t.see('created', created);
    const info = await t.jsm.streams.info('CREATE');
    t.see('info', info);
    const { name, subjects, max_msgs, max_age, discard, storage, metadata } = info.config;
    t.see('config', { name, subjects, max_msgs, max_age, discard, storage, owner: metadata.owner });
    t.see('state', state(info.state));
  },

  async 'stream.defaults'(t) {
    const file = await t.jsm.streams.add({ name: 'DEFAULTS' });
    t.see('file', file);
    const memory = await t.jsm.streams.add({
      name: 'DEFAULTSMEM',
      subjects: ['mem.>'],
      storage: 'memory',
      max_age: 5_000_000_000,
    });
    t.see('memory', memory);
    const { subjects, retention, storage, max_msgs, max_bytes, max_age, duplicate_window, num_replicas, discard } =
      file.config;
    t.see('filled in', {
      subjects,
      retention,
      storage,
      max_msgs,
      max_bytes,
      max_age,
      duplicate_window,
      num_replicas,
      discard,
    });
    t.see('duplicate window follows age', memory.config.duplicate_window);
  },

  async 'stream.errors'(t) {
    const cfg = { name: 'ERRORS', subjects: ['errors.>'] };
    await t.jsm.streams.add(cfg);
    t.see('same again', (await t.jsm.streams.add(cfg)).config.name);
    t.see('name in use', await t.failure(t.jsm.streams.add({ name: 'ERRORS', subjects: ['else'] })));
    t.see('overlap', await t.failure(t.jsm.streams.add({ name: 'ERRORS2', subjects: ['errors.a'] })));
    t.see('info of missing', await t.failure(t.jsm.streams.info('MISSING')));
    t.see('delete of missing', await t.failure(t.jsm.streams.delete('MISSING')));
    t.see('purge of missing', await t.failure(t.jsm.streams.purge('MISSING')));
    t.see('replicas', await t.failure(t.jsm.streams.add({ name: 'ERRORS3', subjects: ['e3'], num_replicas: 3 })));
    t.see('short age', await t.failure(t.jsm.streams.add({ name: 'ERRORS4', subjects: ['e4'], max_age: 1000 })));
    t.see(
      'window over age',
      await t.failure(t.jsm.streams.add({ name: 'ERRORS5', subjects: ['e5'], max_age: 1e9, duplicate_window: 2e9 })),
    );
    t.see('system subjects', await t.failure(t.jsm.streams.add({ name: 'ERRORS6', subjects: ['$JS.API.>'] })));
    t.see(
      'subjects overlap inside',
      await t.failure(t.jsm.streams.add({ name: 'ERRORS7', subjects: ['e7.>', 'e7.a'] })),
    );
  },

  async 'stream.update'(t) {
    await t.jsm.streams.add({ name: 'UPDATE', subjects: ['update.a'], max_msgs: 100 });
    for (let i = 0; i < 10; i++) await t.js.publish('update.a', String(i));
    const info = await t.jsm.streams.update('UPDATE', {
      subjects: ['update.a', 'update.b'],
      max_msgs: 4,
      description: 'changed',
    });
    t.see('updated', info);
    t.see('config', {
      subjects: info.config.subjects,
      max_msgs: info.config.max_msgs,
      description: info.config.description,
    });
    t.see('state', state((await t.jsm.streams.info('UPDATE')).state));
    t.see('new subject', ack(await t.js.publish('update.b', 'x')));
    const change = (cfg) => t.failure(t.jsm.streams.update('UPDATE', cfg));
    t.see('storage', await change({ storage: 'memory' }));
    t.see('retention', await change({ retention: 'workqueue' }));
    t.see('missing', await t.failure(t.jsm.streams.update('MISSING', { subjects: ['x'], max_msgs: 1 })));
  },

  async 'stream.list'(t) {
    for (const name of ['LISTC', 'LISTA', 'LISTB']) {
      await t.jsm.streams.add({ name, subjects: [`${name.toLowerCase()}.>`], storage: 'memory' });
    }
    await t.js.publish('lista.x', 'x');
    t.see('names', await everything(t.jsm.streams.names()));
    const list = await everything(t.jsm.streams.list());
    t.see(
      'list',
      list.map((info) => ({ name: info.config.name, messages: info.state.messages })),
    );
    t.see('names by subject', await everything(t.jsm.streams.names('listb.x')));
    t.see('find', await t.jsm.streams.find('listc.y'));
    const account = await t.jsm.getAccountInfo();
    t.see('account', { streams: account.streams, consumers: account.consumers });
    t.see('delete', await t.jsm.streams.delete('LISTB'));
    t.see('names after', await everything(t.jsm.streams.names()));
  },

  async 'stream.purge'(t) {
    await t.jsm.streams.add({ name: 'PURGE', subjects: ['purge.*'] });
    for (let i = 0; i < 30; i++) await t.js.publish(`purge.${i % 3}`, String(i));
    const step = async (name, options) => {
      const { purged } = await t.jsm.streams.purge('PURGE', options);
      t.see(name, { purged, state: state((await t.jsm.streams.info('PURGE')).state) });
    };
    await step('by subject', { filter: 'purge.0' });
    await step('by subject and keep', { filter: 'purge.1', keep: 4 });
    await step('up to a sequence', { seq: 12 });
    await step('keep', { keep: 5 });
    await step('all', undefined);
    t.see('sequence goes on', ack(await t.js.publish('purge.0', 'after')));
  },

  async 'stream.subjects'(t) {
    await t.jsm.streams.add({ name: 'SUBJECTS', subjects: ['subjects.>'], storage: 'file' });
    for (const subject of ['a', 'b', 'a', 'c.d', 'a']) await t.js.publish(`subjects.${subject}`, 'x');
    await t.jsm.streams.deleteMessage('SUBJECTS', 3);
    const all = await t.jsm.streams.info('SUBJECTS', { subjects_filter: '>', deleted_details: true });
    t.see('subjects', all.state.subjects);
    t.see('deleted', all.state.deleted);
    t.see('num_subjects', all.state.num_subjects);
    const some = await t.jsm.streams.info('SUBJECTS', { subjects_filter: 'subjects.*' });
    t.see('filtered', some.state.subjects);
  },

  async 'stream.retention'(t) {
    await t.jsm.streams.add({ name: 'WORK', subjects: ['work.*'], retention: 'workqueue' });
    for (let i = 0; i < 5; i++) await t.js.publish('work.a', String(i));
    const work = await t.consumer('WORK', { durable_name: 'w', ack_policy: 'explicit' });
    for (const message of await t.fetch(work, 3)) await message.ackAck();
    const stream = (name, want) =>
      settle(
        () => t.jsm.streams.info(name),
        (info) => info.state.messages === want,
      );
    t.see('work queue', state((await stream('WORK', 2)).state));
    t.see(
      'second consumer',
      await t.failure(t.jsm.consumers.add('WORK', { durable_name: 'w2', ack_policy: 'explicit' })),
    );
    t.see('no ack', await t.failure(t.jsm.consumers.add('WORK', { durable_name: 'w3', ack_policy: 'none' })));
    await t.jsm.streams.add({ name: 'INTEREST', subjects: ['interest.*'], retention: 'interest' });
    await t.js.publish('interest.a', 'nobody');
    t.see('no interest', state((await t.jsm.streams.info('INTEREST')).state));
    const one = await t.consumer('INTEREST', { durable_name: 'i1', ack_policy: 'explicit' });
    const two = await t.consumer('INTEREST', { durable_name: 'i2', ack_policy: 'explicit' });
    await t.js.publish('interest.a', 'both');
    for (const message of await t.fetch(one, 1)) await message.ackAck();
    t.see('one of two', state((await t.jsm.streams.info('INTEREST')).state));
    for (const message of await t.fetch(two, 1)) await message.ackAck();
    t.see('both', state((await stream('INTEREST', 0)).state));
  },

  async 'account.info'(t) {
    await t.jsm.streams.add({ name: 'ACCOUNT', subjects: ['account'], max_bytes: 100_000 });
    await t.js.publish('account', 'x'.repeat(100));
    await t.jsm.consumers.add('ACCOUNT', { durable_name: 'c', ack_policy: 'explicit' });
    const { memory, storage, streams: count, consumers, limits } = await t.jsm.getAccountInfo();
    t.see('usage', { memory, storage, streams: count, consumers });
    t.see('limits', {
      max_memory: limits.max_memory,
      max_storage: limits.max_storage,
      max_streams: limits.max_streams,
      max_consumers: limits.max_consumers,
    });
  },
};

export const publishing = {
  async 'publish.ack'(t) {
    await t.jsm.streams.add({ name: 'ACK', subjects: ['ack.>'] });
    t.see('first', ack(await t.js.publish('ack.a', 'one')));
    t.see('second', ack(await t.js.publish('ack.b', '')));
    t.see('no stream', await t.failure(t.js.publish('nostream', 'x')));
    const raw = await t.nc.request('ack.c', 'raw', { timeout: 2000 });
    t.see('raw', text(raw.data));
  },

  async 'publish.dedupe'(t) {
    await t.jsm.streams.add({ name: 'DEDUPE', subjects: ['dedupe.>'] });
    t.see('first', ack(await t.js.publish('dedupe.a', 'x', { msgID: 'id-1' })));
    t.see('again', ack(await t.js.publish('dedupe.a', 'y', { msgID: 'id-1' })));
    t.see('other', ack(await t.js.publish('dedupe.a', 'x', { msgID: 'id-2' })));
    const headers = t.api.headers();
    headers.set('Nats-Msg-Id', 'id-1');
    t.see('raw', text((await t.nc.request('dedupe.b', 'z', { headers, timeout: 2000 })).data));
    t.see('state', state((await t.jsm.streams.info('DEDUPE')).state));
  },

  async 'publish.expect'(t) {
    await t.jsm.streams.add({ name: 'EXPECT', subjects: ['expect.*'] });
    const put = (subject, expect, msgID) =>
      t.js.publish(`expect.${subject}`, 'x', { expect, ...(msgID ? { msgID } : {}) });
    t.see('first', ack(await put('a', { lastSequence: 0 }, 'm1')));
    t.see('stream', ack(await put('a', { streamName: 'EXPECT' })));
    t.see('wrong stream', await t.failure(put('a', { streamName: 'OTHER' })));
    t.see('last sequence', ack(await put('b', { lastSequence: 2 }, 'm3')));
    t.see('wrong last sequence', await t.failure(put('b', { lastSequence: 7 })));
    t.see('last subject sequence', ack(await put('a', { lastSubjectSequence: 2 })));
    t.see('wrong last subject sequence', await t.failure(put('a', { lastSubjectSequence: 2 })));
    t.see('new subject', ack(await put('new', { lastSubjectSequence: 0 }, 'm5')));
    t.see('subject exists', await t.failure(put('a', { lastSubjectSequence: 0 })));
    t.see('last msg id', ack(await put('a', { lastMsgID: 'm5' }, 'm6')));
    t.see('wrong last msg id', await t.failure(put('a', { lastMsgID: 'm1' })));
    t.see('state', state((await t.jsm.streams.info('EXPECT')).state));
  },

  async 'publish.rollup'(t) {
    await t.jsm.streams.add({ name: 'ROLLUP', subjects: ['rollup.*'], allow_rollup_hdrs: true });
    await t.jsm.streams.add({ name: 'NOROLLUP', subjects: ['norollup.*'] });
    for (let i = 0; i < 9; i++) await t.js.publish(`rollup.${i % 3}`, String(i));
    const roll = (subject, value) => {
      const headers = t.api.headers();
      headers.set('Nats-Rollup', value);
      return t.js.publish(subject, 'rolled', { headers });
    };
    t.see('subject', ack(await roll('rollup.1', 'sub')));
    t.see('after subject', state((await t.jsm.streams.info('ROLLUP')).state));
    t.see('all', ack(await roll('rollup.2', 'all')));
    t.see('after all', state((await t.jsm.streams.info('ROLLUP')).state));
    t.see('bad value', await t.failure(roll('rollup.1', 'some')));
    t.see('not allowed', await t.failure(roll('norollup.1', 'sub')));
  },

  async 'limits.messages'(t) {
    await t.jsm.streams.add({ name: 'OLD', subjects: ['old.*'], max_msgs: 3 });
    for (let i = 0; i < 5; i++) await t.js.publish('old.a', String(i));
    t.see('discard old', state((await t.jsm.streams.info('OLD')).state));
    await t.jsm.streams.add({ name: 'NEW', subjects: ['new.*'], max_msgs: 3, discard: 'new' });
    for (let i = 0; i < 3; i++) await t.js.publish('new.a', String(i));
    t.see('discard new', await t.failure(t.js.publish('new.a', '3')));
    t.see('state', state((await t.jsm.streams.info('NEW')).state));
  },

  async 'limits.bytes'(t) {
    await t.jsm.streams.add({ name: 'BYTES', subjects: ['bytes'], max_bytes: 1000, max_msg_size: 300 });
    for (let i = 0; i < 10; i++) await t.js.publish('bytes', new Uint8Array(100 + i));
    t.see('discard old', state((await t.jsm.streams.info('BYTES')).state));
    t.see('message too large', await t.failure(t.js.publish('bytes', new Uint8Array(301))));
    await t.jsm.streams.add({ name: 'BYTESNEW', subjects: ['bytesnew'], max_bytes: 1000, discard: 'new' });
    for (let i = 0; i < 6; i++) await t.js.publish('bytesnew', new Uint8Array(100));
    t.see('discard new', await t.failure(t.js.publish('bytesnew', new Uint8Array(300))));
    t.see('state', state((await t.jsm.streams.info('BYTESNEW')).state));
  },

  async 'limits.age'(t) {
    await t.jsm.streams.add({ name: 'AGE', subjects: ['age'], max_age: 2_000_000_000, duplicate_window: 200_000_000 });
    for (let i = 0; i < 3; i++) await t.js.publish('age', String(i));
    t.see('before', state((await t.jsm.streams.info('AGE')).state));
    const info = await settle(
      () => t.jsm.streams.info('AGE'),
      ({ state: now }) => now.messages === 0,
      20_000,
    );
    t.see('after', state(info.state));
  },

  async 'limits.per_subject'(t) {
    await t.jsm.streams.add({ name: 'PER', subjects: ['per.*'], max_msgs_per_subject: 2 });
    for (let i = 0; i < 9; i++) await t.js.publish(`per.${i % 3}`, String(i));
    t.see('discard old', state((await t.jsm.streams.info('PER')).state));
    const cfg = { max_msgs_per_subject: 1, discard: 'new', discard_new_per_subject: true };
    await t.jsm.streams.add({ name: 'PERNEW', subjects: ['pernew.*'], ...cfg });
    await t.js.publish('pernew.a', 'x');
    t.see('discard new', await t.failure(t.js.publish('pernew.a', 'y')));
    t.see('other subject', ack(await t.js.publish('pernew.b', 'y')));
  },
};

export const messages = {
  async 'message.get'(t) {
    await t.jsm.streams.add({ name: 'GET', subjects: ['get.*'] });
    for (let i = 1; i <= 6; i++) {
      const headers = t.api.headers();
      headers.set('Number', String(i));
      await t.js.publish(`get.${i % 2}`, `m${i}`, { headers });
    }
    const get = async (query) => {
      const message = await t.jsm.streams.getMessage('GET', query);
      return message === null ? 'not found' : { ...stored(message), headers: headerLists(message.header) };
    };
    t.see('by sequence', await get({ seq: 2 }));
    t.see('last by subject', await get({ last_by_subj: 'get.1' }));
    t.see('last by wildcard', await get({ last_by_subj: 'get.*' }));
    t.see('missing sequence', await t.outcome(get({ seq: 99 })));
    t.see('missing subject', await t.outcome(get({ last_by_subj: 'get.none' })));
  },

  async 'message.direct'(t) {
    await t.jsm.streams.add({ name: 'DIRECT', subjects: ['direct.*'], allow_direct: true });
    for (let i = 1; i <= 6; i++) await t.js.publish(`direct.${i % 2}`, `m${i}`);
    const get = async (query) => {
      const message = await t.jsm.direct.getMessage('DIRECT', query);
      return message === null ? 'not found' : stored(message);
    };
    t.see('by sequence', await get({ seq: 2 }));
    t.see('last by subject', await get({ last_by_subj: 'direct.1' }));
    t.see('next by subject', await get({ seq: 3, next_by_subj: 'direct.0' }));
    t.see('missing', await t.outcome(get({ seq: 99 })));
    const raw = await t.nc.request('$JS.API.DIRECT.GET.DIRECT', JSON.stringify({ seq: 3 }), { timeout: 2000 });
    t.see('raw', { data: text(raw.data), headers: headerLists(raw.headers) });
    const last = await t.nc.request('$JS.API.DIRECT.GET.DIRECT.direct.1', '', { timeout: 2000 });
    t.see('raw last by subject', { data: text(last.data), headers: headerLists(last.headers) });
    const bad = await t.nc.request('$JS.API.DIRECT.GET.DIRECT', '{"seq":99}', { timeout: 2000 });
    t.see('raw missing', { code: bad.headers.code, text: bad.headers.description });
    const empty = await t.nc.request('$JS.API.DIRECT.GET.DIRECT', '', { timeout: 2000 });
    t.see('raw empty', { code: empty.headers.code, text: empty.headers.description });
  },

  async 'message.direct_batch'(t) {
    await t.jsm.streams.add({ name: 'BATCH', subjects: ['batch.*'], allow_direct: true });
    for (let i = 1; i <= 9; i++) await t.js.publish(`batch.${i % 3}`, `m${i}`);
    const gather = async (request) => {
      const inbox = t.api.createInbox();
      const sub = t.nc.subscribe(inbox);
      t.nc.publish('$JS.API.DIRECT.GET.BATCH', JSON.stringify(request), { reply: inbox });
      const list = [];
      const end = (async () => {
        for await (const message of sub) {
          list.push({
            status: message.headers.code,
            ...t.withoutTime(headerLists(message.headers)),
            data: text(message.data),
          });
          if (message.headers.code !== 0) break;
        }
      })();
      await within(end, 3000, 'end of batch');
      return list;
    };
    t.see('batch', await gather({ seq: 2, batch: 3 }));
    t.see('filtered', await gather({ seq: 1, batch: 10, next_by_subj: 'batch.1' }));
    t.see('last for', await gather({ multi_last: ['batch.0', 'batch.2'] }));
    t.see('up to', await gather({ multi_last: ['batch.>'], up_to_seq: 5 }));
    t.see('nothing', await gather({ multi_last: ['none'] }));
  },

  async 'message.delete'(t) {
    await t.jsm.streams.add({ name: 'DELETE', subjects: ['delete'] });
    for (let i = 1; i <= 5; i++) await t.js.publish('delete', `m${i}`);
    t.see('erase', await t.jsm.streams.deleteMessage('DELETE', 2, true));
    t.see('no erase', await t.jsm.streams.deleteMessage('DELETE', 5, false));
    t.see('again', await t.failure(t.jsm.streams.deleteMessage('DELETE', 2)));
    t.see('state', state((await t.jsm.streams.info('DELETE')).state));
    t.see('next sequence', ack(await t.js.publish('delete', 'm6')));
    await t.jsm.streams.deleteMessage('DELETE', 1);
    t.see('first moves', state((await t.jsm.streams.info('DELETE')).state));
    await t.jsm.streams.add({ name: 'NODELETE', subjects: ['nodelete'], deny_delete: true, deny_purge: true });
    await t.js.publish('nodelete', 'x');
    t.see('denied delete', await t.failure(t.jsm.streams.deleteMessage('NODELETE', 1)));
    t.see('denied purge', await t.failure(t.jsm.streams.purge('NODELETE')));
  },
};

export const restart = {
  async 'restart.kill'(t) {
    const servers = t.options.first;
    const nc = await t.connect({ servers, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    const js = t.api.jetstream(nc);
    const jsm = await t.api.jetstreamManager(nc);
    await jsm.streams.add({ name: 'KILL', subjects: ['kill.*'] });
    const acks = [];
    for (let i = 0; i < 200; i++) acks.push(js.publish(`kill.${i % 4}`, `m${i}`, { msgID: `id-${i}` }));
    t.see(
      'acknowledged',
      (await Promise.all(acks))
        .map((pa) => pa.seq)
        .sort((a, b) => a - b)
        .at(-1),
    );
    await jsm.streams.deleteMessage('KILL', 100);
    await jsm.consumers.add('KILL', { durable_name: 'c', ack_policy: 'explicit', ack_wait: 60e9 });
    const c = await js.consumers.get('KILL', 'c');
    for (const message of await t.fetch(c, 30)) await message.ackAck();
    const kv = await t.api.createKv({ nc, js }, 'kept', { history: 2 });
    await kv.put('a', 'one');
    await kv.put('a', 'two');
    // The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
    await new Promise((resolve) => setTimeout(resolve, 700));
    const reconnected = t.nextStatus(nc, 'reconnect');
    await t.ask('kill', 'first');
    await t.ask('start', 'first');
    await within(reconnected, 10_000, 'reconnect');
    const info = await settle(
      () => jsm.streams.info('KILL').catch(() => null),
      (now) => now !== null,
    );
    t.see('state', state(info.state));
    t.see('progress', progress(await jsm.consumers.info('KILL', 'c')));
    t.see('next message', delivery((await t.fetch(await js.consumers.get('KILL', 'c'), 1))[0]));
    t.see('duplicate is known', ack(await js.publish('kill.0', 'm5', { msgID: 'id-5' })));
    t.see('next sequence', ack(await js.publish('kill.0', 'new')));
    t.see(
      'deleted stays deleted',
      await t.outcome(async () =>
        (await jsm.streams.getMessage('KILL', { seq: 100 })) === null ? 'not found' : 'found',
      ),
    );
    t.see('kv', kvEntry(await (await t.api.openKv({ nc, js }, 'kept')).get('a')));
    await jsm.streams.delete('KILL');
    await jsm.streams.delete('KV_kept');
    await nc.close();
  },
};
