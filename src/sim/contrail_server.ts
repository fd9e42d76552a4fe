// The real server as a simulated machine runs it: app/compose with simulated doors, JetStream on, synced always.
import { Contrail } from '../app/compose.ts';
import { optionsOf } from '../config/options.ts';
import { emptyDraft } from '../config/options_draft.ts';
import type { SimServerFactory } from './machine.ts';
import { SimPasswordChecker } from './sim_password_checker.ts';

export function contrailServer(): SimServerFactory {
  return (doors, { name, port, storeDirectory }) => {
    const draft = emptyDraft();
    draft.serverName = name;
    draft.port = port;
    draft.jetstream.isEnabled = true;
    draft.jetstream.storeDirectory = storeDirectory;
    draft.jetstream.sync = 'always';
    return Contrail.start(
      { ...doors, passwords: new SimPasswordChecker(doors.clock), http: null },
      optionsOf(draft, null, null),
    );
  };
}
