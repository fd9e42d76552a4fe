// The INFO object: what the server says of itself, in the reference's field order and with its omissions.
// Compat: server.go, Info.

export interface ServerInfo {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
  readonly runtime: string;
  readonly host: string;
  readonly port: number;
  readonly headers: boolean;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  /** Clients must show a certificate. */
  readonly tlsVerify: boolean;
  /** There is TLS, but nobody must use it. */
  readonly tlsAvailable: boolean;
  readonly jetStream: boolean;
  /** Of JetStream; empty without one. */
  readonly domain: string;
  readonly connectUrls: readonly string[];
  readonly isLameDuck: boolean;
  /** JetStream API level; 0 where JetStream is off. */
  readonly apiLevel: number;
}

export interface ClientInfoFields {
  readonly clientId: number;
  readonly clientIp: string;
  /** Bytes that a message of this client may have. */
  readonly payloadMax: number;
  /** What it signs to prove its key; empty where no key is known, and in every INFO but the first. */
  readonly nonce: string;
  /** Only in the first INFO: who needs no credentials is not asked for any. */
  readonly isCredentialOptional: boolean;
  /** Set in the INFO that answers CONNECT: the account the client was bound to. */
  readonly boundAccount: string | null;
  readonly isSystemAccount: boolean;
}

/** The whole protocol line. */
export function encodeInfo(server: ServerInfo, client: ClientInfoFields): string {
  const fields = {
    server_id: server.serverId,
    server_name: server.serverName,
    version: server.version,
    proto: 1,
    go: server.runtime,
    host: server.host,
    port: server.port,
    headers: server.headers,
    auth_required: (server.authRequired && !client.isCredentialOptional) || undefined,
    tls_required: server.tlsRequired || undefined,
    tls_verify: server.tlsVerify || undefined,
    tls_available: server.tlsAvailable || undefined,
    max_payload: client.payloadMax,
    jetstream: server.jetStream || undefined,
    client_id: client.clientId,
    client_ip: client.clientIp || undefined,
    nonce: client.nonce || undefined,
    domain: server.domain || undefined,
    connect_urls: server.connectUrls.length > 0 ? server.connectUrls : undefined,
    ldm: server.isLameDuck || undefined,
    connect_info: client.boundAccount === null ? undefined : true,
    remote_account: client.boundAccount ?? undefined,
    acc_is_sys: client.isSystemAccount || undefined,
    api_lvl: server.apiLevel || undefined,
  };
  return `INFO ${JSON.stringify(fields)} \r\n`;
}
