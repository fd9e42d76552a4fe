// Scenarios of consumers: configuration, pull and push, acknowledgements, what is delivered and when.
import { delivery, everything, headerLists, progress, settle, take, text, within } from './observing.mjs';

/** A stream with `count` messages m1, m2, ... on `NAME.0`, `NAME.1`, `NAME.2` in turn (name in lower case). */
async function fill(t, name, count, config = {}) {
  const subject = name.toLowerCase();
  await t.jsm.streams.add({ name, subjects: [`${subject}.>`], ...config });
  for (let i = 1; i <= count; i++) await t.js.publish(`${subject}.${i % 3}`, `m${i}`);
}

/** Sends one pull request by hand and gathers what comes until `count` messages or a terminal status. */
async function pull(t, stream, consumer, request, ms = 3000) {
  const inbox = t.api.createInbox();
  const sub = t.nc.subscribe(inbox);
  t.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, { reply: inbox });
  const list = [];
  const end = (async () => {
    for await (const message of sub) {
      const code = message.headers?.code ?? 0;
      if (code === 0) list.push(text(message.data));
      else list.push({ code, text: message.headers.description, headers: headerLists(message.headers) });
      if (code >= 400) break;
    }
  })();
  await within(end, ms, 'a terminal status').catch(() => list.push('no status'));
  sub.unsubscribe();
  return list;
}

