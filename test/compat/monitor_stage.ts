// Two servers, the reference and ours, with the same configuration, after the same traffic: what the tests of monitoring
// look at. The clients of the traffic stay connected until the stage closes.
import { RawClient } from './raw_client.ts';
import { contrailSide, freePort, referenceSide, ServerProcess, type Side } from './server_process.ts';

export interface Stage {
  readonly name: string;
  readonly server: ServerProcess;
  readonly monitorUrl: string;
  readonly clients: readonly RawClient[];
}

export interface Fetched {
  readonly status: number;
  readonly contentType: string;
  readonly origin: string | null;
  readonly body: string;
}

const CONFIG = `
server_name: stage
server_tags: [red, "az:one"]
server_metadata { rack: b7 }
max_payload: 100000
ping_interval: "60s"
jetstream { max_mem: 10000000, max_file: 100000000, sync_interval: "2m", limits { max_ack_pending: 777, duplicate_window: "5m" } }
`;

export async function openStages(): Promise<[reference: Stage, contrail: Stage]> {
  return Promise.all([openStage(referenceSide()), openStage(contrailSide())]);
}

export async function closeStage({ server, clients }: Stage): Promise<void> {
  for (const client of clients) client.close();
  await server.stop();
}

async function openStage(side: Side): Promise<Stage> {
  const monitorPort = await freePort();
  const server = await ServerProcess.start(side, {
    config: CONFIG,
    jetStream: true,
    flags: ['-m', String(monitorPort)],
  });
  const clients = await play(server);
  return { name: side.name, server, monitorUrl: `http://127.0.0.1:${monitorPort}`, clients };
}

export async function fetchPage(
  stage: Pick<Stage, 'monitorUrl'>,
  target: string,
  init: RequestInit = {},
): Promise<Fetched> {
  const response = await fetch(stage.monitorUrl + target, { redirect: 'manual', ...init });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    origin: response.headers.get('access-control-allow-origin'),
    body: await response.text(),
  };
}

/** Clients that stay, clients that left in different ways, streams with consumers. */
async function play(server: ServerProcess): Promise<RawClient[]> {
  const connect = (fields: Readonly<Record<string, unknown>>) => RawClient.connect(server.url, fields);
  const listener = await connect({ name: 'listener', lang: 'raw', version: '1.2.3' });
  listener.line('SUB a.* 11');
  listener.line('SUB a.> group 12');
  listener.line('UNSUB 12 10');
  listener.line('SUB b 13');
  await listener.flush();
  const left = await connect({ name: 'left', lang: 'raw' });
  left.subscribe('left.>');
  await left.flush();
  await left.end();
  const wrong = await connect({ name: 'wrong' });
  wrong.line('NONSENSE');
  await wrong.end();
  const publisher = await connect({ name: 'publisher', user: 'somebody', protocol: 1 });
  for (let i = 0; i < 3; i++) publisher.publish('a.1', 'hello');
  publisher.publish('b', 'x'.repeat(100), 'reply', 'NATS/1.0\r\nA: b\r\n\r\n');
  publisher.publish('nobody', '');
  await publisher.flush();
  await listener.flush();
  const manager = await connect({ name: 'manager', lang: 'raw' });
  await playJetStream(manager);
  return [listener, publisher, manager];
}

async function playJetStream(client: RawClient): Promise<void> {
  const ask = async (endpoint: string, body: unknown) => {
    const answer = await client.request(`$JS.API.${endpoint}`, JSON.stringify(body));
    if (answer === null) throw new Error(`${endpoint} is not answered`);
  };
  await ask('STREAM.CREATE.ORDERS', { name: 'ORDERS', subjects: ['orders.>'], storage: 'file', max_bytes: 1_000_000 });
  await ask('STREAM.CREATE.MEM', { name: 'MEM', subjects: ['mem'], storage: 'memory', retention: 'interest' });
  const pull = { durable_name: 'pull', ack_policy: 'explicit', filter_subject: 'orders.a' };
  await ask('CONSUMER.DURABLE.CREATE.ORDERS.pull', { stream_name: 'ORDERS', config: pull });
  const push = { durable_name: 'push', ack_policy: 'none', deliver_subject: 'deliver', metadata: { k: 'v' } };
  await ask('CONSUMER.DURABLE.CREATE.ORDERS.push', { stream_name: 'ORDERS', config: push });
  for (const subject of ['orders.a', 'orders.b', 'orders.a']) await client.request(subject, 'order');
  await ask('STREAM.CREATE.ORDERS', { name: 'ORDERS', subjects: ['other'] });
  const delivered = await client.request('$JS.API.CONSUMER.MSG.NEXT.ORDERS.pull', '{"batch":1}');
  if (delivered === null) throw new Error('Nothing was delivered');
  await client.request(delivered.reply, '+ACK');
  await client.flush();
}
