import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JUDGED_NOW, type Judgement, PriorityGroups } from './priority_groups.ts';
import { FIRST_COME, type PullAnswers, PullQueue, type PullQueueOrder, PullRequest } from './pull_queue.ts';
import { parsePullRequest } from './pull_request.ts';

/** A queue of requests named by their inbox, and everything it said. */
class Desk implements PullAnswers {
  readonly said: string[] = [];
  readonly gone = new Set<string>();
  readonly queue: PullQueue;

  /** Asked by judge(), where the queue is told to judge. */
  groups: PriorityGroups | null = null;
  pending = 0;
  ackPending = 0;

  constructor(waitingMax = 10, order: PullQueueOrder = FIRST_COME) {
    this.queue = new PullQueue(waitingMax, this, 0, order);
  }

  ask(name: string, body: string, nowMs = 0, available = 0): string | null {
    const bytes = new TextEncoder().encode(body);
    const parsed = parsePullRequest(bytes, 0, bytes.length);
    assert.ok(typeof parsed !== 'string', String(parsed));
    return this.queue.add(new PullRequest(new TextEncoder().encode(name), parsed, nowMs), available, nowMs);
  }

  /** Gives one message away; the name of who got it. */
  give(size: number, nowMs = 0): string {
    const request = this.queue.select(size, nowMs);
    if (request === null) return '-';
    this.queue.serve(request, size, nowMs);
    return nameOf(request);
  }

  timedOut(request: PullRequest): void {
    this.said.push(`408 ${nameOf(request)} ${request.messages} ${request.bytes}`);
  }

  noMessages(request: PullRequest): void {
    this.said.push(`404 ${nameOf(request)}`);
  }

  tooLarge(request: PullRequest): void {
    this.said.push(`409 ${nameOf(request)} ${request.messages} ${request.bytes}`);
  }

  heartbeat(request: PullRequest): void {
    this.said.push(`100 ${nameOf(request)}`);
  }

  wrongPin(request: PullRequest): void {
    this.said.push(`423 ${nameOf(request)} ${request.messages}`);
  }

  judge(request: PullRequest): Judgement {
    return this.groups?.judge(request, this.pending, this.ackPending) ?? JUDGED_NOW;
  }

  hasInterest(request: PullRequest): boolean {
    return !this.gone.has(nameOf(request));
  }
}

function nameOf(request: PullRequest): string {
  return new TextDecoder().decode(request.reply);
}

test('requests take turns, one message each', () => {
  const desk = new Desk();
  desk.ask('a', '3');
  desk.ask('b', '1');
  desk.ask('c', '2');
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map(() => desk.give(1)),
    ['a', 'b', 'c', 'a', 'c', 'a', '-'],
  );
  assert.equal(desk.queue.length, 0);
});

test('a request expires with what it still wanted, at its time and not before', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":5,"max_bytes":100,"expires":10000000}');
  assert.equal(desk.queue.deadlineMs, 10);
  desk.give(30, 5);
  desk.queue.sweep(9.9, false);
  assert.deepEqual(desk.said, []);
  desk.queue.sweep(10, false);
  assert.deepEqual(desk.said, ['408 a 4 70']);
  assert.equal(desk.queue.lastActiveMs, 10);
});

test('an expired request is found when its turn comes, and the next one is served', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":5,"expires":10000000}');
  desk.ask('b', '1');
  assert.equal(desk.give(1, 11), 'b');
  assert.deepEqual(desk.said, ['408 a 5 0']);
});

test('a message that does not fit ends the request, one that fits exactly completes it', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":5,"max_bytes":10}');
  desk.ask('b', '{"batch":5,"max_bytes":100}');
  assert.equal(desk.give(60), 'b');
  assert.deepEqual(desk.said, ['409 a 5 10']);
  assert.equal(desk.give(40), 'b');
  assert.equal(desk.queue.length, 0);
});

test('without waiting and without messages a request is refused at once', () => {
  const desk = new Desk();
  assert.equal(desk.ask('a', '{"batch":5,"no_wait":true}'), '404 No Messages');
  assert.equal(desk.ask('b', '{"batch":5,"no_wait":true}', 0, 1), null);
  assert.equal(desk.ask('c', '{"batch":5,"no_wait":true}', 0, 4), '408 Requests Pending');
  assert.equal(desk.ask('d', '{"batch":5,"no_wait":true}', 0, 5), null);
});

