#!/usr/bin/env node
// `contrail-server`: nats-server's flags, one server.
import { runDaemon } from './daemon.ts';

await runDaemon(process.argv.slice(2));
