// Where an account's messages are traced to: `msg_trace`, as far as its form and its values go.
// Compat: opts.go, parseAccountMsgTrace.
import { isValidLiteralSubject } from '../../subject/subject.ts';
import { type ConfigValue, goTypeName } from '../config_node.ts';
import { goQuote } from '../go_text.ts';
import { blockRule, type Entry, type KeyRule, readBlock, safeInteger, valueKey } from '../schema.ts';

const PERCENT_MAX = 100;

interface TraceDraft {
  destination: string;
  samples: boolean;
}

const MESSAGE_TRACE_BLOCK = blockRule<TraceDraft>(
  '',
  [
    valueKey(['dest'], readDestination),
    valueKey(['sampling'], (draft, value, { key, position, findings }) => {
      draft.samples = true;
      if (value.kind !== 'integer' && value.kind !== 'string') {
        const field = `Trace destination sampling field ${goQuote(key)}`;
        findings.error(position, `${field} should be an integer or a percentage, got ${goTypeName(value)}`);
        return;
      }
      const percent = value.kind === 'integer' ? safeInteger(value.value) : percentOf(value.value);
      if (percent === null)
        findings.error(position, `Invalid trace destination sampling value ${goQuote(String(value.value))}`);
      else if (percent <= 0 || percent > PERCENT_MAX) {
        // Compat: with this spelling.
        findings.error(position, `Ttrace destination sampling value ${percent} is invalid, needs to be [1..100]`);
      }
    }),
  ],
  (key) => `Unknown field ${goQuote(key)} parsing account message trace map/struct "msg_trace"`,
);

export function messageTraceKey<Draft>(): KeyRule<Draft> {
  return valueKey(['msg_trace', 'trace_dest'], (_draft, value, entry) => {
    const { key, position, findings } = entry;
    const trace: TraceDraft = { destination: '', samples: false };
    if (value.kind === 'string') return readDestination(trace, value, entry);
    if (value.kind !== 'map') {
      const expected = `Expected account message trace ${goQuote(key)} to be a string or a map/struct`;
      return findings.error(position, `${expected}, got ${goTypeName(value)}`);
    }
    readBlock(MESSAGE_TRACE_BLOCK, value, trace, findings);
    if (trace.samples && trace.destination === '') {
      findings.warning(position, 'Trace destination sampling ignored since no destination was set');
    }
  });
}

function readDestination(draft: TraceDraft, value: ConfigValue, { key, position, findings }: Entry): void {
  if (value.kind !== 'string') {
    findings.error(position, `Field ${goQuote(key)} should be a string, got ${goTypeName(value)}`);
  } else if (!isValidLiteralSubject(value.value)) {
    findings.error(position, `Trace destination ${goQuote(value.value)} is not valid`);
  } else draft.destination = value.value;
}

/** Null when it is no number. */
function percentOf(text: string): number | null {
  const digits = text.replace(/%$/, '');
  return /^[+-]?\d{1,9}$/.test(digits) ? Number(digits) : null;
}
