// `contrail events`: what servers and JetStream tell about themselves, as it happens or from a stream that keeps it.
// Compat: natscli cli/events_command.go.
import { rfc3339NanoOfMs } from '../../base/nanos.ts';
import { defineCommand, flag, type ValuesOf } from '../command.ts';
import { UsageError } from '../errors.ts';
import { type EventFormat, type ReceivedEvent, showEvent } from '../events/event_output.ts';
import { checkSubject } from '../input/subjects.ts';
import { ArrivalQueue } from '../messages/arrival_queue.ts';
import type { Session } from '../session.ts';
import { MessageFeed } from '../streams/message_feed.ts';
import { loadStream } from '../streams/pick_stream.ts';

const FLAGS = {
  all: flag.switch('Show all events', { short: 'a' }),
  cloudevent: flag.switch('Produce CloudEvents v1 output'),
  short: flag.switch('Short event format'),
  filter: flag.text('Filter across the entire event using regular expressions', { default: '.' }),
  jsMetric: flag.switch('Shows JetStream metric events (false)'),
  jsAdvisory: flag.switch('Shows advisory events (false)'),
  srvAdvisory: flag.toggle('Shows NATS Server advisories (true)', { default: true }),
  subjects: flag.texts('Show Advisories and Metrics received on specific subjects', { placeholder: 'SUBJECTS' }),
  stream: flag.text('Reads events from a Stream only'),
  since: flag.duration('When reading a Stream reads from a certain duration ago', { placeholder: 'DURATION' }),
} as const;

type EventFlags = ValuesOf<typeof FLAGS>;

export const EVENTS = defineCommand({
  name: 'events',
  aliases: ['event', 'e'],
  summary: 'Show Advisories and Events',
  description:
    'Events of servers ($SYS...) reach users of the system account alone; those of JetStream ($JS.EVENT...) stay in the account they are about.',
  flags: FLAGS,
  examples: [
    {
      text: 'Whatever JetStream does, a line each',
      command: 'contrail events --js-advisory --no-srv-advisory --short',
    },
    { text: 'Who comes and goes, of one user', command: "contrail events --filter 'user.*bob' --context system" },
    { text: 'What a stream has kept of the last hour', command: 'contrail events --stream AUDIT --since 1h' },
  ],
  json: 'One event per line, as the server wrote it; with --cloudevent an object: type, time, id, source, dataschema, specversion, subject, data (the event).',
  run: async (session, _args, flags) => {
    checkChoice(flags);
    for (const subject of flags.subjects) checkSubject(subject, '--subjects');
    const filter = filterOf(flags.filter);
    const format = formatOf(session, flags);
    const say = (text: string): void => {
      if (format !== 'json' && format !== 'cloudevent') session.print(text);
    };
    const show = (event: ReceivedEvent): void => {
      if (filter.test(Buffer.from(event.data).toString('utf8'))) showEvent(session, event, format);
    };
    if (flags.stream === undefined) await listen(session, { flags, say, show });
    else await read(session, { flags, say, show });
  },
});

function checkChoice({ all, jsAdvisory, jsMetric, subjects, srvAdvisory, stream, since }: EventFlags): void {
  const hasChosen = all || jsAdvisory || jsMetric || subjects.length > 0;
  if (!hasChosen && !srvAdvisory && stream === undefined) {
    throw new UsageError('no events were chosen: say --js-advisory, --js-metric, --subjects, --stream or --all');
  }
  if (hasChosen && stream !== undefined) {
    throw new UsageError('cannot specify both Stream and specific advisories or extra subjects');
  }
  if (since !== undefined && stream === undefined) {
    throw new UsageError('--since goes with --stream: events of the past are known only where a stream has kept them');
  }
}

function filterOf(text: string): RegExp {
  try {
    return new RegExp(text, 'is');
  } catch (error) {
    throw new UsageError(
      `--filter: invalid body regular expression: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function formatOf(session: Session, { cloudevent, short }: EventFlags): EventFormat {
  if (cloudevent) return 'cloudevent';
  if (session.isJson) return 'json';
  return short ? 'short' : 'long';
}

interface Gathering {
  readonly flags: EventFlags;
  readonly say: (text: string) => void;
  readonly show: (event: ReceivedEvent) => void;
}

/** What the person listens to, and how it is called. */
function chosenSubjects(session: Session, flags: EventFlags): (readonly [string, string])[] {
  const { all, jsAdvisory, jsMetric, srvAdvisory, subjects } = flags;
  const chosen: (readonly [string, string])[] = [];
  if (jsAdvisory || all) chosen.push(['Advisories', `${session.eventPrefix}.ADVISORY.>`]);
  if (jsMetric || all) chosen.push(['Metrics', `${session.eventPrefix}.METRIC.>`]);
  if (srvAdvisory || all) {
    chosen.push(['Client Connection events', '$SYS.ACCOUNT.*.CONNECT']);
    chosen.push(['Client Disconnection events', '$SYS.ACCOUNT.*.DISCONNECT']);
    chosen.push(['Authentication Errors events', '$SYS.SERVER.*.CLIENT.AUTH.ERR']);
  }
  for (const subject of subjects) chosen.push(['advisories', subject]);
  return chosen;
}

async function listen(session: Session, { flags, say, show }: Gathering): Promise<void> {
  const connection = await session.connect();
  const queue = new ArrivalQueue<ReceivedEvent>();
  void session.interrupted.then(() => queue.end());
  const subscriptions = chosenSubjects(session, flags).map(([what, subject]) => {
    say(`Listening for ${what} on ${subject}`);
    return connection.subscribe(subject, {
      // A subscription that the server refuses is told by the connection's status.
      callback: (error, { subject, data }) => {
        if (error === null) queue.push({ subject, data });
      },
    });
  });
  await connection.flush();
  await session.checkServerError();
  for await (const event of queue) {
    const dropped = queue.takeDropped();
    if (dropped > 0) session.log(`${dropped} events came faster than they could be shown and are lost`);
    show(event);
  }
  for (const subscription of subscriptions) subscription.unsubscribe();
}

async function read(session: Session, { flags, say, show }: Gathering): Promise<void> {
  const { config } = (await loadStream(session, flags.stream ?? '')).value;
  const sinceMs = flags.since === undefined ? null : session.nowMs() - flags.since / 1e6;
  say(`Listening for Events in stream ${config.name}${sinceMs === null ? '' : ` since ${session.time(sinceMs)}`}`);
  const start = sinceMs === null ? 'all' : { time: rfc3339NanoOfMs(sinceMs) };
  const feed = await MessageFeed.open(session, { stream: config.name, subjects: ['>'], start });
  for await (const event of feed.following()) show(event);
}
