// `contrail consumer pause` and `resume`. Compat: natscli cli/consumer_command.go, pauseAction and resumeAction.
import { argument, defineCommand, flag } from '../../command.ts';
import { remainingText, serverNowMs } from '../../consumers/consumer_page.ts';
import { apiTime, pauseTime } from '../../consumers/pause_time.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { CommandError } from '../../errors.ts';
import { timeText } from '../../output/human.ts';
import { timeMs } from '../../session.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

const HOUR_MS = 3_600_000;

interface PauseAnswer {
  readonly paused: boolean;
  readonly pause_until?: string;
  readonly pause_remaining?: number;
}

export const CONSUMER_PAUSE = defineCommand({
  name: 'pause',
  summary: 'Pause a consumer until a later time',
  description: 'The time is a duration from now (1h30m) or a moment in UTC (2026-12-24 18:00:00).',
  args: {
    stream: argument.optional('Stream name'),
    consumer: argument.optional('Consumer name'),
    until: argument.optional('Pause until a specific time, or for a duration'),
  },
  flags: { force: flag.switch('Force pause without prompting', { short: 'f' }), ...ALL_FLAG },
  examples: [
    { text: 'For an hour', command: 'contrail consumer pause EVENTS WORKER 1h --force' },
    { text: 'Until a moment, UTC', command: 'contrail consumer pause EVENTS WORKER "2026-12-24 18:00:00" --force' },
  ],
  json: 'An object: stream, consumer, paused, pause_until, pause_remaining (nanoseconds).',
  run: async (session, { until, ...names }, { force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer } = value;
    const initial = timeText(session.nowMs() + HOUR_MS, 0);
    const typed =
      until ??
      (await session.ask.text({ message: 'Pause until (time or duration)', flag: '<until>', default: initial }));
    const untilMs = pauseTime(typed, session.nowMs(), '<until>');
    const path = `${stream} > ${consumer}`;
    if (!force && !(await session.ask.confirm(`Really pause Consumer ${path} until ${session.time(untilMs)}`))) return;
    const api = await session.api();
    const body = { pause_until: apiTime(untilMs) };
    const { value: answer } = await api.request<PauseAnswer>(`CONSUMER.PAUSE.${stream}.${consumer}`, body);
    const { paused, pause_until: at = '', pause_remaining: remaining = 0 } = answer;
    if (!paused) throw new CommandError('consumer failed to pause, perhaps a time in the past was given');
    if (session.isJson) session.json({ stream, consumer, paused, pause_until: at, pause_remaining: remaining });
    else session.print(`Paused ${path} until ${session.time(at)} (${remainingText(answer)})`);
  },
});

export const CONSUMER_RESUME = defineCommand({
  name: 'resume',
  summary: 'Resume a paused consumer',
  args: { stream: argument.optional('Stream name'), consumer: argument.optional('Consumer name') },
  flags: { force: flag.switch('Force resume without prompting', { short: 'f' }), ...ALL_FLAG },
  examples: [{ text: 'Go on', command: 'contrail consumer resume EVENTS WORKER --force' }],
  json: 'An object: stream, consumer, paused (false), paused_until (what the pause had been).',
  run: async (session, names, { force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer, paused, config } = value;
    if (paused !== true) throw new CommandError('consumer is not paused');
    const path = `${stream} > ${consumer}`;
    if (!force && !(await session.ask.confirm(`Really resume Consumer ${path}`))) return;
    const api = await session.api();
    const { value: answer } = await api.request<PauseAnswer>(`CONSUMER.PAUSE.${stream}.${consumer}`);
    if (answer.paused) throw new CommandError('consumer failed to resume');
    const until = config.pause_until;
    const untilMs = until === undefined ? serverNowMs(session, value) : timeMs(until);
    if (session.isJson) session.json({ stream, consumer, paused: false, paused_until: until });
    else session.print(`Consumer ${path} was resumed while previously paused until ${session.time(untilMs)}`);
  },
});
