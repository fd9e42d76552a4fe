// The log as messages to a syslog server: the machine's own, or another one over UDP, TCP or a Unix socket. Node.js has no
// datagram sockets of the Unix kind, which most machines have at /dev/log: where nothing else answers there, the system's
// `logger` command carries the messages. One of the sinks of node_log.ts.
// Compat: logger/syslog.go, and Go's log/syslog for the form of a message.
import { existsSync } from 'node:fs';
import { errorText } from '../base/errors.ts';
import type { LogFields } from '../base/log.ts';
import { LoggerCommand, openStream, openUdp, type SyslogTransport } from './_syslog_transport.ts';
import type { LogLevel, LogSink } from './node_log.ts';
import { fieldsText, plainText } from './node_log_lines.ts';

/** Compat: logger/syslog.go: what is traced has the level of a notice. */
const SEVERITIES: Readonly<Record<LogLevel, number>> = { fatal: 2, error: 3, warn: 4, info: 5, trace: 5, debug: 7 };
/** Of a server on this machine: daemon. To another one: kern, as the reference has it. */
const FACILITY_LOCAL = 3;
const FACILITY_REMOTE = 0;
/** What filters of nats-server's messages look for. */
const TAG = 'nats-server';
const LOCAL_PATHS = ['/dev/log', '/var/run/syslog', '/var/run/log'];
const PORT_SYSLOG_MAX = 65535;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface NodeSyslogOptions {
  readonly pid: number;
  readonly hostName: string;
  /** Unix milliseconds: NodeClock.realtimeMs. */
  readonly realtimeMs: () => number;
}

export class NodeSyslog implements LogSink {
  readonly #options: NodeSyslogOptions;
  readonly #transport: SyslogTransport;
  readonly #facility: number;
  /** Messages on one machine say neither its name nor the year. */
  readonly #isLocal: boolean;

  private constructor(options: NodeSyslogOptions, transport: SyslogTransport, facility: number, isLocal: boolean) {
    this.#options = options;
    this.#transport = transport;
    this.#facility = facility;
    this.#isLocal = isLocal;
  }

  /** This machine's. Rejects with a sentence when there is none. */
  static async openLocal(options: NodeSyslogOptions, paths: readonly string[] = LOCAL_PATHS): Promise<NodeSyslog> {
    for (const path of paths) {
      if (!existsSync(path)) continue;
      const stream = await openStream({ path }).catch(() => null);
      const socketOfLogger = path === LOCAL_PATHS[0] ? null : path;
      const transport = stream ?? LoggerCommand.find(socketOfLogger, `${TAG}[${options.pid}]`);
      if (transport !== null) return new NodeSyslog(options, transport, FACILITY_LOCAL, true);
    }
    throw connectError('Unix syslog delivery error');
  }

  /** `udp://host:port`, `tcp://host:port` or `unix:///path`. Rejects with a sentence. */
  static async openRemote(options: NodeSyslogOptions, address: string): Promise<NodeSyslog> {
    const { network, host, port, path } = remoteAddress(address);
    try {
      const transport =
        network === 'udp'
          ? await openUdp({ host, port })
          : await openStream(network === 'unix' ? { path } : { host, port });
      return new NodeSyslog(options, transport, FACILITY_REMOTE, network === 'unix');
    } catch (error) {
      throw connectError(errorText(error));
    }
  }

  say(level: LogLevel, text: string, fields: LogFields | undefined): void {
    const severity = SEVERITIES[level];
    const body = plainText(text) + (fields === undefined ? '' : fieldsText(fields));
    this.#transport.send({ severity, body, line: this.#line(severity, body) });
  }

  reopen(): boolean {
    return false;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #line(severity: number, body: string): string {
    const { pid, hostName, realtimeMs } = this.#options;
    const when = new Date(realtimeMs());
    const head = this.#isLocal ? stampText(when) : `${zonedText(when)} ${hostName === '' ? 'localhost' : hostName}`;
    return `<${this.#facility * 8 + severity}>${head} ${TAG}[${pid}]: ${body}\n`;
  }
}

function connectError(reason: string): Error {
  return new Error(`error connecting to syslog: ${JSON.stringify(reason)}`);
}

interface RemoteAddress {
  readonly network: 'udp' | 'tcp' | 'unix';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

function remoteAddress(address: string): RemoteAddress {
  const [, network = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):(?:\/\/)?)?(.*)$/is.exec(address) ?? [];
  switch (network.toLowerCase()) {
    case 'unix':
      return { network: 'unix', host: '', port: 0, path: rest };
    case 'udp':
    case 'tcp': {
      const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:/]*)):([0-9]+)(?:\/.*)?$/.exec(rest) ?? [];
      if (port === '' || Number(port) > PORT_SYSLOG_MAX) {
        throw connectError(`dial ${network.toLowerCase()}: address ${rest}: missing port in address`);
      }
      const host = bracketed ?? plain ?? '';
      return {
        network: network.toLowerCase() === 'udp' ? 'udp' : 'tcp',
        host: host === '' ? 'localhost' : host,
        port: Number(port),
        path: '',
      };
    }
  }
  throw new Error(`error invalid network type: ${JSON.stringify(network)}`);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function clockText(when: Date): string {
  return `${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`;
}

/** `Nov  3 10:02:11`, local time. */
function stampText(when: Date): string {
  return `${MONTHS[when.getMonth()]} ${String(when.getDate()).padStart(2, ' ')} ${clockText(when)}`;
}

/** `2026-11-03T10:02:11+01:00`, local time. */
function zonedText(when: Date): string {
  const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  const east = -when.getTimezoneOffset();
  const zone =
    east === 0 ? 'Z' : `${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  return `${day}T${clockText(when)}${zone}`;
}
