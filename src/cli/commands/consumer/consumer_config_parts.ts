// Parts of a consumer's configuration that take more than one flag or a form of their own.
import type { ConsumerConfigDraft } from '../../consumers/consumer_config_file.ts';
import { apiTime, pauseTime } from '../../consumers/pause_time.ts';
import { UsageError } from '../../errors.ts';
import { parseDuration } from '../../input/duration.ts';
import type { CreateFlags } from './consumer_config_flags.ts';

export interface Start {
  readonly deliver_policy: string;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
}

/** Where a new consumer begins: `all`, `new`, `last`, `subject`, a sequence, or how long ago. */
export function startOf(text: string, nowMs: number): Start {
  switch (text) {
    case 'all':
    case 'last':
      return { deliver_policy: text };
    case 'new':
    case 'next':
      return { deliver_policy: 'new' };
    case 'subject':
    case 'last_per_subject':
      return { deliver_policy: 'last_per_subject' };
  }
  if (/^\d+$/.test(text)) {
    const seq = Number(text);
    if (!Number.isSafeInteger(seq)) throw new UsageError(`--deliver '${text}' is no sequence, it is too big`);
    return { deliver_policy: 'by_start_sequence', opt_start_seq: seq };
  }
  const ago = parseDuration(text);
  if (!ago.ok) {
    throw new UsageError(
      `--deliver '${text}' is none of all, new, last, subject, a message sequence or a duration (1h)`,
    );
  }
  return { deliver_policy: 'by_start_time', opt_start_time: apiTime(nowMs - ago.value / 1e6) };
}

export function pauseOf({ pause }: Pick<CreateFlags, 'pause'>, nowMs: number): ConsumerConfigDraft {
  if (pause === undefined || pause === '') return {};
  return { pause_until: apiTime(pauseTime(pause, nowMs, '--pause')) };
}

/** One policy at most. The reference sends no groups for --overflow-groups. */
export function priorityOf(flags: CreateFlags): ConsumerConfigDraft {
  const given = [
    ['pinned_client', '--pinned-groups', flags.pinnedGroups],
    ['overflow', '--overflow-groups', flags.overflowGroups],
    ['prioritized', '--prioritized-groups', flags.prioritizedGroups],
  ] as const;
  const chosen = given.filter(([, , groups]) => groups.length > 0);
  const [first] = chosen;
  if (first === undefined) return {};
  if (chosen.length > 1) {
    throw new UsageError(
      `${chosen.map(([, name]) => name).join(' and ')} cannot be combined: a consumer has one policy`,
    );
  }
  const [policy, , groups] = first;
  const isTimed = policy === 'pinned_client' && (flags.pinnedTtl ?? 0) > 0;
  return {
    priority_policy: policy,
    priority_groups: groups,
    ...(isTimed ? { priority_timeout: flags.pinnedTtl } : {}),
  };
}
