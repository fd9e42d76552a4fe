// What all of `contrail server watch` do: listen on the system account, draw what has come once a second until Ctrl-C.
import type { Msg } from '@nats-io/transport-node';
import { askServers } from '../../../client/system_requests.ts';
import { flag } from '../../../command.ts';
import { CommandError } from '../../../errors.ts';
import { clearScreen } from '../../../output/screen.ts';
import type { Session } from '../../../session.ts';

const INTERVAL_MS = 1000;

export const NUMBER_FLAG = {
  number: flag.integer('Amount of Accounts to show by the selected dimension', { short: 'n', default: 0, min: 0 }),
} as const;

/** For every help: what is shown has been sent some time ago. */
export const UPDATES =
  'This waits for regular updates that each server sends and reports what was seen. As the updates are sent every 30 ' +
  'seconds this is no view of one moment.';

/** The words of `json` that all of them have. */
export const JSON_SECONDS = 'One object per second and line';

export interface LiveScreen {
  readonly subject: string;
  readonly onMessage: (message: Msg) => void;
  /** What --json prints each second. */
  readonly object: () => unknown;
  /** Null where nothing has come yet. */
  readonly text: () => string | null;
}

export async function showLive(session: Session, { subject, onMessage, object, text }: LiveScreen): Promise<void> {
  const connection = await session.connect();
  connection.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) onMessage(message);
    },
  });
  await connection.flush();
  await session.checkServerError();
  while (await session.pause(INTERVAL_MS)) {
    if (session.isJson) {
      session.jsonLine(object());
      continue;
    }
    const drawn = text();
    if (drawn === null) session.print('Waiting for updates of the servers...');
    else {
      clearScreen(session);
      session.write(drawn);
    }
  }
}

/** Others may listen as well, and hear nothing. */
export async function refuseOthers(session: Session): Promise<void> {
  await askServers(session, { subject: '$SYS.REQ.SERVER.PING', expected: 1 });
}

/** As many rows as --number says and the terminal has beside title, head and totals; all where there is no terminal. */
export function rowsShown(session: Session, number: number, margin: number): number {
  const size = session.doors.terminal.size();
  const most = size === null ? Number.POSITIVE_INFINITY : size.rows - margin;
  if (most < 1) throw new CommandError('requested render limits exceed screen size: make the terminal higher');
  return number === 0 ? most : Math.min(number, most);
}

/** `7`, or `3 / 7` where not all are shown. */
export function countTitle(count: number, shown: number): string {
  return count > shown ? `${shown} / ${count}` : String(count);
}
