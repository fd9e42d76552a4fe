// The table of protocol_test.ts: byte scripts for a fresh connection. It says only what is sent and to which kind of
// server; what must come back is whatever the reference answers.

export type ServerKind = 'plain' | 'small' | 'token' | 'user' | 'slowAuth' | 'full' | 'pinging' | 'jetStream';

export type ProtocolCase = {
  readonly name: string;
  readonly server: ServerKind;
  /** What is written, in latin1, one write (and one pause) for each element. */
  readonly writes: readonly string[];
  /** A second connection that sends this once the first has sent its own. */
  readonly publisher?: string;
  /** Waits for the server to close or to speak instead of asking with a PING for the end of its output. */
  readonly waitsForServer?: true;
  /** Several subscriptions match, and the reference delivers in the order of a hash table. */
  readonly anyOrder?: true;
  /** Connections that are opened before and held. */
  readonly holders?: number;
};

/** Flags and configuration of the servers that the table needs. */
export const serverConfigs: Readonly<
  Record<ServerKind, { flags?: readonly string[]; config?: string; jetStream?: boolean }>
> = {
  plain: {},
  small: { config: 'max_payload: 64\nmax_control_line: 256\nmax_subscriptions: 3\n' },
  token: { flags: ['--auth', 's3cr3t'] },
  user: { flags: ['--user', 'ann', '--pass', 'pa55word'] },
  slowAuth: { config: 'authorization: { user: "ann", password: "pa55word", timeout: 0.3 }\n' },
  full: { config: 'max_connections: 2\n' },
  pinging: { config: 'ping_interval: "100ms"\nping_max: 1\n' },
  jetStream: { jetStream: true },
};

export const CONNECT =
  'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1}\r\n';
const VERBOSE = 'CONNECT {"verbose":true,"pedantic":false,"headers":true}\r\n';
const PEDANTIC = 'CONNECT {"verbose":false,"pedantic":true,"headers":true}\r\n';
const SUB_ALL = 'SUB > 1\r\n';

type Options = Omit<ProtocolCase, 'name' | 'server' | 'writes'> & { readonly server?: ServerKind };

function group(title: string, prefix: string, scripts: readonly string[], options: Options = {}): ProtocolCase[] {
  return scripts.map((script) => ({
    server: 'plain',
    ...options,
    name: `${title}: ${printable(script)}`,
    writes: [prefix + script],
  }));
}

function one(name: string, writes: readonly string[], options: Options = {}): ProtocolCase {
  return { server: 'plain', ...options, name, writes };
}

export function printable(text: string, most = 90): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  return escaped.length <= most ? escaped : `${escaped.slice(0, most - 30)}... (${text.length} bytes)`;
}

const pad = (length: number) => 'x'.repeat(length);

const verbs = group('verb', CONNECT, [
  'FOO\r\n',
  'PIN\r\n',
  'PINGX\r\n',
  'P\r\n',
  '\r\n',
  '\n',
  '\r',
  ' \r\n',
  'PUBX foo 0\r\n\r\n',
  'SUBX foo 1\r\n',
  'UNSUBX 1\r\n',
  'CONNECTX {}\r\n',
  'MSG foo 1 0\r\n\r\n',
  'HMSG foo 1 12 12\r\nNATS/1.0\r\n\r\n\r\n',
  'INFO {}\r\n',
  'INFO\r\n',
  '+OK\r\n',
  '+\r\n',
  "-ERR 'x'\r\n",
  '-ERR\r\n',
  'A+ $G\r\n',
  'A- $G\r\n',
  'RS+ $G foo\r\n',
  'RS- $G foo\r\n',
  'RMSG $G foo 0\r\n\r\n',
  'LS+ foo\r\n',
  'LMSG foo 0\r\n\r\n',
  '\0PING\r\n',
  'PING\0\r\n',
  'ping\r\n',
  'Ping\r\n',
  'pInG\r\n',
  'PING \r\n',
  'PING  x\r\n',
  'PING\t\r\n',
  ' PING\r\n',
  '\tPING\r\n',
  'PONG\r\n',
  'pong\r\n',
  'PONG x\r\n',
  'PONG\n',
  'PING\n',
  'PING\r\r\n',
  'PING\n\r',
  'PING\rPING\r\n',
  'PIN\rG\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\xff\xfe\xfd\r\n',
]);

