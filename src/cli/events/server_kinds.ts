// What servers tell about connections, accounts and the latency of services.
// Compat: jsm.go api/server/advisory and api/server/metric have the same kinds and labels.
import type { Page } from '../output/columns.ts';
import { countText, sizeText } from '../output/human.ts';
import type { EventFields } from './event_fields.ts';
import { addClient, addRows, type EventKind, eventClockMs, eventTime } from './event_kind.ts';

function connectionText(event: EventFields): string {
  const client = event.part('client');
  const user = client.text('user') === '' ? '' : `user: ${client.text('user')} `;
  return `${user}cid: ${client.text('id')} in account ${client.text('acc')}`;
}

function addServer(page: Page, event: EventFields): void {
  const server = event.part('server');
  page.row('Server', server.text('name'));
  page.rowIfText('Cluster', server.text('cluster'));
}

function trafficText(stats: EventFields): string {
  return `${countText(stats.count('msgs'))} messages (${sizeText(stats.count('bytes'))})`;
}

function trafficShort(stats: EventFields): string {
  return `${countText(stats.count('msgs'))} / ${sizeText(stats.count('bytes'))}`;
}

function addParty(page: Page, title: string, party: EventFields): void {
  page.title(title);
  page.row('Account', party.text('acc'));
  page.row('RTT', party.duration('rtt'));
  const start = party.text('start');
  page.rowIf(start !== '', 'Start', eventTime(start));
  const rows = { User: 'user', Name: 'name', Language: 'lang', Version: 'ver' };
  addRows(page, party, { ...rows, Host: 'host', ID: 'id', Server: 'server' });
}

export const SERVER_KINDS: Readonly<Record<string, EventKind>> = {
  'io.nats.server.advisory.v1.client_connect': {
    title: () => 'Client Connection',
    short: (event) => `[Connection] ${connectionText(event)}`,
    fill: (page, event) => {
      addServer(page, event);
      addClient(page, event.part('client'));
    },
  },
  'io.nats.server.advisory.v1.client_disconnect': {
    title: () => 'Client Disconnection',
    short: (event) => `[Disconnection] ${connectionText(event)}: ${event.text('reason')}`,
    fill: (page, event) => {
      page.rowIfText('Reason', event.text('reason'));
      addServer(page, event);
      addClient(page, event.part('client'));
      page.title('Stats');
      page.row('RTT', event.part('client').duration('rtt'));
      page.row('Client Received', trafficText(event.part('received')));
      page.row('Client Published', trafficText(event.part('sent')));
    },
  },
  'io.nats.server.advisory.v1.account_connections': {
    title: () => 'Account Status',
    short: (event) => {
      const counts = `Connections: ${event.count('conns')} Leaf Nodes: ${event.count('leafnodes')}`;
      const slow = `Slow: ${countText(event.count('slow_consumers'))}`;
      const traffic = `Sent: ${trafficShort(event.part('sent'))} Received: ${trafficShort(event.part('received'))}`;
      return `[Account] ${event.text('acc')} Server: ${event.part('server').text('name')} ${counts} ${slow} ${traffic}`;
    },
    fill: (page, event) => {
      page.row('Account', event.text('acc'));
      addServer(page, event);
      page.row('Connections', String(event.count('conns')));
      page.row('Leaf Nodes', String(event.count('leafnodes')));
      page.title('Stats');
      page.row('Received', trafficText(event.part('received')));
      page.row('Published', trafficText(event.part('sent')));
      page.row('Slow Consumers', event.count('slow_consumers'));
    },
  },
  'io.nats.server.metric.v1.service_latency': {
    title: (event) => `Service Latency${event.text('description') === '' ? '' : ` - ${event.text('description')}`}`,
    short: (event) => {
      const error = event.text('description') === '' ? '' : `${event.text('description')} `;
      const asked = `requestor ${event.part('requestor').duration('rtt')} <-> system ${event.duration('system')}`;
      const answered = `service rtt ${event.part('responder').duration('rtt')} -> service ${event.duration('service')}`;
      return `[Svc Latency] ${error}${asked} <- ${answered}`;
    },
    fill: (page, event) => {
      page.row('Start Time', eventClockMs(event.text('start')));
      page.rowIfText('Error', event.text('description'));
      page.title('Latencies');
      page.row('Request Duration', event.duration('total'));
      page.row('Requestor', event.part('requestor').duration('rtt'));
      page.row('NATS System', event.duration('system'));
      page.row('Service', event.duration('service'));
      addParty(page, 'Requestor', event.part('requestor'));
      addParty(page, 'Responder', event.part('responder'));
    },
  },
};
