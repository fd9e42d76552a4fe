// What JetStream tells about streams, consumers, deliveries, backups and its cluster.
// Compat: jsm.go api/jetstream/advisory and api/jetstream/metric have the same kinds and labels.
import { countText, sizeText } from '../output/human.ts';
import type { EventFields } from './event_fields.ts';
import {
  addClient,
  addReplicas,
  addRows,
  capital,
  consumerPath,
  type EventKind,
  eventClock,
  eventClockMs,
  eventTime,
  messagePath,
} from './event_kind.ts';

const STREAM = { Stream: 'stream' };
const CONSUMER = { ...STREAM, Consumer: 'consumer' };
const DOMAIN = { Domain: 'domain' };

function peerCount(event: EventFields): string {
  return `of ${event.parts('replicas').length} peers`;
}

function clusterText(event: EventFields): string {
  return event.text('cluster') === '' ? '' : ` in cluster ${event.text('cluster')}`;
}

function serverText(event: EventFields): string {
  return `${event.text('server')} (${event.text('server_id')})`;
}

function action(what: string, rows: Readonly<Record<string, string>>, path: (event: EventFields) => string): EventKind {
  return {
    title: (event) => `${what} ${capital(event.text('action'))} Action`,
    short: (event) => `[${what} ${capital(event.text('action'))}] ${path(event)}`,
    fill: (page, event) => addRows(page, event, { ...rows, ...DOMAIN }),
  };
}

/** Something about one message of a consumer. */
function delivery(title: string, tag: string): EventKind {
  return {
    title: () => title,
    short: (event) => {
      const reason = event.text('reason') === '' ? '' : `: ${event.text('reason')}`;
      return `[${tag}] ${messagePath(event)}: ${event.text('deliveries')} deliveries${reason}`;
    },
    fill: (page, event) => {
      page.row('Consumer', consumerPath(event));
      addRows(page, event, {
        'Stream Sequence': 'stream_seq',
        'Consumer Sequence': 'consumer_seq',
        Deliveries: 'deliveries',
        Reason: 'reason',
        ...DOMAIN,
      });
    },
  };
}

interface RaftOptions {
  readonly rows: Readonly<Record<string, string>>;
  readonly short: (event: EventFields) => string;
}

function raft(title: string, { rows, short }: RaftOptions): EventKind {
  return {
    title: () => title,
    short: (event) => `[RAFT] ${short(event)}`,
    fill: (page, event) => {
      addRows(page, event, { ...rows, Account: 'account', ...DOMAIN });
      addReplicas(page, event);
    },
  };
}

/** One of the four steps of backups. `fill` adds what is known beside the stream and the client. */
function backup(kind: Pick<EventKind, 'title' | 'short'>, fill: EventKind['fill']): EventKind {
  return {
    ...kind,
    fill: (page, event) => {
      addRows(page, event, STREAM);
      fill(page, event);
      addRows(page, event, DOMAIN);
      addClient(page, event.part('client'));
    },
  };
}

function span(event: EventFields): string {
  return `started ${eventClock(event.text('start'))} ended ${eventClock(event.text('end'))}`;
}

const addSpan: EventKind['fill'] = (page, event) => {
  page.row('Start', eventClockMs(event.text('start')));
  page.row('End', eventClockMs(event.text('end')));
};

function snapshotEnd(event: EventFields): string {
  return event.text('error') === '' ? 'Complete' : 'Failed';
}