const publishes = group('publish', CONNECT + SUB_ALL, [
  'PUB foo 2\r\nhi\r\n',
  'PUB foo bar 2\r\nhi\r\n',
  'pub foo 2\r\nhi\r\n',
  'PuB foo 2\r\nhi\r\n',
  'PUB\tfoo\t2\r\nhi\r\n',
  'PUB   foo   2  \r\nhi\r\n',
  'PUB foo \t bar\t 2\t\r\nhi\r\n',
  'PUB foo 0\r\n\r\n',
  'PUB foo 0\r\n\r\nPUB foo 1\r\nx\r\n',
  'PUB foo\r\n',
  'PUB\r\n',
  'PUB  \r\n',
  'PUB \t\r\n',
  'PUB foo bar baz 2\r\nhi\r\n',
  'PUB foo bar baz qux 2\r\nhi\r\n',
  'PUB 2\r\nhi\r\n',
  'PUB foo x\r\n',
  'PUB foo -1\r\n',
  'PUB foo -0\r\n\r\n',
  'PUB foo +1\r\nx\r\n',
  'PUB foo 0001\r\nx\r\n',
  'PUB foo 00000000000000000002\r\nhi\r\n',
  'PUB foo 1e3\r\n',
  'PUB foo 1.0\r\nx\r\n',
  'PUB foo 0x1\r\nx\r\n',
  'PUB foo 1_0\r\n',
  'PUB foo 99999999999999999999\r\n',
  'PUB foo 9223372036854775807\r\n',
  'PUB foo 9223372036854775808\r\n',
  'PUB foo 18446744073709551616\r\n',
  'PUB foo 18446744073709551617\r\n',
  'PUB foo 4294967297\r\nx\r\n',
  'PUB foo 2147483648\r\n',
  'PUB foo 999999999\r\n',
  'PUB foo 9999999999\r\n',
  'PUB foo 1048577\r\n',
  'PUB foo 1,0\r\n',
  'PUB foo 2\xa0\r\nhi\r\n',
  'PUB foo 2\r\nhiX\r\n',
  'PUB foo 2\r\nhi\n',
  'PUB foo 2\r\nhi\rX\n',
  'PUB foo 2\nhi\r\n',
  'PUB foo 2\nhi\n',
  'PUB foo 2\rhi\r\n',
  'PUB foo 2\r\r\nhi\r\n',
  'PUB foo 1\r\nhi\r\n',
  'PUB foo 3\r\nhi\r\n\r\n',
  'PUB foo 10\r\nPING\r\nPING\r\n',
  'PUB foo. 1\r\nx\r\n',
  'PUB .foo 1\r\nx\r\n',
  'PUB foo..bar 1\r\nx\r\n',
  'PUB foo.* 1\r\nx\r\n',
  'PUB foo.> 1\r\nx\r\n',
  'PUB > 1\r\nx\r\n',
  'PUB * 1\r\nx\r\n',
  'PUB . 1\r\nx\r\n',
  'PUB fo*o 1\r\nx\r\n',
  'PUB fo\0o 1\r\nx\r\n',
  'PUB fo\ro 1\r\nx\r\n',
  'PUB fo\no 1\r\nx\r\n',
  'PUB fo\x01\x7fo 1\r\nx\r\n',
  'PUB f\xc3\xb6\xc3\xb6 1\r\nx\r\n',
  'PUB f\xff\xfe 1\r\nx\r\n',
  'PUB foo rep..ly 1\r\nx\r\n',
  'PUB foo reply.> 1\r\nx\r\n',
  'PUB foo rep\0ly 1\r\nx\r\n',
  'PUB $SYS.REQ.SERVER.PING reply 0\r\n\r\n',
  'PUB $JS.API.INFO reply 0\r\n\r\n',
  'PUB $JS.ACK.x 0\r\n\r\n',
  'PUB _INBOX.x 1\r\nx\r\n',
  'PUB foo.bar.baz.qux.quux.corge.grault.garply 1\r\nx\r\n',
]);

