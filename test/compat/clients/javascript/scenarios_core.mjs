// Scenarios of the core protocol: subjects, queues, requests, headers, limits, authentication, reconnects.
import { headerLists, pattern, plain, sha256, take, text, within } from './observing.mjs';

export const core = {
  async 'core.publish'(t) {
    const sub = t.nc.subscribe('core.publish');
    t.nc.publish('core.publish', 'one');
    t.nc.publish('core.publish', 'two');
    t.nc.publish('core.publish', '');
    t.nc.publish('core.publish', 'four', { reply: 'core.reply' });
    const messages = await take(sub, 4);
    t.see(
      'received',
      messages.map((message) => ({ ...plain(message), reply: message.reply ?? '' })),
    );
  },

  async 'core.wildcards'(t) {
    const patterns = ['wild.*', 'wild.>', 'wild.*.c', '*.b.c', 'wild.b.*', 'wild.*.*.d', '*.*.c.>'];
    const subjects = ['wild.a', 'wild.b', 'wild.b.c', 'wild.a.c', 'wild.a.c.d', 'other.b.c', 'wild', 'wild.B'];
    const seen = Object.fromEntries(patterns.map((key) => [key, []]));
    for (const key of patterns) {
      t.nc.subscribe(key, { callback: (_error, message) => seen[key].push(message.subject) });
    }
    for (const subject of subjects) t.nc.publish(subject);
    await t.nc.flush();
    t.see('subjects', seen);
  },

  async 'core.queue'(t) {
    const counts = { one: [0, 0, 0], two: [0, 0], plain: [0] };
    for (const [group, members] of Object.entries(counts)) {
      members.forEach((_, member) => {
        const options = group === 'plain' ? {} : { queue: group };
        t.nc.subscribe('queue.*', { ...options, callback: () => members[member]++ });
      });
    }
    for (let i = 0; i < 300; i++) t.nc.publish(`queue.${i % 7}`, 'x');
    await t.nc.flush();
    const sum = (list) => list.reduce((total, count) => total + count, 0);
    t.see('totals', { one: sum(counts.one), two: sum(counts.two), plain: sum(counts.plain) });
    t.see(
      'every member served',
      [...counts.one, ...counts.two].every((count) => count > 0),
    );
  },

  async 'core.request'(t) {
    t.nc.subscribe('request.echo', {
      callback: (_error, message) => {
        const headers = t.api.headers();
        headers.set('Answer', 'yes');
        message.respond(`pong:${text(message.data)}`, { headers });
      },
    });
    t.nc.subscribe('request.silent', { callback: () => {} });
    const reply = await t.nc.request('request.echo', 'ping', { timeout: 2000 });
    t.see('reply', { data: text(reply.data), headers: headerLists(reply.headers) });
    t.see('silence', await t.failure(t.nc.request('request.silent', 'ping', { timeout: 200 })));
  },

  async 'core.no_responders'(t) {
    t.see('nobody', await t.failure(t.nc.request('request.nobody', 'ping', { timeout: 2000 })));
    const inbox = t.api.createInbox();
    const sub = t.nc.subscribe(inbox);
    t.nc.publish('request.nobody', 'ping', { reply: inbox });
    const [status] = await take(sub, 1);
    t.see('status', { code: status.headers.code, text: status.headers.description, data: text(status.data) });
  },

  async 'core.headers'(t) {
    const sub = t.nc.subscribe('core.headers');
    const headers = t.api.headers();
    headers.append('Many', 'first');
    headers.append('Many', 'second, with comma');
    headers.append('lower-case', 'a: b');
    t.nc.publish('core.headers', 'body', { headers });
    const only = t.api.headers();
    only.append('Alone', 'true');
    t.nc.publish('core.headers', '', { headers: only });
    const messages = await take(sub, 2);
    t.see('first', { data: text(messages[0].data), headers: headerLists(messages[0].headers) });
    t.see('headers only', { data: text(messages[1].data), headers: headerLists(messages[1].headers) });
  },

  async 'core.auto_unsubscribe'(t) {
    const counts = { three: 0, plain: 0, late: 0 };
    t.nc.subscribe('auto', { max: 3, callback: () => counts.three++ });
    t.nc.subscribe('auto', { callback: () => counts.plain++ });
    const late = t.nc.subscribe('auto', { callback: () => counts.late++ });
    for (let i = 0; i < 2; i++) t.nc.publish('auto', 'x');
    await t.nc.flush();
    late.unsubscribe(4);
    for (let i = 0; i < 5; i++) t.nc.publish('auto', 'x');
    await t.nc.flush();
    t.see('counts', counts);
  },

  async 'core.drain'(t) {
    const nc = await t.connect();
    let handled = 0;
    const sub = nc.subscribe('drain.sub', { callback: () => handled++ });
    for (let i = 0; i < 50; i++) nc.publish('drain.sub', 'x');
    await sub.drain();
    nc.publish('drain.sub', 'late');
    await nc.flush();
    t.see('subscription', { handled });
    let last = 0;
    nc.subscribe('drain.all', { callback: () => last++ });
    await nc.flush();
    for (let i = 0; i < 50; i++) nc.publish('drain.all', 'x');
    await nc.drain();
    t.see('connection', { handled: last, closed: nc.isClosed() });
  },

  async 'core.no_echo'(t) {
    const deaf = await t.connect({ noEcho: true });
    const own = [];
    const other = [];
    deaf.subscribe('echo.x', { callback: (_error, message) => own.push(text(message.data)) });
    t.nc.subscribe('echo.x', { callback: (_error, message) => other.push(text(message.data)) });
    await deaf.flush();
    await t.nc.flush();
    deaf.publish('echo.x', 'mine');
    await deaf.flush();
    t.nc.publish('echo.x', 'yours');
    await t.nc.flush();
    await deaf.flush();
    t.see('no echo', own);
    t.see('echo', other);
  },

  async 'core.max_payload'(t) {
    const limit = t.nc.info.max_payload;
    t.see('max_payload', limit);
    const sub = t.nc.subscribe('big');
    const bytes = pattern(limit);
    t.nc.publish('big', bytes);
    const headers = t.api.headers();
    headers.set('Size', 'all');
    // The header block 'NATS/1.0\r\nSize: all\r\n\r\n' counts as payload.
    t.nc.publish('big', bytes.subarray(0, limit - 23), { headers });
    const messages = await take(sub, 2, 10_000);
    t.see(
      'received',
      messages.map((message) => ({ bytes: message.data.length, sha256: sha256(message.data) })),
    );
  },

  async 'core.over_max_payload'(t) {
    t.see('over', await t.failure(async () => t.nc.publish('big', new Uint8Array(t.nc.info.max_payload + 1))));
    await t.nc.flush();
    t.see('still connected', !t.nc.isClosed());
  },

  async 'core.invalid_subject'(t) {
    const outcomes = {};
    for (const subject of ['', 'a b', 'a..b', '.a', 'a.']) {
      const nc = await t.connect({ reconnect: false });
      outcomes[`publish '${subject}'`] = await t.outcome(async () => {
        nc.publish(subject, 'x');
        await within(nc.flush(), 1000, 'flush');
      });
      await nc.close().catch(() => {});
      const other = await t.connect({ reconnect: false });
      outcomes[`subscribe '${subject}'`] = await t.outcome(async () => {
        const sub = other.subscribe(subject, { callback: () => {} });
        await within(other.flush(), 1000, 'flush');
        await new Promise((resolve) => setTimeout(resolve, 20));
        return sub.isClosed() ? 'subscription closed' : 'subscribed';
      });
      await other.close().catch(() => {});
    }
    t.see('outcomes', outcomes);
  },

  async 'core.burst'(t) {
    const receiver = await t.connect();
    const sub = receiver.subscribe('burst.>');
    await receiver.flush();
    for (let i = 0; i < 5000; i++) t.nc.publish(`burst.${i % 10}`, String(i));
    await t.nc.flush();
    const messages = await take(sub, 5000, 10_000);
    t.see('count', messages.length);
    t.see(
      'in order',
      messages.every((message, i) => text(message.data) === String(i)),
    );
  },

  async 'core.request_many'(t) {
    for (const name of ['a', 'b', 'c']) {
      t.nc.subscribe('many', {
        callback: (_error, message) => message.respond(`${name}1`) && message.respond(`${name}2`),
      });
    }
    const inbox = t.api.createInbox();
    const sub = t.nc.subscribe(inbox, { max: 6 });
    t.nc.publish('many', '', { reply: inbox });
    const replies = await take(sub, 6);
    t.see('replies', replies.map((message) => text(message.data)).sort());
  },

  async 'core.rtt'(t) {
    await t.nc.flush();
    const rtt = await t.nc.rtt();
    t.see('answered', rtt >= 0 && rtt < 5000);
  },

  async 'core.info'(t) {
    const { headers, max_payload, jetstream, auth_required, tls_required, proto, version } = t.nc.info;
    t.see('info', {
      version,
      proto,
      headers: headers === true,
      max_payload,
      jetstream: jetstream === true,
      auth_required: auth_required === true,
      tls_required: tls_required === true,
    });
  },

  async 'core.reconnect'(t) {
    const { first, second } = t.options;
    const nc = await t.connect({ servers: [first, second], noRandomize: true, reconnectTimeWait: 50 });
    const port = new URL(first).port;
    t.see('connected to the first', nc.getServer().endsWith(port));
    const sub = nc.subscribe('reconnect.>');
    await nc.flush();
    const reconnected = t.nextStatus(nc, 'reconnect');
    await t.ask('kill', 'first');
    await within(reconnected, 10_000, 'reconnect');
    t.see('connected to the second', !nc.getServer().endsWith(port));
    nc.publish('reconnect.after', 'hello');
    t.see('subscription lives', (await take(sub, 1)).map(plain));
    await nc.close();
    await t.ask('start', 'first');
  },

  async 'auth.token'(t) {
    const servers = t.options['token-url'];
    const nc = await t.connect({ servers, token: t.options.token });
    t.see('right token', await t.outcome(nc.flush()));
    t.see('wrong token', await t.failure(t.connect({ servers, token: 'wrong' })));
    t.see('no token', await t.failure(t.connect({ servers })));
    t.see('user instead', await t.failure(t.connect({ servers, user: 'someone', pass: 'x' })));
  },

  async 'auth.user'(t) {
    const servers = t.options['user-url'];
    const { user, password } = t.options;
    const nc = await t.connect({ servers, user, pass: password });
    t.see('right password', await t.outcome(nc.flush()));
    t.see('wrong password', await t.failure(t.connect({ servers, user, pass: 'wrong' })));
    t.see('unknown user', await t.failure(t.connect({ servers, user: 'nobody', pass: password })));
    t.see('no credentials', await t.failure(t.connect({ servers })));
  },
};
