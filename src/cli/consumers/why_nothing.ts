// Why a consumer delivers nothing: every reason that its state shows, the decisive first, each with what to type. Pure:
// takes what the server has told, asks nobody.
import type { ConsumerConfig, ConsumerInfo } from '../client/js_types.ts';
import { countedText, countText, durationHuman } from '../output/human.ts';
import { isPushConsumer, remainingText } from './consumer_page.ts';

export interface Reason {
  /** One word for programs; an interface, never renamed. */
  readonly code: ReasonCode;
  readonly text: string;
  /** A command line, or what to do in the application. */
  readonly advice: string;
}

export type ReasonCode =
  | 'paused'
  | 'stream_empty'
  | 'filter_matches_nothing'
  | 'ack_pending_full'
  | 'max_deliver_reached'
  | 'no_interest'
  | 'no_pulls_waiting'
  | 'pinned_elsewhere'
  | 'flow_control_stalled'
  | 'rate_limited'
  | 'replay_original'
  | 'awaiting_acks'
  | 'nothing_new'
  | 'pull_conditions'
  | 'being_delivered';

export interface Observed {
  readonly info: ConsumerInfo;
  /** Of the stream. */
  readonly messages: number;
  /** Messages of the stream that its filters match; null where it has none. */
  readonly matching: number | null;
}

/** A push consumer with interest and work that has delivered nothing for so long is not just between two messages. */
const QUIET_MS = 2000;

export function filtersOf({ filter_subject: filter = '', filter_subjects: filters = [] }: ConsumerConfig): string[] {
  return filter === '' ? [...filters] : [filter];
}

/** `nowMs` and times of the consumer are the server's. Never empty. */
export function whyNothing(observed: Observed, nowMs: number): Reason[] {
  const { info } = observed;
  const reasons = [...standing(observed), ...(isPushConsumer(info.config) ? ofPush(info, nowMs) : ofPull(info))];
  // A full consumer's reason says it already.
  const unacknowledged = info.num_ack_pending > 0 && !isFull(info) ? [awaitingAcks(info, nowMs)] : [];
  if (reasons.length > 0) return [...reasons, ...unacknowledged];
  if (info.num_pending > 0) return [beingDelivered(info), ...unacknowledged];
  return unacknowledged.length > 0 ? unacknowledged : [nothingNew(observed)];
}

function pathOf({ stream_name: stream, name }: ConsumerInfo): string {
  return `${stream} ${name}`;
}

/** Reasons that hold for push and pull. */
function standing({ info, messages, matching }: Observed): Reason[] {
  const { config, num_ack_pending: acks, num_pending: pending } = info;
  const reasons: Reason[] = [];
  if (info.paused === true) {
    reasons.push({
      code: 'paused',
      text: `It is paused for another ${remainingText(info)}`,
      advice: `contrail consumer resume ${pathOf(info)}`,
    });
  }
  if (messages === 0) {
    reasons.push({
      code: 'stream_empty',
      text: `Stream ${info.stream_name} holds no messages`,
      advice: `contrail stream info ${info.stream_name} (which subjects it takes)`,
    });
  } else if (matching === 0) {
    const filters = filtersOf(config).join(', ');
    reasons.push({
      code: 'filter_matches_nothing',
      text: `The filter ${filters} matches ${messages === 1 ? 'not the 1 message' : `none of the ${countText(messages)} messages`} in the stream`,
      advice: `contrail stream subjects ${info.stream_name} (which subjects it holds)`,
    });
  }
  const most = config.max_ack_pending ?? 0;
  if (config.ack_policy !== 'none' && most > 0 && acks >= most) {
    reasons.push({
      code: 'ack_pending_full',
      text: `${countedText(acks, 'message')} ${acks === 1 ? 'is' : 'are'} delivered and not acknowledged, the most it allows (max_ack_pending ${countText(most)})`,
      advice: `acknowledge what was received (it comes again after ${redeliveryText(config)}), or allow more: contrail consumer edit ${pathOf(info)} --max-pending ${most * 2}`,
    });
  }
  const triesMax = config.max_deliver ?? -1;
  if (triesMax > 0 && pending === 0 && isGivenUp(info)) {
    reasons.push({
      code: 'max_deliver_reached',
      text: `Messages were delivered ${triesMax} time${triesMax === 1 ? '' : 's'} without an acknowledgement and are not delivered again (max_deliver ${triesMax})`,
      advice: `contrail consumer reset ${pathOf(info)} --sequence ${resetSequence(info)} (delivers from there again), or allow more: contrail consumer edit ${pathOf(info)} --max-deliver ${triesMax * 2}`,
    });
  }
  return reasons;
}

