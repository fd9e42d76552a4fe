// The flag of all consumer commands.
import { flag } from '../../command.ts';

export const ALL_FLAG = {
  all: flag.switch('Operate on all streams including system ones', { short: 'a' }),
} as const;
