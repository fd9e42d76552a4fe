// What the `nats` command does in each scenario, and what of it is observed.

/** A stream with messages m1, m2, ... on its subject. */
async function fill(t, name, count) {
  await t.quietly(['stream', 'add', name, '--subjects', `${name.toLowerCase()}.>`, '--defaults']);
  await t.quietly(['pub', `${name.toLowerCase()}.a`, 'm{{Count}}', '--count', String(count), '--jetstream']);
}

export const scenarios = {
  async 'core.publish'(t) {
    const sub = t.start('sub core.publish --count 3');
    await sub.says('Subscribing on');
    await t.run('pub core.publish one');
    await t.run('pub core.publish two --reply core.reply');
    await t.run('pub core.publish three --quiet');
    t.see('received', await sub.result());
  },

  async 'core.wildcards'(t) {
    const sub = t.start('sub wild.*.c --count 2');
    await sub.says('Subscribing on');
    for (const subject of ['wild.a.c', 'wild.c', 'wild.a.c.d', 'other.b.c', 'wild.b.c'])
      await t.quietly(['pub', subject, subject]);
    t.see('received', await sub.result());
  },

  async 'core.queue'(t) {
    const members = [1, 2].map(() => t.start('sub queue.> --queue workers --count 1'));
    for (const member of members) await member.says('Subscribing on');
    // A member that has its one message leaves; in the end both have one.
    let done = 0;
    const results = members.map((member) =>
      member.result().then((result) => {
        done++;
        return result;
      }),
    );
    while (done < 2) await t.quietly(['pub', 'queue.a', 'x']);
    t.see('members', await Promise.all(results));
  },

  async 'core.request'(t) {
    const reply = t.start(['reply', 'request.echo', 'pong {{Request}}', '--count', '2']);
    await reply.says('Listening on');
    await t.run('request request.echo ping');
    await t.run('request request.echo again --raw');
    await reply.result();
  },

  async 'core.no_responders'(t) {
    await t.run('request request.nobody ping');
  },

  async 'core.headers'(t) {
    const sub = t.start('sub core.headers --count 1');
    await sub.says('Subscribing on');
    await t.run(['pub', 'core.headers', 'body', '-H', 'Many:first', '-H', 'Many:second']);
    t.see('received', await sub.result());
  },

  async 'core.over_max_payload'(t) {
    await t.run(['pub', 'big', '--force-stdin', '--quiet'], { input: 'x'.repeat(1_048_577) });
  },

  async 'core.burst'(t) {
    const sub = t.start('bench sub burst --msgs 5000 --no-progress');
    await sub.says('expecting');
    await t.run('bench pub burst --msgs 5000 --size 16 --no-progress');
    t.see('bench sub', await sub.result());
  },

  async 'core.rtt'(t) {
    await t.run('rtt');
  },

  async 'auth.token'(t) {
    const server = t.options['token-url'];
    await t.run(['pub', 'a', 'x', '--token', t.options.token], { server, as: 'right token' });
    await t.run(['pub', 'a', 'x', '--token', 'wrong'], { server, as: 'wrong token' });
    await t.run(['pub', 'a', 'x'], { server, as: 'no token' });
  },

  async 'auth.user'(t) {
    const server = t.options['user-url'];
    const { user, password } = t.options;
    await t.run(['pub', 'a', 'x', '--user', user, '--password', password], { server, as: 'right password' });
    await t.run(['pub', 'a', 'x', '--user', user, '--password', 'wrong'], { server, as: 'wrong password' });
  },

  async 'stream.create'(t) {
    await t.run([
      ...'stream add CREATE --subjects create.a.*,create.b.> --storage file --retention limits --discard new'.split(
        ' ',
      ),
      ...'--max-msgs 1000 --max-bytes 1000000 --max-age 1h --max-msg-size 5000 --max-msgs-per-subject 10'.split(' '),
      ...'--dupe-window 1m --max-consumers 5 --replicas 1 --allow-direct --allow-rollup --deny-delete'.split(' '),
      ...['--description', 'a stream', '--metadata', 'owner:tests', '--defaults'],
    ]);
    await t.run('stream info CREATE');
    await t.run('stream info CREATE --json');
    await t.run('stream state CREATE');
  },

  async 'stream.defaults'(t) {
    await t.run('stream add DEFAULTS --subjects defaults --defaults --json');
    await t.run('stream add DEFAULTSMEM --subjects mem.> --storage memory --max-age 5s --defaults');
  },

  async 'stream.errors'(t) {
    await t.quietly('stream add ERRORS --subjects errors.> --defaults');
    await t.run('stream add ERRORS --subjects else --defaults');
    await t.run('stream add ERRORS2 --subjects errors.a --defaults');
    await t.run('stream info MISSING');
    await t.run('stream rm MISSING -f');
    await t.run('stream add ERRORS3 --subjects e3 --replicas 3 --defaults');
    await t.run('stream add bad.name --subjects e4 --defaults');
  },

  async 'stream.update'(t) {
    await fill(t, 'UPDATE', 10);
    await t.run([
      'stream',
      'edit',
      'UPDATE',
      '--subjects',
      'update.>,more',
      '--max-msgs',
      '4',
      '--description',
      'changed',
      '-f',
    ]);
    await t.run('stream info UPDATE --json');
    await t.run('stream edit UPDATE --retention work -f');
  },

  async 'stream.list'(t) {
    for (const name of ['LISTC', 'LISTA', 'LISTB']) {
      await t.quietly([
        'stream',
        'add',
        name,
        '--subjects',
        `${name.toLowerCase()}.>`,
        '--storage',
        'memory',
        '--defaults',
      ]);
    }
    await t.quietly('pub lista.x x --jetstream');
    await t.run('stream ls -n');
    await t.run('stream ls --subject lista.x');
    await t.run('stream find --subject listb.>');
    await t.run('stream report');
    await t.run('stream rm LISTB -f');
    await t.run('stream ls -n', { as: 'names after' });
  },

  async 'stream.purge'(t) {
    await fill(t, 'PURGE', 10);
    await t.quietly('pub purge.b m11 --jetstream');
    await t.run('stream purge PURGE --subject purge.b -f');
    await t.run('stream purge PURGE --seq 4 -f');
    await t.run('stream purge PURGE --keep 2 -f');
    await t.run('stream purge PURGE -f');
    await t.quietly('pub purge.a after --jetstream');
    await t.run('stream info PURGE --json');
  },

  async 'stream.subjects'(t) {
    await t.quietly('stream add SUBJECTS --subjects subjects.> --defaults');
    for (const last of ['a', 'b', 'a', 'c.d', 'a']) await t.quietly(['pub', `subjects.${last}`, 'x', '--jetstream']);
    await t.run('stream subjects SUBJECTS --json');
    await t.run('stream subjects SUBJECTS subjects.* --names');
  },

  async 'account.info'(t) {
    await fill(t, 'ACCOUNT', 3);
    await t.quietly('consumer add ACCOUNT c --pull --defaults');
    await t.run('account info');
  },

  async 'publish.ack'(t) {
    await t.quietly('stream add ACK --subjects ack.> --defaults');
    await t.run('pub ack.a one --jetstream');
    await t.run('pub nostream x --jetstream');
    await t.run('request ack.b raw --raw');
  },

  async 'publish.dedupe'(t) {
    await t.quietly('stream add DEDUPE --subjects dedupe.> --defaults');
    for (const as of ['first', 'again'])
      await t.run(['request', 'dedupe.a', 'x', '-H', 'Nats-Msg-Id:id-1', '--raw'], { as });
    await t.run('stream state DEDUPE');
  },

  async 'publish.expect'(t) {
    await t.quietly('stream add EXPECT --subjects expect.> --defaults');
    const put = (header, as) => t.run(['request', 'expect.a', 'x', '-H', header, '--raw'], { as });
    await put('Nats-Expected-Last-Sequence:0', 'last sequence');
    await put('Nats-Expected-Last-Sequence:7', 'wrong last sequence');
    await put('Nats-Expected-Last-Subject-Sequence:9', 'wrong last subject sequence');
    await put('Nats-Expected-Stream:OTHER', 'wrong stream');
    await put('Nats-Expected-Last-Msg-Id:m1', 'wrong last msg id');
    await put('Nats-Expected-Last-Sequence:x', 'not a number');
  },

  async 'limits.messages'(t) {
    await t.quietly('stream add NEW --subjects new.* --max-msgs 3 --discard new --defaults');
    await t.quietly('pub new.a x --count 3 --jetstream');
    await t.run('pub new.a x --jetstream');
    await t.run('request new.a x --raw');
  },

  async 'message.get'(t) {
    await fill(t, 'GET', 4);
    await t.quietly(['pub', 'get.b', 'with a header', '-H', 'A:b', '--jetstream']);
    await t.run('stream get GET 2');
    await t.run('stream get GET 5 --json');
    await t.run('stream get GET --last-for get.b');
    await t.run('stream get GET 99');
    await t.run('stream view GET 10', { terminal: true });
    await t.run('stream view GET 10 --subject get.b --raw', { terminal: true });
  },

  async 'message.delete'(t) {
    await fill(t, 'DELETE', 4);
    await t.run('stream rmm DELETE 2 -f');
    await t.run('stream rmm DELETE 2 -f', { as: 'again' });
    await t.run('stream gaps DELETE --json --force --no-progress');
    await t.run('stream info DELETE --json');
  },

  async 'consumer.create'(t) {
    await fill(t, 'CREATE', 4);
    await t.run([
      ...'consumer add CREATE full --pull --ack explicit --wait 5s --deliver 2 --filter create.a --max-pending 50'.split(
        ' ',
      ),
      ...'--max-deliver 4 --max-waiting 10 --max-pull-batch 20 --max-pull-expire 30s --max-pull-bytes 10000'.split(' '),
      ...[
        '--inactive-threshold',
        '10m',
        '--sample',
        '50',
        '--description',
        'a consumer',
        '--metadata',
        'owner:tests',
        '--defaults',
      ],
    ]);
    await t.run('consumer add CREATE plain --pull --defaults --json');
    await t.run(
      'consumer add CREATE push --target create-deliver --ack none --deliver all --heartbeat 1s --flow-control --defaults',
    );
    await t.run('consumer info CREATE full --json');
    await t.run('consumer info CREATE push');
  },

  async 'consumer.errors'(t) {
    await fill(t, 'CERRORS', 1);
    await t.run('consumer info CERRORS missing');
    await t.run('consumer rm CERRORS missing -f');
    await t.run('consumer add MISSING c --pull --defaults');
    await t.run('consumer next CERRORS missing');
  },

  async 'consumer.list'(t) {
    await fill(t, 'CLIST', 1);
    for (const name of ['zebra', 'ant', 'mole'])
      await t.quietly(['consumer', 'add', 'CLIST', name, '--pull', '--defaults']);
    await t.run('consumer ls CLIST -n');
    await t.run('consumer ls CLIST');
    await t.run('consumer report CLIST');
    await t.run('consumer rm CLIST mole -f');
    await t.run('consumer ls CLIST -n', { as: 'names after' });
  },

  async 'consumer.update'(t) {
    await fill(t, 'CUPDATE', 6);
    await t.quietly('consumer add CUPDATE c --pull --defaults');
    await t.run('consumer edit CUPDATE c --description changed --wait 7s --max-pending 9 --max-deliver 3 -f');
    await t.run('consumer info CUPDATE c --json');
  },

  async 'consumer.ack_explicit'(t) {
    await fill(t, 'EXPLICIT', 5);
    await t.quietly('consumer add EXPLICIT c --pull --ack explicit --defaults');
    await t.run('consumer next EXPLICIT c --count 2 --no-ack');
    await t.run('consumer next EXPLICIT c --count 2 --ack');
    await t.run('consumer info EXPLICIT c --json');
  },

  async 'consumer.fetch'(t) {
    await fill(t, 'FETCH', 4);
    await t.quietly('consumer add FETCH c --pull --defaults');
    await t.run('consumer next FETCH c --count 3 --raw');
    await t.run('consumer next FETCH c');
    // Whether the command's own time is up first, or the server's, decides what it prints.
    t.see('nothing left', (await t.start('consumer next FETCH c --wait 1s').result()).exit);
  },

  async 'consumer.consume'(t) {
    await t.quietly('stream add CONSUME --subjects consume.> --storage memory --defaults');
    await t.run('bench js pub sync consume.a --stream CONSUME --msgs 300 --size 16 --no-progress');
    await t.run('bench js pub async consume.b --stream CONSUME --msgs 300 --batch 50 --size 16 --no-progress');
    await t.quietly('consumer add CONSUME c --pull --defaults');
    await t.run('bench js consume --stream CONSUME --consumer c --msgs 600 --no-progress');
    await t.run('bench js fetch --stream CONSUME --msgs 600 --batch 100 --no-progress');
    await t.run('stream state CONSUME');
  },

  async 'consumer.ordered'(t) {
    await t.quietly('stream add ORDERED --subjects ordered.> --storage memory --defaults');
    await t.quietly('pub ordered.a m{{Count}} --count 20 --jetstream');
    await t.run('bench js ordered --stream ORDERED --msgs 20 --no-progress');
    // The command prints whatever else came before it stops.
    await t.run('sub --stream ORDERED --all --count 5 --raw ordered.>', { lines: 6 });
    await t.run('sub --stream ORDERED --start-sequence 18 --count 3 ordered.>');
    await t.run('sub --stream ORDERED --last --count 1 --raw ordered.>');
  },

  async 'consumer.push'(t) {
    await fill(t, 'PUSH', 3);
    await t.quietly('consumer add PUSH c --target push-deliver --ack explicit --deliver all --defaults');
    const sub = t.start('consumer sub PUSH c --raw');
    await sub.says('m3');
    t.see(
      'consumer sub',
      (await sub.stop())
        .split('\n')
        .filter((line) => line !== '')
        .slice(0, 3),
    );
  },

  async 'kv.basic'(t) {
    await t.run(['kv', 'add', 'basic', '--history', '5', '--description', 'a bucket']);
    await t.run('kv put basic a.b one');
    await t.run('kv get basic a.b');
    await t.run('kv put basic a.b two');
    await t.run('kv get basic a.b --revision 1 --raw');
    await t.run('kv get basic none');
    await t.run('kv del basic a.b -f');
    await t.run('kv get basic a.b --raw');
    await t.run('kv info basic');
    await t.run('kv ls');
    await t.run('kv rm basic -f');
    await t.run('kv ls', { as: 'after rm' });
  },

  async 'kv.revisions'(t) {
    await t.quietly('kv add revisions --history 3');
    await t.run('kv create revisions k one');
    await t.run('kv create revisions k other');
    await t.run('kv update revisions k two 1');
    await t.run('kv update revisions k three 1');
    await t.run('kv get revisions k');
  },

  async 'kv.history'(t) {
    await t.quietly('kv add history --history 3');
    for (let i = 1; i <= 5; i++) await t.quietly(['kv', 'put', 'history', 'k', `v${i}`]);
    await t.run('kv history history k');
    await t.run('kv purge history k -f');
    await t.run('kv history history k', { as: 'after purge' });
    await t.run('kv compact history -f');
  },

  async 'kv.keys'(t) {
    await t.quietly('kv add keys');
    for (const key of ['b', 'a.x', 'a.y', 'gone']) await t.quietly(['kv', 'put', 'keys', key, key]);
    await t.quietly('kv del keys gone -f');
    await t.run('kv ls keys');
    await t.run('kv ls keys a.*');
    await t.run('kv ls keys --verbose --display-value');
  },

  async 'kv.watch'(t) {
    await t.quietly('kv add watch --history 5');
    await t.quietly('kv put watch a a1');
    const watch = t.start('kv watch watch');
    await watch.says('a1');
    await t.quietly('kv put watch b b1');
    await t.quietly('kv del watch a -f');
    await watch.says('DEL');
    t.see('kv watch', await watch.stop());
  },

  async 'object.put_get'(t) {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
    t.write('big.bin', bytes);
    await t.quietly('object add files');
    await t.run([
      'object',
      'put',
      'files',
      t.path('big.bin'),
      '--name',
      'big',
      '--description',
      'three chunks',
      '--no-progress',
      '-f',
    ]);
    await t.run(['object', 'get', 'files', 'big', '-O', t.path('copy.bin'), '--no-progress', '-f']);
    t.see('the same bytes', t.read('copy.bin').equals(bytes));
    await t.run('object get files none --no-progress');
  },

  async 'object.info_list'(t) {
    // The moment of the change is part of the stored description, and not always written with as many digits.
    const hide = /\b[567]\d\d B\b/g;
    await t.run(['object', 'add', 'lists', '--description', 'objects']);
    for (const name of ['b', 'a']) {
      t.write(name, name.repeat(10));
      await t.quietly(['object', 'put', 'lists', t.path(name), '--name', name, '--no-progress', '-f']);
    }
    await t.run('object info lists b');
    await t.run('object info lists', { hide });
    await t.run('object ls lists');
    await t.run('object ls', { hide });
    await t.run('object rm lists a -f', { hide });
    await t.run('object seal lists -f', { hide });
    await t.run('object info lists', { as: 'sealed', hide });
    await t.run('object rm lists -f');
  },

  async 'service.basic'(t) {
    const service = t.start('service serve adder');
    await service.says('adder');
    // Discovery listens for answers as long as the timeout says.
    const timeout = '800ms';
    await t.run('service ping adder', { timeout });
    await t.run(['request', 'adder.echo', 'hello', '--raw']);
    await t.run('service info adder', { timeout });
    await t.run('service stats adder', { timeout });
    await t.run('service ls', { timeout });
    await service.stop();
  },

  async 'restart.kill'(t) {
    t.server = t.options.first;
    await fill(t, 'KILL', 50);
    await t.quietly('consumer add KILL c --pull --defaults');
    await t.quietly('consumer next KILL c --count 20 --ack');
    await t.quietly('kv add kept --history 2');
    await t.quietly('kv put kept a one');
    // The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
    await new Promise((resolve) => setTimeout(resolve, 700));
    await t.ask('kill', 'first');
    await t.ask('start', 'first');
    await t.run('stream info KILL --json');
    await t.run('consumer info KILL c --json');
    await t.run('consumer next KILL c --raw');
    await t.run('pub kill.a after --jetstream');
    await t.run('kv get kept a --raw');
    await t.quietly('stream rm KILL -f');
    await t.quietly('kv rm kept -f');
  },
};
