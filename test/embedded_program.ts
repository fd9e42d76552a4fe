// A program that has a server inside, for embedding_test.ts: starts it with one user behind a bcrypt hash (JetStream too
// where its argument is a directory), comes in as that user, stops it, and says so. What it then must do by itself is end.
import { once } from 'node:events';
import { connect } from 'node:net';
import { hashSync } from 'bcryptjs';
import { Contrail } from '../src/app/compose.ts';
import { SILENT_LOGGER } from '../src/base/log.ts';
import { optionsOf } from '../src/config/options.ts';
import { emptyDraft } from '../src/config/options_draft.ts';
import { NodeClock } from '../src/node/node_clock.ts';
import { NodeDisk } from '../src/node/node_disk.ts';
import { NodeEntropy } from '../src/node/node_entropy.ts';
import { NodeHost } from '../src/node/node_host.ts';
import { NodeHttp } from '../src/node/node_http.ts';
import { NodeNetwork } from '../src/node/node_network.ts';
import { NodePasswordChecker } from '../src/node/node_password_checker.ts';

const [storeDirectory = null] = process.argv.slice(2);
const draft = emptyDraft();
draft.host = '127.0.0.1';
draft.port = -1;
draft.monitorPort = -1;
draft.user = 'me';
draft.password = hashSync('right', 4);
draft.jetstream.isEnabled = storeDirectory !== null;
draft.jetstream.storeDirectory = storeDirectory;
const contrail = await Contrail.start(
  {
    clock: new NodeClock(),
    network: new NodeNetwork(),
    disk: new NodeDisk(),
    entropy: new NodeEntropy(),
    host: new NodeHost(),
    passwords: new NodePasswordChecker(),
    log: SILENT_LOGGER,
    http: new NodeHttp(SILENT_LOGGER),
  },
  optionsOf(draft, null, null),
);
const socket = connect(contrail.address.port, '127.0.0.1');
socket.setEncoding('utf8');
socket.write('CONNECT {"verbose":false,"user":"me","pass":"right"}\r\nPING\r\n');
let said = '';
while (!said.includes('PONG')) said += (await once(socket, 'data'))[0];
await contrail.stop();
process.stdout.write('stopped\n');