const headers = group('headers', CONNECT + SUB_ALL, [
  'HPUB foo 12 17\r\nNATS/1.0\r\n\r\nhello\r\n',
  'HPUB foo 12 12\r\nNATS/1.0\r\n\r\n\r\n',
  'HPUB foo bar 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n',
  'hpub foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB\tfoo\t12\t14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB  foo   12  14 \r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 14 12\r\nNATS/1.0\r\n\r\n\r\n',
  'HPUB foo 0 2\r\nhi\r\n',
  'HPUB foo 0 0\r\n\r\n',
  'HPUB foo -1 2\r\nhi\r\n',
  'HPUB foo 2 -1\r\n',
  'HPUB foo x 2\r\nhi\r\n',
  'HPUB foo 2 x\r\nhi\r\n',
  'HPUB foo 012 0014\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 12\r\nNATS/1.0\r\n\r\n\r\n',
  'HPUB foo\r\n',
  'HPUB\r\n',
  'HPUB foo bar baz 12 12\r\nNATS/1.0\r\n\r\n\r\n',
  'HPUB foo 99999999999999999999 99999999999999999999\r\n',
  'HPUB foo 12 99999999999999999999\r\n',
  'HPUB foo 12 1048577\r\n',
  'HPUB foo 65537 65537\r\n',
  'HPUB foo 4 6\r\nNATShi\r\n',
  'HPUB foo 14 14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 10 14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 8 14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 5 5\r\nhello\r\n',
  'HPUB foo 12 14\r\nHTTP/1.1\r\n\r\nhi\r\n',
  'HPUB foo 19 21\r\nNATS/1.0\r\nA b\r\n\r\n \r\nhi\r\n',
  'HPUB foo 16 18\r\nNATS/1.0 503\r\n\r\nhi\r\n',
  'HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhiX\r\n',
  'HPUB foo 12 14\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB foo 26 28\r\nNATS/1.0\r\nA: \0\x01\r\nB:\r\n\r\nhi\r\n',
]);

const headersOff = [
  ...group('headers without headers:true', 'CONNECT {"verbose":false}\r\nSUB > 1\r\n', [
    'HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
    'HPUB foo\r\n',
    'PUB foo 2\r\nhi\r\n',
  ]),
  one(
    'headers are stripped for a client without them',
    ['CONNECT {"verbose":false,"headers":false}\r\nSUB foo 1\r\n'],
    {
      publisher: `${CONNECT}HPUB foo 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nHPUB foo r 12 12\r\nNATS/1.0\r\n\r\n\r\n`,
    },
  ),
  one('headers reach a client with them', [`${CONNECT}SUB foo 1\r\nSUB foo q 2\r\n`], {
    publisher: `${CONNECT}HPUB foo 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n`,
  }),
  one('a client that never connected gets no headers', ['SUB foo 1\r\n'], {
    publisher: `${CONNECT}HPUB foo 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n`,
  }),
];