export const consumers = {
  async 'consumer.create'(t) {
    await fill(t, 'CREATE', 4);
    const info = await t.jsm.consumers.add('CREATE', {
      durable_name: 'full',
      description: 'a consumer',
      ack_policy: 'explicit',
      ack_wait: 5_000_000_000,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: 2,
      filter_subject: 'create.0',
      max_ack_pending: 50,
      max_deliver: 4,
      max_waiting: 10,
      max_batch: 20,
      max_expires: 30_000_000_000,
      max_bytes: 10_000,
      inactive_threshold: 600_000_000_000,
      replay_policy: 'instant',
      sample_freq: '50%',
      headers_only: false,
      metadata: { owner: 'tests' },
    });
    t.see('full', info);
    t.see('progress', progress(info));
    t.see('defaults', await t.jsm.consumers.add('CREATE', { durable_name: 'plain', ack_policy: 'explicit' }));
    t.see(
      'backoff',
      await t.jsm.consumers.add('CREATE', {
        durable_name: 'backoff',
        ack_policy: 'explicit',
        max_deliver: 4,
        backoff: [1_000_000_000, 2_000_000_000, 5_000_000_000],
      }),
    );
    t.see(
      'push',
      await t.jsm.consumers.add('CREATE', {
        durable_name: 'push',
        ack_policy: 'none',
        deliver_subject: 'create-deliver',
        flow_control: true,
        idle_heartbeat: 1_000_000_000,
      }),
    );
    t.see(
      'push queue',
      await t.jsm.consumers.add('CREATE', {
        durable_name: 'push-queue',
        ack_policy: 'explicit',
        deliver_subject: 'create-queue',
        deliver_group: 'workers',
        rate_limit_bps: 1_000_000,
      }),
    );
  },

  async 'consumer.errors'(t) {
    await fill(t, 'CERRORS', 1);
    const add = (cfg) => t.failure(t.jsm.consumers.add('CERRORS', { ack_policy: 'explicit', ...cfg }));
    await t.jsm.consumers.add('CERRORS', { durable_name: 'here', ack_policy: 'explicit' });
    t.see(
      'stream missing',
      await t.failure(t.jsm.consumers.add('MISSING', { durable_name: 'x', ack_policy: 'explicit' })),
    );
    t.see('info of missing', await t.failure(t.jsm.consumers.info('CERRORS', 'missing')));
    t.see('delete of missing', await t.failure(t.jsm.consumers.delete('CERRORS', 'missing')));
    t.see('filter outside', await add({ durable_name: 'c1', filter_subject: 'elsewhere' }));
    t.see('overlapping filters', await add({ durable_name: 'c2', filter_subjects: ['cerrors.>', 'cerrors.a'] }));
    t.see(
      'both filters',
      await add({ durable_name: 'c3', filter_subject: 'cerrors.a', filter_subjects: ['cerrors.b'] }),
    );
    t.see('backoff over max deliver', await add({ durable_name: 'c4', max_deliver: 1, backoff: [1e9, 2e9] }));
    t.see('start without policy', await add({ durable_name: 'c5', opt_start_seq: 3 }));
    t.see('wildcard deliver subject', await add({ durable_name: 'c6', deliver_subject: 'x.*' }));
    t.see('small heartbeat', await add({ durable_name: 'c7', deliver_subject: 'x', idle_heartbeat: 1000 }));
    t.see(
      'flow control without heartbeat',
      await add({ durable_name: 'c8', deliver_subject: 'x', flow_control: true }),
    );
    t.see('cycle', await add({ durable_name: 'c9', deliver_subject: 'cerrors.x' }));
    t.see('pull with heartbeat', await add({ durable_name: 'c10', idle_heartbeat: 1e9 }));
    t.see('last per subject without filter', await add({ durable_name: 'c11', deliver_policy: 'last_per_subject' }));
    t.see('too many replicas', await add({ durable_name: 'c12', num_replicas: 3 }));
    t.see('exists with other config', await add({ durable_name: 'here', deliver_policy: 'new' }));
  },

  async 'consumer.list'(t) {
    await fill(t, 'CLIST', 1);
    for (const name of ['zebra', 'ant', 'mole'])
      await t.jsm.consumers.add('CLIST', { durable_name: name, ack_policy: 'explicit' });
    t.see(
      'list',
      (await everything(t.jsm.consumers.list('CLIST'))).map((info) => info.name),
    );
    t.see('consumer count', (await t.jsm.streams.info('CLIST')).state.consumer_count);
    t.see('delete', await t.jsm.consumers.delete('CLIST', 'mole'));
    t.see(
      'list after',
      (await everything(t.jsm.consumers.list('CLIST'))).map((info) => info.name),
    );
    t.see('info', progress(await t.jsm.consumers.info('CLIST', 'ant')));
  },

  async 'consumer.update'(t) {
    await fill(t, 'CUPDATE', 6);
    await t.jsm.consumers.add('CUPDATE', { durable_name: 'c', ack_policy: 'explicit' });
    const info = await t.jsm.consumers.update('CUPDATE', 'c', {
      description: 'changed',
      ack_wait: 7_000_000_000,
      max_ack_pending: 9,
      max_deliver: 3,
      filter_subject: 'cupdate.0',
      headers_only: true,
    });
    t.see('updated', info);
    t.see('pending follows filter', info.num_pending);
    const change = (cfg) => t.failure(t.jsm.consumers.update('CUPDATE', 'c', cfg));
    t.see('deliver policy', await change({ deliver_policy: 'new' }));
    t.see('ack policy', await change({ ack_policy: 'none' }));
    t.see('to push', await change({ deliver_subject: 'x' }));
    t.see('max waiting', await change({ max_waiting: 7 }));
    t.see('still the same', await t.jsm.consumers.info('CUPDATE', 'c'));
  },

  async 'consumer.ack_explicit'(t) {
    await fill(t, 'EXPLICIT', 10);
    const c = await t.consumer('EXPLICIT', { durable_name: 'c', ack_policy: 'explicit', ack_wait: 30_000_000_000 });
    const list = await t.fetch(c, 5);
    t.see('messages', list.map(delivery));
    for (const index of [0, 1, 3]) await list[index].ackAck();
    t.see('after 1, 2 and 4', progress(await t.jsm.consumers.info('EXPLICIT', 'c')));
    await list[2].ackAck();
    await list[4].ackAck();
    t.see('after all five', progress(await t.jsm.consumers.info('EXPLICIT', 'c')));
    t.see('the rest', (await t.fetch(c, 5)).map(delivery));
  },

  async 'consumer.ack_all'(t) {
    await fill(t, 'ALL', 10);
    const c = await t.consumer('ALL', { durable_name: 'c', ack_policy: 'all' });
    const list = await t.fetch(c, 7);
    await list[4].ackAck();
    t.see('after the fifth', progress(await t.jsm.consumers.info('ALL', 'c')));
  },

  async 'consumer.ack_none'(t) {
    await fill(t, 'NONE', 6);
    const c = await t.consumer('NONE', { durable_name: 'c', ack_policy: 'none' });
    t.see('messages', (await t.fetch(c, 4)).map(delivery));
    t.see('progress', progress(await t.jsm.consumers.info('NONE', 'c')));
  },

  async 'consumer.fetch'(t) {
    await fill(t, 'FETCH', 12);
    const c = await t.consumer('FETCH', { durable_name: 'c', ack_policy: 'explicit' });
    t.see(
      'batch',
      (await t.fetch(c, 4)).map((message) => text(message.data)),
    );
    t.see('next', text((await c.next({ expires: 1000 })).data));
    t.see(
      'more than there is',
      (await t.fetch(c, 50, { expires: 1000 })).map((message) => text(message.data)),
    );
    const started = performance.now();
    t.see('nothing left', await c.next({ expires: 1000 }));
    t.see('waited', performance.now() - started > 900);
  },

  async 'consumer.fetch_bytes'(t) {
    await t.jsm.streams.add({ name: 'FBYTES', subjects: ['fbytes'] });
    for (let i = 0; i < 6; i++) await t.js.publish('fbytes', 'x'.repeat(200));
    await t.jsm.consumers.add('FBYTES', { durable_name: 'c', ack_policy: 'explicit' });
    const ask = (request) => pull(t, 'FBYTES', 'c', JSON.stringify(request));
    const brief = (list) => list.map((item) => (typeof item === 'string' ? item.length : item));
    t.see('some fit', brief(await ask({ batch: 10, max_bytes: 700, expires: 1_000_000_000 })));
    t.see('progress', progress(await t.jsm.consumers.info('FBYTES', 'c')));
    t.see('the rest', brief(await ask({ batch: 10, max_bytes: 100_000, expires: 200_000_000 })));
  },

  async 'consumer.pull_statuses'(t) {
    await fill(t, 'STATUS', 3);
    await t.jsm.consumers.add('STATUS', {
      durable_name: 'c',
      ack_policy: 'explicit',
      max_batch: 20,
      max_bytes: 5000,
      max_expires: 2e9,
      max_waiting: 2,
    });
    await t.jsm.consumers.add('STATUS', { durable_name: 'p', ack_policy: 'none', deliver_subject: 'status-deliver' });
    const ask = (request, name = 'c') =>
      pull(t, 'STATUS', name, typeof request === 'string' ? request : JSON.stringify(request));
    t.see('no wait, partly', await ask({ batch: 5, no_wait: true }));
    t.see('no wait, nothing', await ask({ batch: 5, no_wait: true }));
    t.see('expires', await ask({ batch: 2, expires: 150_000_000 }));
    t.see('heartbeats', await ask({ batch: 2, expires: 500_000_000, idle_heartbeat: 200_000_000 }));
    t.see('heartbeat too large', await ask({ batch: 2, expires: 500_000_000, idle_heartbeat: 400_000_000 }));
    t.see('batch too large', await ask({ batch: 21, no_wait: true }));
    t.see('expires too long', await ask({ batch: 1, expires: 3_000_000_000 }));
    t.see('too many bytes', await ask({ batch: 1, max_bytes: 6000, no_wait: true }));
    t.see('bad json', await ask('{"batch":'));
    t.see('push consumer', await ask({ batch: 1 }, 'p'));
    t.see('missing consumer', await ask({ batch: 1 }, 'missing'));
    t.see('number', await ask('3', 'missing'));
    await t.js.publish('status.0', 'y'.repeat(500));
    t.see('message over max_bytes', await ask({ batch: 1, max_bytes: 100, expires: 500_000_000 }));
    const waiting = ask({ batch: 1, max_bytes: 600, expires: 1_000_000_000 });
    t.see(
      'then delivered',
      (await waiting).map((item) => item.length ?? item),
    );
    const gone = ask({ batch: 1, expires: 2_000_000_000 });
    await t.nc.flush();
    await t.jsm.consumers.delete('STATUS', 'c');
    t.see('consumer deleted', await gone);
  },

  async 'consumer.consume'(t) {
    await fill(t, 'CONSUME', 300, { storage: 'memory' });
    const c = await t.consumer('CONSUME', { durable_name: 'c', ack_policy: 'explicit' });
    const messages = await c.consume({ max_messages: 50 });
    const seen = [];
    for await (const message of messages) {
      seen.push(message.seq);
      message.ack();
      if (seen.length === 300) break;
    }
    t.see('count', seen.length);
    t.see(
      'in order',
      seen.every((seq, i) => seq === i + 1),
    );
    const info = await settle(
      () => t.jsm.consumers.info('CONSUME', 'c'),
      ({ num_ack_pending }) => num_ack_pending === 0,
    );
    t.see('progress', progress(info));
  },

  async 'consumer.ordered'(t) {
    await fill(t, 'ORDERED', 200, { storage: 'memory' });
    const c = await t.js.consumers.get('ORDERED');
    const messages = await c.consume({ max_messages: 40 });
    const seen = [];
    for await (const message of messages) {
      seen.push(message.seq);
      if (seen.length === 200) break;
    }
    t.see(
      'in order',
      seen.every((seq, i) => seq === i + 1),
    );
    const from = await t.api.orderedFrom(t, { stream: 'ORDERED', sequence: 150, filter: 'ordered.1' });
    t.see(
      'from a sequence, filtered',
      (await t.fetch(from, 5)).map((message) => message.seq),
    );
  },

  async 'consumer.push'(t) {
    await fill(t, 'PUSH', 5);
    const sub = t.nc.subscribe('push-deliver');
    await t.jsm.consumers.add('PUSH', { durable_name: 'c', ack_policy: 'explicit', deliver_subject: 'push-deliver' });
    const first = await take(sub, 5);
    t.see(
      'messages',
      first.map((message) => text(message.data)),
    );
    t.see('reply', first[0].reply.split('.').slice(0, 7).join('.'));
    for (const message of first) await t.nc.request(message.reply, '+ACK', { timeout: 2000 });
    t.see('progress', progress(await t.jsm.consumers.info('PUSH', 'c')));
    const live = t.nc.subscribe('push-deliver');
    await t.js.publish('push.0', 'live');
    t.see(
      'live',
      (await take(live, 1)).map((message) => text(message.data)),
    );
  },

  async 'consumer.push_client'(t) {
    await fill(t, 'PCLIENT', 100);
    await t.jsm.consumers.add('PCLIENT', {
      durable_name: 'c',
      ack_policy: 'explicit',
      deliver_subject: 'pclient-deliver',
      idle_heartbeat: 1_000_000_000,
      flow_control: true,
    });
    const seen = [];
    for await (const message of await t.api.pushMessages(t, 'PCLIENT', 'c')) {
      seen.push(message.seq);
      message.ack();
      if (seen.length === 100) break;
    }
    t.see(
      'in order',
      seen.every((seq, i) => seq === i + 1),
    );
    const info = await settle(
      () => t.jsm.consumers.info('PCLIENT', 'c'),
      ({ num_ack_pending }) => num_ack_pending === 0,
    );
    t.see('progress', progress(info));
  },

  async 'consumer.push_queue'(t) {
    await fill(t, 'PQUEUE', 60, { storage: 'memory' });
    const counts = [0, 0, 0];
    const seen = new Set();
    counts.forEach((_, member) => {
      t.nc.subscribe('pqueue-deliver', {
        queue: 'workers',
        callback: (_error, message) => {
          counts[member]++;
          seen.add(text(message.data));
          message.respond('+ACK');
        },
      });
    });
    await t.nc.flush();
    await t.jsm.consumers.add('PQUEUE', {
      durable_name: 'c',
      ack_policy: 'explicit',
      deliver_subject: 'pqueue-deliver',
      deliver_group: 'workers',
    });
    const info = await settle(
      () => t.jsm.consumers.info('PQUEUE', 'c'),
      (now) => now.ack_floor.stream_seq === 60,
    );
    t.see('progress', progress(info));
    t.see('once each', { messages: seen.size, deliveries: counts.reduce((a, b) => a + b, 0) });
    t.see(
      'every member served',
      counts.every((count) => count > 0),
    );
  },

  async 'consumer.push_heartbeat'(t) {
    await fill(t, 'PBEAT', 2);
    const sub = t.nc.subscribe('pbeat-deliver');
    await t.jsm.consumers.add('PBEAT', {
      durable_name: 'c',
      ack_policy: 'none',
      deliver_subject: 'pbeat-deliver',
      idle_heartbeat: 150_000_000,
      flow_control: true,
    });
    const list = await take(sub, 4);
    t.see(
      'messages, then heartbeats',
      list.map((message) => ({
        data: text(message.data),
        code: message.headers?.code ?? 0,
        text: message.headers?.description ?? '',
        headers: headerLists(message.headers),
      })),
    );
  },

  async 'consumer.flow_control'(t) {
    await t.jsm.streams.add({ name: 'FLOW', subjects: ['flow'], storage: 'memory' });
    const body = new Uint8Array(32_000);
    for (let i = 0; i < 100; i++) await t.js.publish('flow', body);
    let messages = 0;
    let requests = 0;
    let other = 0;
    const done = new Promise((resolve) => {
      t.nc.subscribe('flow-deliver', {
        callback: (_error, message) => {
          const code = message.headers?.code ?? 0;
          if (code === 0) messages++;
          else if (message.headers.description === 'FlowControl Request') {
            requests++;
            message.respond();
          } else if (!message.headers.description.startsWith('Idle')) other++;
          if (messages === 100) resolve();
        },
      });
    });
    await t.nc.flush();
    await t.jsm.consumers.add('FLOW', {
      durable_name: 'c',
      ack_policy: 'none',
      deliver_subject: 'flow-deliver',
      idle_heartbeat: 1e9,
      flow_control: true,
    });
    await within(done, 8000, '100 messages');
    t.see('messages', messages);
    t.see('asked at least once', requests > 0);
    t.see('anything else', other);
  },

  async 'consumer.nak'(t) {
    await fill(t, 'NAK', 1);
    const c = await t.consumer('NAK', { durable_name: 'c', ack_policy: 'explicit' });
    const [first] = await t.fetch(c, 1);
    first.nak();
    const [second] = await t.fetch(c, 1);
    t.see('at once', delivery(second));
    const started = performance.now();
    second.nak(300);
    const [third] = await t.fetch(c, 1);
    t.see('delayed', { ...delivery(third), waited: performance.now() - started > 250 });
    await third.ackAck();
    t.see('progress', progress(await t.jsm.consumers.info('NAK', 'c')));
  },

  async 'consumer.term'(t) {
    await fill(t, 'TERM', 2);
    const advisories = t.nc.subscribe('$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TERM.c');
    const c = await t.consumer('TERM', { durable_name: 'c', ack_policy: 'explicit', ack_wait: 300_000_000 });
    const [first, second] = await t.fetch(c, 2);
    first.term('bad data');
    await second.ackAck();
    const info = await settle(
      () => t.jsm.consumers.info('TERM', 'c'),
      ({ num_ack_pending }) => num_ack_pending === 0,
    );
    t.see('progress', progress(info));
    t.see('never again', await c.next({ expires: 1000 }));
    t.see('advisory', JSON.parse(text((await take(advisories, 1))[0].data)));
  },

  async 'consumer.in_progress'(t) {
    await fill(t, 'WORKING', 1);
    const c = await t.consumer('WORKING', { durable_name: 'c', ack_policy: 'explicit', ack_wait: 600_000_000 });
    const [message] = await t.fetch(c, 1);
    const beat = setInterval(() => message.working(), 150);
    t.see('not redelivered while working', await c.next({ expires: 1200 }));
    clearInterval(beat);
    const again = await c.next({ expires: 2000 });
    t.see('redelivered after', again === null ? null : delivery(again));
    await again?.ackAck();
  },

  async 'consumer.ack_wait'(t) {
    await fill(t, 'AWAIT', 1);
    const advisories = t.nc.subscribe('$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.AWAIT.c');
    const c = await t.consumer('AWAIT', {
      durable_name: 'c',
      ack_policy: 'explicit',
      ack_wait: 250_000_000,
      max_deliver: 3,
    });
    const counts = [];
    for (let i = 0; i < 3; i++) counts.push((await c.next({ expires: 2000 })).info.deliveryCount);
    t.see('deliveries', counts);
    t.see('no fourth', await c.next({ expires: 1000 }));
    t.see('advisory', JSON.parse(text((await take(advisories, 1))[0].data)));
    t.see('progress', progress(await t.jsm.consumers.info('AWAIT', 'c')));
  },

  async 'consumer.backoff'(t) {
    await fill(t, 'BACKOFF', 1);
    // Since the start: a busy machine may make a delivery late, never early.
    const start = performance.now();
    const c = await t.consumer('BACKOFF', {
      durable_name: 'c',
      ack_policy: 'explicit',
      max_deliver: 4,
      backoff: [150_000_000, 300_000_000, 600_000_000],
    });
    const since = [];
    for (let i = 0; i < 4; i++) {
      (await c.next({ expires: 10_000 })).info.deliveryCount;
      since.push(performance.now() - start);
    }
    t.see('waits', [since[1] > 130, since[2] > 420, since[3] > 1000 && since[3] < 10_000]);
  },

  async 'consumer.deliver_policies'(t) {
    await fill(t, 'POLICY', 6);
    const { time } = await t.jsm.streams.getMessage('POLICY', { seq: 6 });
    const start = new Date(time.getTime() + 1);
    await settle(
      async () => Date.now(),
      (now) => now > start.getTime(),
    );
    for (let i = 7; i <= 9; i++) await t.js.publish(`policy.${i % 3}`, `m${i}`);
    const read = async (name, config) => {
      const c = await t.consumer('POLICY', { durable_name: name, ack_policy: 'none', ...config });
      const { num_pending } = await t.jsm.consumers.info('POLICY', name);
      const list = num_pending === 0 ? [] : await t.fetch(c, num_pending);
      t.see(
        name,
        list.map((message) => message.seq),
      );
    };
    await read('all', { deliver_policy: 'all' });
    await read('last', { deliver_policy: 'last' });
    await read('by_start_sequence', { deliver_policy: 'by_start_sequence', opt_start_seq: 4 });
    await read('by_start_time', { deliver_policy: 'by_start_time', opt_start_time: start.toISOString() });
    await read('last_per_subject', { deliver_policy: 'last_per_subject', filter_subject: 'policy.>' });
    await read('last_filtered', { deliver_policy: 'last', filter_subject: 'policy.1' });
    const fresh = await t.consumer('POLICY', { durable_name: 'new', ack_policy: 'none', deliver_policy: 'new' });
    await t.js.publish('policy.0', 'm10');
    t.see(
      'new',
      (await t.fetch(fresh, 1)).map((message) => message.seq),
    );
  },

  async 'consumer.filters'(t) {
    await fill(t, 'FILTER', 9);
    const read = async (name, config, count) => {
      const c = await t.consumer('FILTER', { durable_name: name, ack_policy: 'explicit', ...config });
      const list = await t.fetch(c, count);
      t.see(name, { messages: list.map(delivery), progress: progress(await t.jsm.consumers.info('FILTER', name)) });
    };
    await read('single', { filter_subject: 'filter.1' }, 3);
    await read('wildcard', { filter_subject: 'filter.*' }, 9);
    await read('several', { filter_subjects: ['filter.0', 'filter.2'] }, 4);
  },

  async 'consumer.headers_only'(t) {
    await t.jsm.streams.add({ name: 'HONLY', subjects: ['honly'] });
    const headers = t.api.headers();
    headers.set('Kept', 'yes');
    await t.js.publish('honly', 'payload', { headers });
    await t.js.publish('honly', 'no headers');
    const c = await t.consumer('HONLY', { durable_name: 'c', ack_policy: 'none', headers_only: true });
    const list = await t.fetch(c, 2);
    t.see(
      'messages',
      list.map((message) => ({ data: text(message.data), headers: headerLists(message.headers) })),
    );
  },

  async 'consumer.ephemeral'(t) {
    await fill(t, 'EPHEMERAL', 3);
    const info = await t.jsm.consumers.add('EPHEMERAL', { ack_policy: 'explicit', inactive_threshold: 500_000_000 });
    t.see('has a name', info.name.length > 0);
    t.see('is not durable', info.config.durable_name ?? '');
    const c = await t.js.consumers.get('EPHEMERAL', info.name);
    const list = await t.fetch(c, 3);
    t.see(
      'messages',
      list.map((message) => message.seq),
    );
    for (const message of list) await message.ackAck();
    const count = async () => (await everything(t.jsm.consumers.list('EPHEMERAL'))).length;
    t.see('there', await count());
    t.see('gone', await settle(count, (now) => now === 0, 6000));
  },

  async 'consumer.max_ack_pending'(t) {
    await fill(t, 'MAP', 6);
    const c = await t.consumer('MAP', { durable_name: 'c', ack_policy: 'explicit', max_ack_pending: 2 });
    const list = await t.fetch(c, 5, { expires: 1000 });
    t.see(
      'stops at two',
      list.map((message) => message.seq),
    );
    for (const message of list) await message.ackAck();
    t.see(
      'goes on',
      (await t.fetch(c, 2)).map((message) => message.seq),
    );
  },

  async 'consumer.replay_original'(t) {
    await t.jsm.streams.add({ name: 'REPLAY', subjects: ['replay'] });
    await t.js.publish('replay', 'a');
    await new Promise((resolve) => setTimeout(resolve, 400));
    await t.js.publish('replay', 'b');
    const sub = t.nc.subscribe('replay-deliver');
    await t.jsm.consumers.add('REPLAY', {
      durable_name: 'c',
      ack_policy: 'none',
      replay_policy: 'original',
      deliver_subject: 'replay-deliver',
    });
    await take(sub, 1);
    const started = performance.now();
    const again = t.nc.subscribe('replay-deliver');
    await take(again, 1);
    const waited = performance.now() - started;
    t.see('keeps the gap', waited > 250 && waited < 2000);
  },
};