/**
 * What waits for its acknowledgement is not given up; the rest of the redelivered messages is. Where nothing waits, and
 * the ack floor still stays behind, messages between them have gone without an acknowledgement.
 */
function isGivenUp({
  config,
  delivered,
  ack_floor: floor,
  num_ack_pending: acks,
  num_redelivered: redelivered,
}: ConsumerInfo) {
  if (config.ack_policy === 'none') return false;
  return redelivered > acks || (acks === 0 && floor.consumer_seq < delivered.consumer_seq);
}

/** The ack floor's next; a word to fill in where the floor has moved on and does not tell. */
function resetSequence({ delivered, ack_floor: floor }: ConsumerInfo): string {
  return floor.stream_seq < delivered.stream_seq ? String(floor.stream_seq + 1) : 'SEQUENCE';
}

function ofPush(info: ConsumerInfo, nowMs: number): Reason[] {
  const { deliver_subject: subject = '', deliver_group: group = '' } = info.config;
  if (info.push_bound !== true) {
    const queue = group === '' ? '' : ` --queue ${group}`;
    return [
      {
        code: 'no_interest',
        text: `Nobody subscribes to its delivery subject ${subject}${group === '' ? '' : ` in queue group ${group}`}`,
        advice: `contrail sub ${subject}${queue}`,
      },
    ];
  }
  if (info.num_pending === 0 || info.paused === true || isFull(info)) return [];
  return slow(info, nowMs);
}

/** Interest, work to do, and still nothing for a while. */
function slow(info: ConsumerInfo, nowMs: number): Reason[] {
  const { config } = info;
  const last = Date.parse(info.delivered.last_active ?? info.created);
  if (nowMs - last < QUIET_MS) return [];
  const quiet = durationHuman((nowMs - last) * 1e6);
  if (config.replay_policy === 'original') {
    return [
      {
        code: 'replay_original',
        text: `It replays messages at the pace they were stored in; the last was ${quiet} ago`,
        advice: 'wait, or add a consumer with --replay instant',
      },
    ];
  }
  const rate = config.rate_limit_bps ?? 0;
  if (rate > 0) {
    return [
      {
        code: 'rate_limited',
        text: `Its rate limit is ${countText(rate)} bits per second; the last message was ${quiet} ago`,
        advice: 'wait, or add a consumer with a higher --bps',
      },
    ];
  }
  if (config.flow_control !== true) return [];
  return [
    {
      code: 'flow_control_stalled',
      text: `Flow control is on, ${waitText(info.num_pending, 'message')}, and the last delivery was ${quiet} ago: the subscriber does not answer flow control requests`,
      advice: 'let the subscriber reply to messages with status 100 that have a reply subject, or restart it',
    },
  ];
}

function isFull({ config, num_ack_pending: acks }: ConsumerInfo): boolean {
  const most = config.max_ack_pending ?? 0;
  return config.ack_policy !== 'none' && most > 0 && acks >= most;
}