const subscriptions = [
  ...group('subscribe', CONNECT, [
    'SUB foo 1\r\nPUB foo 1\r\nx\r\n',
    'SUB foo q 1\r\nPUB foo 1\r\nx\r\n',
    'sub foo 1\r\nPUB foo 1\r\nx\r\n',
    'SUB\tfoo\t1\r\nPUB foo 1\r\nx\r\n',
    'SUB   foo   1  \r\nPUB foo 1\r\nx\r\n',
    'SUB  foo \t q  1 \r\nPUB foo 1\r\nx\r\n',
    'SUB foo 1\nPUB foo 1\r\nx\r\n',
    'SUB\r\n',
    'SUB \r\n',
    'SUB foo\r\n',
    'SUB foo q 1 x\r\n',
    'SUB foo q r 1 x\r\n',
    'SUB foo abc\r\nPUB foo 1\r\nx\r\n',
    'SUB foo -1\r\nPUB foo 1\r\nx\r\n',
    'SUB foo 0\r\nPUB foo 1\r\nx\r\n',
    `SUB foo ${pad(100)}\r\nPUB foo 1\r\nx\r\n`,
    'SUB foo 1\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\n',
    'SUB foo 1\r\nSUB bar 1\r\nPUB foo 1\r\nx\r\nPUB bar 1\r\ny\r\n',
    'SUB foo 1\r\nUNSUB 1\r\nSUB bar 1\r\nPUB foo 1\r\nx\r\nPUB bar 1\r\ny\r\n',
    'SUB foo. 1\r\n',
    'SUB .foo 1\r\n',
    'SUB foo..bar 1\r\n',
    'SUB . 1\r\n',
    'SUB foo*bar 1\r\nPUB foo*bar 1\r\nx\r\n',
    'SUB foo.*bar 1\r\nPUB foo.*bar 1\r\nx\r\n',
    'SUB foo> 1\r\nPUB foo> 1\r\nx\r\n',
    'SUB foo.>.bar 1\r\n',
    'SUB >.foo 1\r\n',
    'SUB >> 1\r\nPUB >> 1\r\nx\r\n',
    'SUB ** 1\r\nPUB ** 1\r\nx\r\n',
    'SUB * 1\r\nPUB foo 1\r\nx\r\nPUB foo.bar 1\r\nx\r\n',
    'SUB > 1\r\nPUB foo 1\r\nx\r\nPUB foo.bar 1\r\nx\r\n',
    'SUB foo.> 1\r\nPUB foo 1\r\nx\r\nPUB foo.bar.baz 1\r\nx\r\n',
    'SUB foo.*.baz 1\r\nPUB foo.bar.baz 1\r\nx\r\nPUB foo.bar 1\r\nx\r\n',
    'SUB fo\0o 1\r\nPUB fo\0o 1\r\nx\r\n',
    'SUB fo\ro 1\r\n',
    'SUB fo\no 1\r\n',
    'SUB f\xc3\xb6\xc3\xb6 1\r\nPUB f\xc3\xb6\xc3\xb6 1\r\nx\r\n',
    'SUB foo q.x 1\r\nPUB foo 1\r\nx\r\n',
    'SUB foo q* 1\r\nPUB foo 1\r\nx\r\n',
    'SUB foo > 1\r\nPUB foo 1\r\nx\r\n',
    'SUB $SYS.> 1\r\n',
    'SUB $JS.API.> 1\r\nPUB $JS.API.INFO r 0\r\n\r\n',
  ]),
  ...group(
    'subscribe',
    CONNECT,
    [
      'SUB foo 01\r\nSUB foo 1\r\nPUB foo 1\r\nx\r\n',
      'SUB foo 1\r\nSUB foo 2\r\nSUB fo* 3\r\nSUB * 4\r\nPUB foo 1\r\nx\r\nUNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\nUNSUB 4\r\n',
    ],
    { anyOrder: true },
  ),
  ...group('unsubscribe', `${CONNECT}SUB foo 1\r\n`, [
    'UNSUB 1\r\nPUB foo 1\r\nx\r\n',
    'unsub 1\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 1\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'UNSUB 1 2\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\nPUB foo 1\r\nz\r\n',
    'PUB foo 1\r\nx\r\nUNSUB 1 1\r\nPUB foo 1\r\ny\r\n',
    'PUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\nUNSUB 1 1\r\nPUB foo 1\r\nz\r\n',
    'PUB foo 1\r\nx\r\nUNSUB 1 3\r\nPUB foo 1\r\ny\r\nPUB foo 1\r\nz\r\nPUB foo 1\r\nw\r\n',
    'UNSUB 1 5\r\nUNSUB 1 1\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'UNSUB 1 1\r\nUNSUB 1 5\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'UNSUB 1 1\r\nUNSUB 1\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 0\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 -1\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 abc\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 1e1\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 99999999999999999999\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 99\r\n',
    'UNSUB 99 1\r\n',
    'UNSUB\r\n',
    'UNSUB \r\n',
    'UNSUB 1 2 3\r\n',
    'UNSUB\t1\t1\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'UNSUB   1   \r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1\r\nUNSUB 1\r\nPUB foo 1\r\nx\r\n',
    'UNSUB 1 1\r\nPUB foo 1\r\nx\r\nUNSUB 1\r\nSUB foo 1\r\nPUB foo 1\r\ny\r\n',
  ]),
];

