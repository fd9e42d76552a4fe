// `$SYS.REQ.SERVER.PING.X`, which all servers hear, and `$SYS.REQ.SERVER.<id>.X` for this one: the monitoring pages by
// message, and what is done to one of its clients. Compat: events.go, initEventTracking, kickClient, ldmClient.
import { goJson } from '../base/go_json.ts';
import { parsed } from '../base/parsed.ts';
import type { JsonType } from '../jetstream/json/json_type.ts';
import type { Message } from '../ports/message.ts';
import { accountz } from './accountz.ts';
import { connz } from './connz.ts';
import { expvarz } from './expvarz.ts';
import { healthStatus, healthz } from './healthz.ts';
import { ipqueuesz } from './ipqueuesz.ts';
import { jsz } from './jsz.ts';
import { gatewayz, leafz, routez } from './links_pages.ts';
import type { MonitorFacts, MonitorParts } from './monitor_parts.ts';
import { profilez } from './profilez.ts';
import {
  ACCOUNTZ_BODY,
  CONNZ_BODY,
  EXPVARZ_BODY,
  FILTER_BODY,
  GATEWAYZ_BODY,
  HEALTHZ_BODY,
  IPQUEUESZ_BODY,
  JSZ_BODY,
  KICK_BODY,
  LAME_DUCK_BODY,
  LEAFZ_BODY,
  PROFILEZ_BODY,
  RAFTZ_BODY,
  ROUTEZ_BODY,
  type ServerFilter,
  STATSZ_BODY,
  SUBSZ_BODY,
  VARZ_BODY,
} from './request_bodies.ts';
import { type RequestDesk, type Respond, readBody } from './request_desk.ts';
import { isMeant } from './server_filter.ts';
import type { StatszBroadcast } from './statsz.ts';
import { subsz } from './subsz.ts';
import { askerOf, BAD_REQUEST } from './system_answers.ts';
import { varz } from './varz.ts';

/** What the process that the server runs in can be asked for. */
export interface ServerActions {
  /** Reads the configuration again; resolves with why not, or null. */
  reload(): Promise<string | null>;
}

export interface ServerRequestParts {
  readonly monitor: MonitorFacts;
  readonly statsz: StatszBroadcast;
  readonly actions: ServerActions;
}

export function serveServerRequests(desk: RequestDesk, parts: MonitorParts, more: ServerRequestParts): void {
  const { server, host } = parts;
  const own = `$SYS.REQ.SERVER.${server.options.serverId}`;
  const serve = <T extends ServerFilter>(word: string, type: JsonType<T>, respond: Respond<T>) => {
    for (const prefix of [own, '$SYS.REQ.SERVER.PING']) desk.serve(`${prefix}.${word}`, type, respond);
  };
  serve('VARZ', VARZ_BODY, () => parsed(varz(parts, more.monitor)));
  serve('SUBSZ', SUBSZ_BODY, (options) => subsz(parts, options));
  serve('CONNZ', CONNZ_BODY, (options) => connz(parts, options));
  serve('ROUTEZ', ROUTEZ_BODY, () => parsed(routez(parts)));
  serve('GATEWAYZ', GATEWAYZ_BODY, () => parsed(gatewayz(parts)));
  serve('LEAFZ', LEAFZ_BODY, () => parsed(leafz(parts)));
  serve('ACCOUNTZ', ACCOUNTZ_BODY, (options) => accountz(parts, options));
  serve('JSZ', JSZ_BODY, (options) => jsz(parts, options));
  serve('HEALTHZ', HEALTHZ_BODY, (options) => parsed(healthStatus(healthz(parts, options))));
  serve('PROFILEZ', PROFILEZ_BODY, async (options) => parsed(await profilez(host, options)));
  serve('EXPVARZ', EXPVARZ_BODY, () => parsed(expvarz(host)));
  serve('IPQUEUESZ', IPQUEUESZ_BODY, (options) => parsed(ipqueuesz(parts, options)));
  // A server without a cluster has no groups.
  serve('RAFTZ', RAFTZ_BODY, () => parsed({}));
  for (const subject of [`${own}.IDZ`, '$SYS.REQ.SERVER.PING.IDZ']) {
    desk.serveRaw(subject, (request) => {
      const asker = askerOf(request);
      if (asker.reply.length > 0) desk.answers.plain(desk.bus, asker, goJson(server.identity.brief()));
    });
  }
  for (const subject of ['$SYS.REQ.SERVER.PING', `${own}.STATSZ`, '$SYS.REQ.SERVER.PING.STATSZ']) {
    desk.serveRaw(subject, (request) => answerStatsz(desk, parts, more.statsz, request));
  }
  desk.serveAction(`${own}.RELOAD`, FILTER_BODY, () => more.actions.reload());
  serveClientRequests(desk, parts, own);
}

/** Compat: without a reply subject everybody who listens to the server is told. */
function answerStatsz(desk: RequestDesk, parts: MonitorParts, statsz: StatszBroadcast, request: Message): void {
  const asker = askerOf(request);
  const read = readBody(request, STATSZ_BODY);
  if (!read.ok) desk.answers.refuse(desk.bus, asker, { code: BAD_REQUEST, description: read.text });
  else if (isMeant(parts, read.value)) statsz.tell(asker.reply.length > 0 ? asker.reply : null);
}

/** Sends one client away, at once or by asking it to go. */
function serveClientRequests(desk: RequestDesk, { server }: MonitorParts, own: string): void {
  const { connections } = server;
  desk.serveAction(`${own}.KICK`, KICK_BODY, ({ cid }) => {
    const connection = connections.find(cid);
    if (connection === undefined) return 'no such client or leafnode id';
    connection.close('Kicked');
    return null;
  });
  desk.serveAction(`${own}.LDM`, LAME_DUCK_BODY, ({ cid }) => {
    const connection = connections.find(cid);
    if (connection === undefined) return 'no such client id';
    if (connection.announceLameDuck()) return null;
    return 'client does not support Lame Duck Mode or is not ready to receive the notification';
  });
}
