// How much and how long: sizes of the protocol, numbers of connections, pings, deadlines, lame duck mode.
import { durationText, parseDuration, SECOND } from '../../base/duration.ts';
import type { OptionsDraft } from '../options_draft.ts';
import { booleanKey, durationKey, inert, integerKey, type KeyRule, later, milliseconds, textKey } from '../schema.ts';

const INT32_MAX = 2 ** 31 - 1;
const UINT8_MAX = 255;
const LAME_DUCK_DURATION_MIN = 30n * SECOND;

export const LIMIT_KEYS: readonly KeyRule<OptionsDraft>[] = [
  integerKey(['max_payload'], (draft, bytes, { key, position, findings }) => {
    if (bytes > INT32_MAX) findings.error(position, `${key} value is too big`);
    else draft.payloadMax = bytes;
  }),
  integerKey(['max_control_line'], (draft, bytes, { key, position, findings }) => {
    if (bytes > INT32_MAX) findings.error(position, `${key} value is too big`);
    else draft.controlLineMax = bytes;
  }),
  integerKey(['max_pending'], (draft, bytes) => {
    draft.pendingBytesMax = bytes;
  }),
  integerKey(['max_connections', 'max_conn'], (draft, connections) => {
    draft.connectionsMax = connections;
  }),
  integerKey(['max_subscriptions', 'max_subs'], (draft, subscriptions) => {
    draft.subscriptionsMax = subscriptions;
  }),
  integerKey(['max_sub_tokens', 'max_subscription_tokens'], (draft, tokens, { key, position, findings }) => {
    if (tokens > UINT8_MAX) findings.error(position, `${key} value is too big`);
    else if (tokens <= 0) findings.error(position, `${key} value can not be negative`);
    else draft.subscriptionTokensMax = tokens;
  }),
  integerKey(['max_closed_clients'], (draft, clients) => {
    draft.closedClientsMax = clients;
  }),
  durationKey(
    ['ping_interval'],
    (draft, ms) => {
      draft.pingIntervalMs = ms;
    },
    'ping_interval',
  ),
  integerKey(['ping_max'], (draft, pings) => {
    draft.pingsOutMax = pings;
  }),
  durationKey(
    ['write_deadline'],
    (draft, ms) => {
      draft.writeDeadlineMs = ms;
    },
    'write_deadline',
  ),
  // What becomes of a client that reads too slowly: closing it is the default, and all that there is yet.
  later(writeTimeoutKey(), (value) => value.kind === 'string' && value.value !== 'retry'),
  textKey(['lame_duck_duration'], (draft, text, { position, findings }) => {
    const duration = parseDuration(text);
    if (!duration.ok) findings.error(position, `error parsing lame_duck_duration: ${duration.error}`);
    else if (duration.value < LAME_DUCK_DURATION_MIN) {
      const wrong = durationText(duration.value);
      findings.error(position, `invalid lame_duck_duration of ${wrong}, minimum is 30 seconds`);
    } else draft.lameDuckDurationMs = milliseconds(duration.value);
  }),
  textKey(['lame_duck_grace_period'], (draft, text, { position, findings }) => {
    const duration = parseDuration(text);
    if (!duration.ok) findings.error(position, `error parsing lame_duck_grace_period: ${duration.error}`);
    else if (duration.value < 0n) {
      findings.error(position, 'invalid lame_duck_grace_period, needs to be positive');
    } else draft.lameDuckGracePeriodMs = milliseconds(duration.value);
  }),
  booleanKey(['no_header_support'], (draft, isOff) => {
    draft.hasNoHeaders = isOff;
  }),
  booleanKey(['no_fast_producer_stall'], (draft, isOff) => {
    draft.hasNoFastProducerStall = isOff;
  }),
  inert(
    booleanKey(['disable_sublist_cache', 'no_sublist_cache'], (draft, isOff) => {
      draft.hasNoSublistCache = isOff;
    }),
  ),
  inert(
    integerKey(['connect_error_reports'], (draft, attempts) => {
      draft.connectErrorReports = attempts;
    }),
  ),
  inert(
    integerKey(['reconnect_error_reports'], (draft, attempts) => {
      draft.reconnectErrorReports = attempts;
    }),
  ),
];

/** Every listener and link has one. Compat: opts.go, parseWriteDeadlinePolicy. */
export function writeTimeoutKey<Draft>(): KeyRule<Draft> {
  return textKey(['write_timeout'], (_draft, policy, { position, findings }) => {
    if (policy === 'default' || policy === 'close' || policy === 'retry') return;
    findings.error(position, `write_timeout must be 'default', 'close' or 'retry'`);
  });
}