const modes = [
  ...group('verbose', VERBOSE, [
    'PING\r\n',
    'SUB foo 1\r\nPUB foo 1\r\nx\r\nUNSUB 1\r\nPING\r\n',
    'SUB foo 1\r\nUNSUB 1 1\r\nPUB foo 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'SUB foo 1\r\nHPUB foo 12 13\r\nNATS/1.0\r\n\r\nx\r\nPONG\r\n',
    'SUB foo..bar 1\r\nSUB foo 2\r\n',
    'SUB foo\r\nPING\r\n',
    'UNSUB 99\r\n',
    'PUB foo..bar 1\r\nx\r\n',
    'PUB foo 0\r\n\r\nPUB foo 0\r\n\r\n',
    'CONNECT {"verbose":false}\r\nPUB foo 0\r\n\r\n',
    'CONNECT {"verbose":true}\r\nPUB foo 0\r\n\r\n',
    '+OK\r\nPUB foo 0\r\n\r\n',
  ]),
  ...group('pedantic', `${PEDANTIC}SUB > 1\r\n`, [
    'PUB foo 1\r\nx\r\n',
    'PUB foo.* 1\r\nx\r\n',
    'PUB foo.> 1\r\nx\r\n',
    'PUB foo..bar 1\r\nx\r\n',
    'PUB foo. 1\r\nx\r\n',
    'PUB .foo 1\r\nx\r\n',
    'PUB fo*o 1\r\nx\r\n',
    'PUB foo re..ply 1\r\nx\r\n',
    'HPUB foo.* 12 13\r\nNATS/1.0\r\n\r\nx\r\n',
    'SUB foo..bar 2\r\n',
    'SUB foo.>.x 2\r\n',
    'SUB foo abc\r\n',
    'PUB foo.* 1\r\nx\r\nPUB foo 1\r\ny\r\n',
  ]),
  ...group('verbose and pedantic', 'CONNECT {"verbose":true,"pedantic":true}\r\n', [
    'SUB > 1\r\nPUB foo.* 1\r\nx\r\nPUB foo 1\r\ny\r\n',
    'SUB foo..bar 1\r\nPUB foo 1\r\ny\r\n',
  ]),
  ...group('echo', 'CONNECT {"verbose":false,"echo":false,"protocol":1}\r\n', ['SUB foo 1\r\nPUB foo 1\r\nx\r\n']),
  one('echo off hears others', ['CONNECT {"verbose":false,"echo":false,"protocol":1}\r\nSUB foo 1\r\n'], {
    publisher: `${CONNECT}PUB foo 1\r\nx\r\n`,
  }),
  ...group('no responders', `${CONNECT}SUB in 1\r\n`, [
    'PUB nobody in 0\r\n\r\n',
    'PUB nobody in 3\r\nabc\r\n',
    'PUB nobody elsewhere 0\r\n\r\n',
    'HPUB nobody in 12 12\r\nNATS/1.0\r\n\r\n\r\n',
    'SUB a.* 2\r\nPUB a.b in 0\r\n\r\n',
    'PUB in in 1\r\nx\r\n',
    'UNSUB 1 1\r\nPUB nobody in 0\r\n\r\nPUB nobody in 0\r\n\r\n',
  ]),
  ...group('no responders off', 'CONNECT {"verbose":false,"headers":true}\r\nSUB in 1\r\n', [
    'PUB nobody in 0\r\n\r\n',
  ]),
  ...group('no responders without headers', 'CONNECT {"verbose":false,"no_responders":true}\r\nSUB in 1\r\n', [
    'PUB nobody in 0\r\n\r\n',
  ]),
];

