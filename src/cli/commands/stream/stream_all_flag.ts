// The flag of all stream commands.
import { flag } from '../../command.ts';

export const ALL_FLAG = {
  all: flag.switch('When listing or selecting streams show all streams including system ones', { short: 'a' }),
} as const;