function ofPull(info: ConsumerInfo): Reason[] {
  const { config, num_waiting: waiting, num_pending: pending, priority_groups: groups = [] } = info;
  const reasons: Reason[] = [];
  if (pending > 0 && waiting === 0) {
    reasons.push({
      code: 'no_pulls_waiting',
      text: `${waitText(pending, 'message')} and no client pulls ${pending === 1 ? 'it' : 'them'}`,
      advice: nextAdvice(info),
    });
  }
  if (config.priority_policy === 'pinned_client' && pending > 0) {
    for (const { group, pinned_client_id: client = '' } of groups) {
      if (client === '') continue;
      reasons.push({
        code: 'pinned_elsewhere',
        text: `Group ${group} is pinned to client ${client}: pulls of other clients wait`,
        advice: `contrail consumer unpin ${pathOf(info)} ${group}`,
      });
    }
  }
  if (config.priority_policy === 'overflow' && pending > 0 && waiting > 0) {
    reasons.push({
      code: 'pull_conditions',
      text: `${waitText(waiting, 'pull')}; those with min_pending or min_ack_pending get messages only above these numbers`,
      advice: 'pull without min_pending and min_ack_pending',
    });
  }
  return reasons;
}

/** The server tells neither which messages these are nor when each was delivered: only when the last one was. */
function awaitingAcks(info: ConsumerInfo, nowMs: number): Reason {
  const { config, delivered, num_ack_pending: acks, num_pending: pending } = info;
  const verb = acks === 1 ? 'waits for its' : 'wait for their';
  const those = `${pending === 0 ? countText(acks) : countedText(acks, 'message')} ${verb} acknowledgement`;
  const text = pending === 0 ? `All messages are delivered; ${those}` : those;
  const lastMs = Date.parse(delivered.last_active ?? '');
  const quietNs = Number.isNaN(lastMs) ? null : (nowMs - lastMs) * 1e6;
  // A push consumer delivers what is due by itself.
  if (quietNs !== null && quietNs >= redeliveryDelays(config).longest && !isPushConsumer(config)) {
    return {
      code: 'awaiting_acks',
      text: `${text}, and ${acks === 1 ? 'is' : 'are'} due again`,
      advice: nextAdvice(info),
    };
  }
  const last = quietNs === null ? '' : `; the last delivery was ${durationHuman(quietNs)} ago`;
  return {
    code: 'awaiting_acks',
    text,
    advice: `acknowledge ${acks === 1 ? 'it' : 'them'}, or wait: what is not acknowledged comes again ${redeliveryText(config)} after its delivery, what was refused (nak) at once${last}`,
  };
}

/** In nanoseconds. With a list of delays it depends on how often a message was delivered. */
function redeliveryDelays({ ack_wait: ackWait = 0, backoff = [] }: ConsumerConfig) {
  return { first: backoff[0] ?? ackWait, longest: backoff.length > 0 ? Math.max(...backoff) : ackWait };
}

function redeliveryText(config: ConsumerConfig): string {
  const { first, longest } = redeliveryDelays(config);
  return first === longest ? durationHuman(first) : `${durationHuman(first)} to ${durationHuman(longest)}`;
}

/** A pull without its group is refused where the consumer has groups. */
function nextAdvice(info: ConsumerInfo): string {
  const [group] = info.config.priority_groups ?? [];
  return `contrail consumer next ${pathOf(info)}${group === undefined ? '' : ` --group ${group}`}`;
}

/** `1 message waits`, `2 messages wait`. */
function waitText(count: number, noun: string): string {
  return `${countedText(count, noun)} wait${count === 1 ? 's' : ''}`;
}

function nothingNew({ info }: Observed): Reason {
  const { deliver_policy: policy } = info.config;
  const isUntouched = info.delivered.consumer_seq === 0 && policy !== 'all';
  return {
    code: 'nothing_new',
    text: isUntouched
      ? `Nothing was stored since its start: its deliver policy is '${policy}'`
      : `Nothing is left to deliver: it has delivered up to stream sequence ${countText(info.delivered.stream_seq)}`,
    advice: isUntouched
      ? 'publish something, or add a consumer with --deliver all'
      : `contrail stream info ${info.stream_name} (its last sequence and when it came)`,
  };
}

function beingDelivered(info: ConsumerInfo): Reason {
  return {
    code: 'being_delivered',
    text: `Nothing stands in the way: ${countedText(info.num_pending, 'message')} ${info.num_pending === 1 ? 'is on its' : 'are on their'} way`,
    advice: `contrail consumer info ${pathOf(info)} (ask again and compare the sequences)`,
  };
}
