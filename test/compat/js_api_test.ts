// Plays whole conversations with the JetStream API to the reference and to our engine over a small bus, and wants the
// same answers byte for byte, apart from times, names and sizes that can not be the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { JetStreamEngine } from '../../src/jetstream/engine.ts';
import { TestingBus, TestingStores, testingParts } from '../../src/jetstream/testing_bus.ts';
import { NodeClock } from '../../src/node/node_clock.ts';
import { CONVERSATIONS, type Step } from './js_api_cases.ts';
import { JsReference } from './js_reference.ts';

let reference: JsReference;
before(async () => {
  reference = await JsReference.start();
});
after(async () => {
  await reference.stop();
});

/** What differs between any two servers. */
function scrub(text: string): string {
  return text
    .replace(/"(created|ts|time|timestamp)":"[^"]*"/g, '"$1":"T"')
    .replace(/"(first_ts|last_ts|last_active)":"(?!0001)[^"]*"/g, '"$1":"T"')
    .replace(/Nats-Time-Stamp: [^\r]*/g, 'Nats-Time-Stamp: T')
    .replace(/"leader":"[^"]*"/g, '"leader":"L"')
    .replace(/"pause_remaining":\d+/g, '"pause_remaining":0')
    .replace(/"api":\{"level":5,"total":\d+,"errors":\d+\}/g, '"api":{}')
    .replace(/"name":"[0-9A-Za-z]{8}"/g, '"name":"N"');
}

interface Talker {
  ask(step: Step): Promise<string>;
}

/** Everything that arrives until the answers end, as one text. */
async function referenceAnswers(step: Step): Promise<string> {
  const { connection } = reference;
  const inbox = `_INBOX.t${Math.random()}`;
  const answers: string[] = [];
  const subscription = connection.subscribe(inbox, {
    callback: (_error, message) => {
      const status = message.headers === undefined ? '' : headerText(message.headers);
      answers.push(`${status}${message.string()}`);
    },
  });
  const options = step.level === '' ? { reply: inbox } : { reply: inbox, headers: levelHeaders(step.level) };
  connection.publish(step.subject, step.body, options);
  await connection.flush();
  await untilQuiet(() => answers.length);
  subscription.unsubscribe();
  return answers.join('\n');
}

function levelHeaders(level: string): MsgHdrs {
  const made = headers();
  made.set('Nats-Required-Api-Level', level);
  return made;
}

function headerText(found: { code: number; description: string; toString(): string }): string {
  const first = found.code === 0 ? '' : ` ${found.code} ${found.description}`.trimEnd();
  const lines = found
    .toString()
    .split('\r\n')
    .slice(1)
    .filter((line) => line !== '');
  return `NATS/1.0${first}|${lines.join('|')}|`;
}

/** Waits for an answer, and then until no more come. */
async function untilQuiet(count: () => number): Promise<void> {
  const deadline = Date.now() + 2000;
  let seen = -1;
  while (Date.now() < deadline) {
    await reference.connection.flush();
    await new Promise((resolve) => setTimeout(resolve, 1));
    await reference.connection.flush();
    if (count() > 0 && count() === seen) return;
    seen = count();
  }
}

function oursTalker(bus: TestingBus): Talker {
  return {
    async ask(step) {
      const inbox = bus.newInbox();
      const arrivals = bus.collect(inbox);
      const header = step.level === '' ? '' : `NATS/1.0\r\nNats-Required-Api-Level: ${step.level}\r\n\r\n`;
      bus.send(step.subject, step.body, inbox, header);
      const deadline = Date.now() + 2000;
      while (arrivals.length === 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      if (arrivals.length === 0) return '';
      await new Promise((resolve) => setImmediate(resolve));
      return arrivals.map(({ header, payload }) => `${oursHeader(header)}${payload}`).join('\n');
    },
  };
}

function oursHeader(header: string): string {
  if (header === '') return '';
  const [first = '', ...lines] = header.split('\r\n');
  return `${first}|${lines.filter((line) => line !== '').join('|')}|`;
}

for (const [name, steps] of CONVERSATIONS) {
  test(`the API answers as the reference does: ${name}`, async () => {
    const clock = new NodeClock();
    const engine = new JetStreamEngine(testingParts(clock, new TestingStores(clock)));
    const bus = new TestingBus('$G');
    await engine.enable(bus);
    const ours = oursTalker(bus);
    const differences: string[] = [];
    for (const step of steps) {
      const theirs = scrub(await referenceAnswers(step));
      const own = scrub(await ours.ask(step));
      if (own !== theirs) differences.push(`${step.subject} ${step.body}\n  ours   ${own}\n  theirs ${theirs}`);
    }
    await engine.close();
    const { connection } = reference;
    const names = await connection.request('$JS.API.STREAM.NAMES', '');
    for (const stream of JSON.parse(names.string()).streams ?? []) {
      await connection.request(`$JS.API.STREAM.DELETE.${stream}`, '');
    }
    assert.equal(differences.length, 0, `${differences.length} of ${steps.length} differ:\n${differences.join('\n')}`);
  });
}