export const JETSTREAM_KINDS: Readonly<Record<string, EventKind>> = {
  'io.nats.jetstream.metric.v1.consumer_ack': {
    title: () => 'Acknowledgment Sample',
    short: (event) =>
      `[JS Ack] ${messagePath(event)} (${event.text('consumer_seq')}): ${event.text('deliveries')} deliveries in ${event.duration('ack_time')}`,
    fill: (page, event) => {
      page.row('Consumer', consumerPath(event));
      addRows(page, event, {
        'Stream Sequence': 'stream_seq',
        'Consumer Sequence': 'consumer_seq',
        Deliveries: 'deliveries',
      });
      page.row('Delay', event.duration('ack_time'));
      addRows(page, event, DOMAIN);
    },
  },
  'io.nats.jetstream.advisory.v1.stream_action': action('Stream', STREAM, (event) => event.text('stream')),
  'io.nats.jetstream.advisory.v1.consumer_action': action('Consumer', CONSUMER, consumerPath),
  'io.nats.jetstream.advisory.v1.max_deliver': delivery('Delivery Attempts Exceeded', 'JS Max Deliveries'),
  'io.nats.jetstream.advisory.v1.nak': delivery('Delivery NAKed', 'JS Delivery NAKed'),
  'io.nats.jetstream.advisory.v1.terminated': delivery('Delivery Terminated', 'JS Delivery Terminated'),
  'io.nats.jetstream.advisory.v1.consumer_pause': {
    title: () => 'Consumer Pause',
    short: (event) => {
      const until = event.isTrue('paused') ? ` until ${eventTime(event.text('pause_until'))}` : '';
      return `[Consumer Pause] Consumer: ${consumerPath(event)} Paused: ${event.isTrue('paused')}${until}`;
    },
    fill: (page, event) => {
      addRows(page, event, CONSUMER);
      page.row('Paused', event.isTrue('paused'));
      page.rowIf(event.isTrue('paused'), 'Until', eventTime(event.text('pause_until')));
      addRows(page, event, DOMAIN);
    },
  },
  'io.nats.jetstream.advisory.v1.consumer_group_pinned': {
    title: () => 'Grouped Consumer Pinned a Client',
    short: (event) =>
      `[PINNED] Consumer ${consumerPath(event)} pinned client ${event.text('pinned_id')} for group ${event.text('group')}`,
    fill: (page, event) =>
      addRows(page, event, { ...CONSUMER, Group: 'group', ...DOMAIN, 'Pinned Client': 'pinned_id' }),
  },
  'io.nats.jetstream.advisory.v1.consumer_group_unpinned': {
    title: () => 'Grouped Consumer Un-Pinned a Client',
    short: (event) =>
      `[UNPINNED] Consumer ${consumerPath(event)} unpinned client for group ${event.text('group')}: ${event.text('reason')}`,
    fill: (page, event) => addRows(page, event, { ...CONSUMER, Group: 'group', ...DOMAIN, Reason: 'reason' }),
  },
  'io.nats.jetstream.advisory.v1.stream_leader_elected': raft('Stream Leader Election', {
    rows: { ...STREAM, Leader: 'leader' },
    short: (event) => `Stream ${event.text('stream')} elected ${event.text('leader')} ${peerCount(event)}`,
  }),
  'io.nats.jetstream.advisory.v1.stream_quorum_lost': raft('Stream Quorum Lost', {
    rows: STREAM,
    short: (event) => `Stream ${event.text('stream')} lost quorum ${peerCount(event)}`,
  }),
  'io.nats.jetstream.advisory.v1.consumer_leader_elected': raft('Consumer Leader Election', {
    rows: { ...CONSUMER, Leader: 'leader' },
    short: (event) => `Consumer ${consumerPath(event)} elected ${event.text('leader')} ${peerCount(event)}`,
  }),
  'io.nats.jetstream.advisory.v1.consumer_quorum_lost': raft('Consumer Quorum Lost', {
    rows: CONSUMER,
    short: (event) => `Consumer ${consumerPath(event)} lost quorum ${peerCount(event)}`,
  }),
  'io.nats.jetstream.advisory.v1.domain_leader_elected': raft('Domain Leader Election', {
    rows: { Leader: 'leader', Cluster: 'cluster' },
    short: (event) => `Domain leader elected ${event.text('leader')}${clusterText(event)} leader ${peerCount(event)}`,
  }),
  'io.nats.jetstream.advisory.v1.server_removed': {
    title: () => 'Server Removed',
    short: (event) => `[Server Removed] ${serverText(event)}${clusterText(event)} was removed`,
    fill: (page, event) => {
      page.row('Server', `${event.text('server')} - ${event.text('server_id')}`);
      addRows(page, event, { Cluster: 'cluster', ...DOMAIN });
    },
  },
  'io.nats.jetstream.advisory.v1.server_out_of_space': {
    title: () => 'Out of Disk Space',
    short: (event) => `[Out of Space] ${serverText(event)}${clusterText(event)} ran out of disk space`,
    fill: (page, event) => {
      page.row('Server', `${event.text('server')} - ${event.text('server_id')}`);
      addRows(page, event, { Cluster: 'cluster', ...STREAM, ...DOMAIN });
    },
  },
  'io.nats.jetstream.advisory.v1.api_limit_reached': {
    title: () => 'API Limit Reached',
    short: (event) => {
      const domain = event.text('domain') === '' ? '' : ` in domain ${event.text('domain')}`;
      return `[JS API Limit] ${event.text('server')}${domain} discarded ${countText(event.count('dropped'))} messages`;
    },
    fill: (page, event) => addRows(page, event, { Server: 'server', Dropped: 'dropped', ...DOMAIN }),
  },
  'io.nats.jetstream.advisory.v1.stream_batch_abandoned': {
    title: () => 'Publish Batch Abandoned',
    short: (event) => {
      const domain = event.text('domain') === '' ? '' : ` in domain ${event.text('domain')}`;
      return `[Batch Abandoned] ${event.text('stream')}${domain} abandoned batch ${event.text('batch')}: ${event.text('reason')}`;
    },
    fill: (page, event) =>
      addRows(page, event, { Account: 'account', ...DOMAIN, ...STREAM, Batch: 'batch', Reason: 'reason' }),
  },
  'io.nats.jetstream.advisory.v1.snapshot_create': backup(
    {
      title: () => 'Stream Snapshot Created',
      short: (event) => {
        const state = event.part('state');
        const size = `${countText(state.count('messages'))} messages ${sizeText(state.count('bytes'))}`;
        return `[Snapshot Create] ${event.text('stream')} ${size}`;
      },
    },
    (page, event) => {
      const state = event.part('state');
      page.row('Messages', state.count('messages'));
      page.row('Bytes', sizeText(state.count('bytes')));
      page.row('Sequences', `${countText(state.count('first_seq'))} - ${countText(state.count('last_seq'))}`);
    },
  ),
  'io.nats.jetstream.advisory.v1.snapshot_complete': backup(
    {
      title: (event) => `Stream Snapshot ${snapshotEnd(event).replace('Complete', 'Completed')}`,
      short: (event) => {
        const error = event.text('error') === '' ? '' : `: ${event.text('error')}`;
        return `[Snapshot ${snapshotEnd(event)}] ${event.text('stream')} ${span(event)}${error}`;
      },
    },
    (page, event) => {
      addRows(page, event, { Error: 'error' });
      addSpan(page, event);
    },
  ),
  'io.nats.jetstream.advisory.v1.restore_create': backup(
    { title: () => 'Stream Restore Created', short: (event) => `[Restore Create] ${event.text('stream')}` },
    () => undefined,
  ),
  'io.nats.jetstream.advisory.v1.restore_complete': backup(
    {
      title: () => 'Stream Restore Completed',
      short: (event) =>
        `[Restore Complete] ${event.text('stream')} restored ${sizeText(event.count('bytes'))} bytes ${span(event)}`,
    },
    (page, event) => {
      addSpan(page, event);
      page.row('Bytes', sizeText(event.count('bytes')));
    },
  ),
  'io.nats.jetstream.advisory.v1.api_audit': {
    title: () => 'JetStream API Access',
    short: (event) => {
      const client = event.part('client');
      const user = client.text('user') === '' ? '' : ` ${client.text('user')} @`;
      return `[JS API] ${event.text('subject')}${user} ${client.text('acc')}`.trimEnd();
    },
    fill: (page, event) => {
      addRows(page, event, { Server: 'server', Subject: 'subject', ...DOMAIN });
      addClient(page, event.part('client'));
      page.title('Request');
      addText(page, event.text('request') || 'Empty Request');
      page.title('Response');
      addText(page, event.text('response'));
    },
  },
};

function addText(page: Parameters<EventKind['fill']>[0], text: string): void {
  for (const line of text.split('\n')) page.text(`  ${line}`);
}
