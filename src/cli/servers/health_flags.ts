// What of a server's health is asked about: flags, and the request they make.
import { flag } from '../command.ts';

export const HEALTH_FLAGS = {
  jsEnabled: flag.toggle('Checks that JetStream should be enabled on all servers', { short: 'J' }),
  serverOnly: flag.toggle(
    'Restricts the health check to the JetStream server only, do not check streams and consumers',
    { short: 'S' },
  ),
  account: flag.text('Check only a specific Account'),
  stream: flag.text('Check only a specific Stream'),
  consumer: flag.text('Check only a specific Consumer'),
} as const;

export interface HealthValues {
  readonly jsEnabled: boolean | undefined;
  readonly serverOnly: boolean | undefined;
  readonly account: string | undefined;
  readonly stream: string | undefined;
  readonly consumer: string | undefined;
}

export function healthBody(values: HealthValues): Readonly<Record<string, unknown>> {
  const { jsEnabled, serverOnly, account, stream, consumer } = values;
  return {
    ...(jsEnabled === true ? { 'js-enabled-only': true } : {}),
    ...(serverOnly === true ? { 'js-server-only': true } : {}),
    ...(account === undefined ? {} : { account }),
    ...(stream === undefined ? {} : { stream }),
    ...(consumer === undefined ? {} : { consumer }),
  };
}
