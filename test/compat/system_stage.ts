// Two servers with accounts and a system account, asked and listened to through it. What the tests of the system account
// look at: the answers of both to one request, and the events of both after the same things have happened.
import { comparable, type Json, type ShapeRules } from './json_shape.ts';
import { RawClient, type RawMessage } from './raw_client.ts';
import { contrailSide, referenceSide, ServerProcess, type Side } from './server_process.ts';

const ANSWER_DEADLINE_MS = 20_000;

export const SYSTEM_CONFIG = `
server_name: stage
server_tags: [red, "az:one"]
server_metadata { rack: b7 }
jetstream { max_mem: 10000000, max_file: 100000000, sync_interval: "2m" }
accounts {
  $SYS { users: [{ user: sys, password: sys }] }
  A { users: [{ user: a, password: a }], jetstream: enabled }
  B { users: [{ user: b, password: b }] }
  EMPTY {}
}
`;

export interface SystemStage {
  readonly name: string;
  readonly server: ServerProcess;
  readonly serverId: string;
  /** A member of the system account. */
  readonly system: RawClient;
}

export async function openSystemStages(): Promise<[reference: SystemStage, contrail: SystemStage]> {
  return Promise.all([openSystemStage(referenceSide()), openSystemStage(contrailSide())]);
}

async function openSystemStage(side: Side): Promise<SystemStage> {
  const server = await ServerProcess.start(side, { config: SYSTEM_CONFIG, jetStream: true });
  const system = await connectAs(server, 'sys');
  const answer = await system.request('$SYS.REQ.SERVER.PING.IDZ', '');
  const { id } = JSON.parse(answer?.payload ?? '{}') as { id?: string };
  if (id === undefined) throw new Error(`${side.name} does not say who it is`);
  return { name: side.name, server, serverId: id, system };
}

export async function closeSystemStage({ server, system }: SystemStage): Promise<void> {
  system.close();
  await server.stop();
}

/** With a password that is the user's name. */
export function connectAs(server: ServerProcess, user: string, fields: object = {}): Promise<RawClient> {
  return RawClient.connect(server.url, { user, pass: user, ...fields });
}

/** The answer to a request in which `<id>` stands for the server's own id. */
export async function ask(stage: SystemStage, subject: string, body: string): Promise<RawMessage> {
  const answer = await stage.system.request(subject.replace('<id>', stage.serverId), body, ANSWER_DEADLINE_MS);
  if (answer === null) throw new Error(`${stage.name} does not answer ${subject} '${body}'`);
  return answer;
}

/** An answer as text that two servers agree on. */
export function comparableText(stage: SystemStage, payload: string, rules: ShapeRules = {}): string {
  const named = payload.replaceAll(stage.serverId, '<id>');
  return JSON.stringify(comparable(JSON.parse(named) as Json, rules), null, 1);
}
