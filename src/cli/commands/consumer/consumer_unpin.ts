// `contrail consumer unpin`: the client that a priority group is pinned to loses it.
import { argument, defineCommand, flag } from '../../command.ts';
import { pickConsumer } from '../../consumers/pick_consumer.ts';
import { CommandError } from '../../errors.ts';
import { ALL_FLAG } from './consumer_all_flag.ts';

export const CONSUMER_UNPIN = defineCommand({
  name: 'unpin',
  summary: 'Unpin the current Pinned Client from a Priority Group',
  args: {
    stream: argument.optional('Stream name'),
    consumer: argument.optional('Consumer name'),
    group: argument.optional('The group to unpin'),
  },
  flags: { force: flag.switch('Force unpin without prompting', { short: 'f' }), ...ALL_FLAG },
  examples: [
    { text: 'Let another client have its turn', command: 'contrail consumer unpin EVENTS WORKER jobs --force' },
  ],
  json: 'An object: stream, consumer, group, client (that was pinned).',
  run: async (session, { group, ...names }, { force, all }) => {
    const { value } = await pickConsumer(session, names, { all });
    const { stream_name: stream, name: consumer, config, priority_groups: groups = [] } = value;
    if (config.priority_policy !== 'pinned_client') {
      throw new CommandError('consumer is not a pinned priority consumer');
    }
    const pinned = new Map(
      groups.flatMap(({ group: name, pinned_client_id: client = '' }) =>
        client === '' ? [] : [[name, client] as const],
      ),
    );
    if (pinned.size === 0) throw new CommandError('no priority groups have pinned clients');
    const choices = [...pinned.keys()];
    const chosen = group ?? (await session.ask.choice({ message: 'Select a Group', flag: '<group>', choices }));
    const client = pinned.get(chosen);
    if (client === undefined) {
      throw new CommandError(`no client is pinned to group '${chosen}', there is one for: ${choices.join(', ')}`);
    }
    const path = `${stream} > ${consumer} > ${chosen}`;
    if (!force && !(await session.ask.confirm(`Really unpin client from group ${path}`))) return;
    const api = await session.api();
    await api.request(`CONSUMER.UNPIN.${stream}.${consumer}`, { group: chosen });
    if (session.isJson) session.json({ stream, consumer, group: chosen, client });
    else session.print(`Unpinned client ${client} from Priority Group ${path}`);
  },
});