const connects = group('connect', '', [
  'CONNECT {}\r\n',
  'CONNECT {}\n',
  'connect {}\r\n',
  'CONNECT\t{}\r\n',
  'CONNECT   {}   \r\n',
  'CONNECT\r\n',
  'CONNECT \r\n',
  'CONNECT{}\r\n',
  'CONNECT {\r\n',
  'CONNECT []\r\n',
  'CONNECT null\r\n',
  'CONNECT 5\r\n',
  'CONNECT "x"\r\n',
  'CONNECT true\r\n',
  'CONNECT {}{}\r\n',
  'CONNECT {} x\r\n',
  'CONNECT {"verbose":true}\r\n',
  'CONNECT {"VERBOSE":true}\r\n',
  'CONNECT {"Verbose":true}\r\n',
  'CONNECT {"verbose":"yes"}\r\n',
  'CONNECT {"verbose":1}\r\n',
  'CONNECT {"verbose":null}\r\n',
  'CONNECT {"pedantic":"x"}\r\n',
  'CONNECT {"lang":5}\r\n',
  'CONNECT {"name":{}}\r\n',
  'CONNECT {"name":"a b"}\r\n',
  'CONNECT {"protocol":"1"}\r\n',
  'CONNECT {"protocol":0}\r\n',
  'CONNECT {"protocol":1}\r\n',
  'CONNECT {"protocol":2}\r\n',
  'CONNECT {"protocol":-1}\r\n',
  'CONNECT {"protocol":1.5}\r\n',
  'CONNECT {"protocol":1e0}\r\n',
  'CONNECT {"echo":"x"}\r\n',
  'CONNECT {"headers":1}\r\n',
  'CONNECT {"unknown":{"a":[1,2,3]}}\r\n',
  'CONNECT {"user":5}\r\n',
  'CONNECT {"user":"x","pass":"y"}\r\n',
  'CONNECT {"auth_token":"x"}\r\n',
  'CONNECT {"auth_token":5}\r\n',
  'CONNECT {"jwt":"x","sig":"y"}\r\n',
  'CONNECT {"nkey":"x","sig":"y"}\r\n',
  'CONNECT {"tls_required":true}\r\n',
  'CONNECT {"account":"x"}\r\n',
  'CONNECT {"verbose":false,}\r\n',
  "CONNECT {'verbose':false}\r\n",
  'CONNECT {"verbose":tru}\r\n',
  'CONNECT {"verbose":true,"verbose":false}\r\n',
  'CONNECT {"name":"\\ud83d\\ude00"}\r\n',
  'CONNECT {"name":"\xff\xfe"}\r\n',
  'CONNECT {"name":"a\tb"}\r\n',
  'CONNECT {"name":"a\0b"}\r\n',
  'CONNECT {"name":"a\\u0000b"}\r\n',
  `CONNECT {"name":"${pad(3000)}"}\r\n`,
  `CONNECT {"name":"${pad(5000)}"}\r\n`,
  `CONNECT {"name":${'['.repeat(500)}${']'.repeat(500)}}\r\n`,
  'CONNECT {"verbose":true}\r\nCONNECT {"verbose":false}\r\nPING\r\n',
  'CONNECT {}\r\nCONNECT {"protocol":7}\r\n',
  'CONNECT {}\r\nCONNECT {\r\n',
  'PING\r\n',
  'PONG\r\n',
  'PUB foo 1\r\nx\r\n',
  'SUB foo 1\r\nPUB foo 1\r\nx\r\n',
  'SUB foo 1\r\nHPUB foo 12 13\r\nNATS/1.0\r\n\r\nx\r\n',
  'UNSUB 1\r\n',
  'PUB foo bar 0\r\n\r\n',
]);

