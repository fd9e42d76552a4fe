import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StillClock } from '../stream_store_contract.ts';
import { CommitRounds, type CommitTarget } from './commit_round.ts';

class Target implements CommitTarget {
  isDirty = false;
  isCommitting = false;
  commits = 0;
  finish: () => void = () => undefined;

  commit(done: () => void): void {
    this.commits++;
    this.finish = done;
  }
}

test('a target is committed once for all that one turn brings', () => {
  const clock = new StillClock();
  const rounds = new CommitRounds(clock);
  const target = new Target();
  for (let i = 0; i < 5; i++) rounds.mark(target);
  assert.equal(target.commits, 0);
  clock.advance(0);
  assert.equal(target.commits, 1);
});

test('what comes while a commit is under way goes with the next, which starts when the first is done', () => {
  const clock = new StillClock();
  const rounds = new CommitRounds(clock);
  const target = new Target();
  rounds.mark(target);
  clock.advance(0);
  rounds.mark(target);
  clock.advance(0);
  assert.equal(target.commits, 1);
  target.finish();
  assert.equal(target.commits, 2);
  target.finish();
  assert.equal(target.commits, 2);
});

test('no more than so many commit side by side, and everybody gets a turn', () => {
  const clock = new StillClock();
  const rounds = new CommitRounds(clock, 2);
  const targets = Array.from({ length: 5 }, () => new Target());
  for (const target of targets) rounds.mark(target);
  clock.advance(0);
  const commits = (): number[] => targets.map((target) => target.commits);
  assert.deepEqual(commits(), [1, 1, 0, 0, 0]);
  rounds.mark(targets[0]!);
  targets[0]!.finish();
  assert.deepEqual(commits(), [1, 1, 1, 0, 0]);
  for (const at of [1, 2, 3, 4]) targets[at]!.finish();
  assert.deepEqual(commits(), [2, 1, 1, 1, 1]);
});

test('who has no room left need not wait for the end of the turn', () => {
  const clock = new StillClock();
  const rounds = new CommitRounds(clock);
  const target = new Target();
  rounds.mark(target);
  rounds.hurry(target);
  assert.equal(target.commits, 1);
  clock.advance(0);
  assert.equal(target.commits, 1);
});