test('without waiting a request ends at the end of the stream, with an expiry only after a first message', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":5,"no_wait":true}', 0, 9);
  desk.ask('b', '{"batch":5,"no_wait":true,"expires":10000000}', 0, 0);
  desk.queue.sweep(1, false);
  assert.deepEqual(desk.said, []);
  desk.queue.sweep(1, true);
  assert.deepEqual(desk.said, ['404 a']);
  assert.equal(desk.give(1, 2), 'b');
  desk.queue.sweep(2, true);
  assert.deepEqual(desk.said, ['404 a', '404 b']);
});

test('a full queue refuses, with heartbeats silently, after it looked for somebody to drop once a second', () => {
  const desk = new Desk(2);
  desk.ask('a', '1', 5000);
  desk.ask('b', '1', 5000);
  assert.equal(desk.ask('c', '1', 5001), '409 Exceeded MaxWaiting');
  desk.gone.add('a');
  assert.equal(desk.ask('d', '{"batch":1,"expires":9000000000,"idle_heartbeat":1000000000}', 5500), '');
  assert.equal(desk.ask('e', '1', 6100), null);
});

test('heartbeats come while nothing is delivered, and a delivery puts them off', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":9,"expires":100000000,"idle_heartbeat":20000000}');
  desk.queue.sweep(20, true);
  assert.deepEqual(desk.said, ['100 a']);
  assert.equal(desk.queue.deadlineMs, 40);
  desk.give(1, 35);
  desk.queue.sweep(40, true);
  assert.equal(desk.queue.deadlineMs, 55);
  desk.queue.sweep(55, true);
  assert.deepEqual(desk.said, ['100 a', '100 a']);
});

test('a congested request is passed over until it is relieved, and still expires', () => {
  const desk = new Desk();
  desk.ask('a', '{"batch":9,"expires":10000000}');
  desk.ask('b', '9');
  const a = desk.queue.select(1, 0) as PullRequest;
  desk.queue.spare(a);
  assert.deepEqual([desk.give(1), desk.give(1)], ['b', 'b']);
  desk.queue.relieve(a);
  assert.equal(desk.give(1), 'a');
  desk.queue.spare(a);
  desk.queue.sweep(10, false);
  assert.deepEqual(desk.said, ['408 a 8 0']);
  desk.queue.relieve(a);
  assert.equal(desk.queue.isReady, true);
  assert.equal(desk.give(1), 'b');
});

test('a request for nothing gets one message, as in the reference', () => {
  const desk = new Desk();
  desk.ask('a', '{"expires":10000000}');
  assert.equal(desk.give(1), 'a');
  assert.equal(desk.queue.length, 0);
});

test('prioritized requests are served by number, in turns within one number', () => {
  const desk = new Desk(10, { isJudged: false, isSorted: true });
  desk.ask('low', '{"batch":2,"priority":5}');
  desk.ask('high', '{"batch":2,"priority":1}');
  desk.ask('none', '1');
  desk.ask('high2', '{"batch":2,"priority":1}');
  const got = [1, 2, 3, 4, 5, 6, 7].map(() => desk.give(1));
  assert.deepEqual(got, ['high', 'high2', 'high', 'high2', 'low', 'low', 'none']);
});

test('an overflow request waits until enough waits, and does not hold others up', () => {
  const desk = new Desk(10, { isJudged: true, isSorted: false });
  desk.groups = new PriorityGroups('overflow');
  desk.ask('far', '{"batch":9,"group":"g","min_pending":3}');
  desk.pending = 2;
  assert.equal(desk.give(1), '-');
  desk.ask('near', '{"batch":1,"group":"g"}');
  assert.equal(desk.give(1), 'near');
  desk.pending = 3;
  assert.equal(desk.give(1), 'far');
  desk.ask('acks', '{"batch":9,"group":"g","min_ack_pending":2}');
  desk.pending = 0;
  desk.ackPending = 2;
  assert.equal(desk.give(1), 'acks');
});

test('with a pinned client only requests with its pin are served, wrong pins are refused', () => {
  const desk = new Desk(10, { isJudged: true, isSorted: false });
  const groups = new PriorityGroups('pinned_client');
  desk.groups = groups;
  desk.ask('first', '{"batch":5,"group":"g"}');
  desk.ask('other', '{"batch":5,"group":"g"}');
  desk.ask('stale', '{"batch":5,"group":"g","id":"old"}');
  const first = desk.queue.select(1, 0) as PullRequest;
  assert.equal(groups.wantsPin(first), true);
  groups.assign(first, 'pin', 0);
  desk.queue.serve(first, 1, 0);
  assert.deepEqual([desk.give(1), desk.give(1)], ['first', 'first']);
  assert.deepEqual(desk.said, ['423 stale 5']);
  groups.release();
  assert.equal(groups.wantsPin(desk.queue.select(1, 0) as PullRequest), true);
});