const auth: ProtocolCase[] = [
  ...group(
    'token',
    '',
    [
      'CONNECT {"auth_token":"s3cr3t"}\r\n',
      'CONNECT {"auth_token":"wrong"}\r\n',
      'CONNECT {"auth_token":""}\r\n',
      'CONNECT {"auth_token":"s3cr3t","user":"x","pass":"y"}\r\n',
      'CONNECT {"user":"s3cr3t"}\r\n',
      'CONNECT {"pass":"s3cr3t"}\r\n',
      'CONNECT {}\r\n',
      'CONNECT {"verbose":true,"auth_token":"s3cr3t"}\r\n',
      'CONNECT {"verbose":true,"auth_token":"wrong"}\r\n',
      'PING\r\n',
      'PONG\r\n',
      'PUB foo 1\r\nx\r\n',
      'SUB foo 1\r\n',
      'UNSUB 1\r\n',
      'FOO\r\n',
      'CONNECT {\r\n',
      'CONNECT {"auth_token":"s3cr3t"}\r\nCONNECT {"auth_token":"wrong"}\r\n',
      `${pad(5000)}\r\n`,
    ],
    { server: 'token' },
  ),
  ...group(
    'user',
    '',
    [
      'CONNECT {"user":"ann","pass":"pa55word"}\r\n',
      'CONNECT {"user":"ann","pass":"wrong"}\r\n',
      'CONNECT {"user":"ann"}\r\n',
      'CONNECT {"user":"bob","pass":"pa55word"}\r\n',
      'CONNECT {"pass":"pa55word"}\r\n',
      'CONNECT {"user":"Ann","pass":"pa55word"}\r\n',
      'CONNECT {"auth_token":"pa55word"}\r\n',
      'CONNECT {}\r\n',
      'PING\r\n',
      'SUB foo 1\r\n',
    ],
    { server: 'user' },
  ),
  one('authentication timeout, silent', [''], { server: 'slowAuth', waitsForServer: true }),
  one('authentication timeout, half a line', ['CONNECT {"user":'], { server: 'slowAuth', waitsForServer: true }),
  one('authentication in time', ['CONNECT {"user":"ann","pass":"pa55word"}\r\n'], { server: 'slowAuth' }),
];

