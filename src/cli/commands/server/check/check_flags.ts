// The flags that all checks have: how a verdict is written, and where to.
import { type FlagMap, flag, type ValuesOf } from '../../../command.ts';
import { UsageError } from '../../../errors.ts';

export const CHECK_FORMATS = ['nagios', 'json', 'prometheus', 'text'] as const;

export const CHECK_FLAGS = {
  format: flag.choice('Render the check in a specific format', CHECK_FORMATS, { default: 'nagios' }),
  namespace: flag.text('The prometheus namespace to use in output', { default: 'nats_server_check' }),
  outfile: flag.text('Save output to a file rather than STDOUT', { placeholder: 'FILE' }),
} as const satisfies FlagMap;

export type CheckFlags = ValuesOf<typeof CHECK_FLAGS>;

/** It begins the names of metrics, and Prometheus refuses a page with others. */
export function checkNamespace({ namespace }: CheckFlags): void {
  if (/^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/.test(namespace)) return;
  throw new UsageError(`--namespace '${namespace}' can begin no metric: use letters, digits and _, no digit first`);
}