const limits: ProtocolCase[] = [
  ...[63, 64, 65].map((length) =>
    one(
      `payload of ${length} where 64 is the most`,
      [`${CONNECT}SUB foo 1\r\nPUB foo ${length}\r\n${length <= 64 ? `${pad(length)}\r\n` : ''}`],
      { server: 'small' },
    ),
  ),
  ...[63, 64, 65].map((length) =>
    one(
      `headers and payload of ${length} where 64 is the most`,
      [
        `${CONNECT}SUB foo 1\r\nHPUB foo 12 ${length}\r\n${length <= 64 ? `NATS/1.0\r\n\r\n${pad(length - 12)}\r\n` : ''}`,
      ],
      { server: 'small' },
    ),
  ),
  one('payload over the limit, in verbose mode', [`${VERBOSE}PUB foo 65\r\n`], { server: 'small' }),
  one('payload over the limit before CONNECT', ['PUB foo 65\r\n'], { server: 'small' }),
  // The whole line with its end is `length` bytes.
  ...[254, 255, 256, 257, 258, 259, 300].flatMap((length) => [
    one(`SUB line of ${length} where 256 is the most`, [`${CONNECT}SUB ${pad(length - 8)} 1\r\n`], { server: 'small' }),
    one(`PUB line of ${length} where 256 is the most`, [`${CONNECT}PUB ${pad(length - 8)} 0\r\n\r\n`], {
      server: 'small',
    }),
    one(
      `HPUB line of ${length} where 256 is the most`,
      [`${CONNECT}HPUB ${pad(length - 13)} 12 12\r\nNATS/1.0\r\n\r\n\r\n`],
      { server: 'small' },
    ),
    one(`UNSUB line of ${length} where 256 is the most`, [`${CONNECT}UNSUB ${pad(length - 8)}\r\n`], {
      server: 'small',
    }),
    one(`CONNECT line of ${length} where 256 is the most`, [`CONNECT {"name":"${pad(length - 20)}"}\r\n`], {
      server: 'small',
    }),
    one(
      `SUB line of ${length} in two writes where 256 is the most`,
      [`${CONNECT}SUB ${pad(100)}`, `${pad(length - 108)} 1\r\n`],
      { server: 'small' },
    ),
    one(`line of ${length} without an end where 256 is the most`, [CONNECT, `SUB ${pad(length - 4)}`], {
      server: 'small',
    }),
    one(`PING line of ${length} where 256 is the most`, [`${CONNECT}PING${' '.repeat(length - 6)}\r\n`], {
      server: 'small',
    }),
  ]),
  ...[4095, 4096, 4097, 4098, 4099, 5000].flatMap((length) => [
    one(`SUB line of ${length} where 4096 is the most`, [`${CONNECT}SUB ${pad(length - 8)} 1\r\n`]),
    one(`PUB line of ${length} where 4096 is the most`, [`${CONNECT}PUB ${pad(length - 8)} 0\r\n\r\n`]),
    one(`CONNECT line of ${length} where 4096 is the most`, [`CONNECT {"name":"${pad(length - 20)}"}\r\n`]),
  ]),
  ...[1_048_575, 1_048_576].map((length) =>
    one(`payload of ${length} where 1048576 is the most`, [
      `${CONNECT}SUB foo 1\r\nUNSUB 1 1\r\nPUB foo ${length}\r\n${pad(length)}\r\n`,
    ]),
  ),
  ...[3, 4, 5].map((count) =>
    one(
      `${count} subscriptions where 3 is the most`,
      [CONNECT + Array.from({ length: count }, (_, i) => `SUB s${i} ${i}\r\n`).join('')],
      { server: 'small' },
    ),
  ),
  one(
    'a subscription after one was given back',
    [`${CONNECT}SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nUNSUB 3\r\nSUB d 4\r\nPUB d 1\r\nx\r\n`],
    { server: 'small' },
  ),
  one('the connection over max_connections', [''], { server: 'full', holders: 2, waitsForServer: true }),
  one('an idle client is asked and dropped', [CONNECT], { server: 'pinging', waitsForServer: true }),
];

/** A script with every verb, for the split test. */
export const splitScript = `${VERBOSE}SUB foo.* q 1\r\nSUB foo.bar 22\r\nPUB foo.bar reply 5\r\nhello\r\nHPUB foo.baz 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nUNSUB 22 2\r\nPING\r\nPUB foo.bar 0\r\n\r\nPUB foo.bar 3\r\nx\r\n\r\nUNSUB 1\r\nPONG\r\nPUB foo.bar 1\r\ny\r\n`;

/** The same, with an error at its end. */
export const splitErrorScript = `${CONNECT}sub foo 1\r\nPUB foo 3\r\nabc\r\nSUB foo.bar\r\n`;

const splits = [splitScript, splitErrorScript].flatMap((script, which) =>
  Array.from({ length: script.length - 1 }, (_, i) =>
    one(`script ${which + 1} split after byte ${i + 1}`, [script.slice(0, i + 1), script.slice(i + 1)]),
  ),
);

export const protocolCases: readonly ProtocolCase[] = [
  ...verbs,
  ...publishes,
  ...headers,
  ...headersOff,
  ...subscriptions,
  ...modes,
  ...connects,
  ...auth,
  ...limits,
  ...splits,
  one('script 1 byte by byte', [...splitScript]),
  one('script 2 byte by byte', [...splitErrorScript]),
];
