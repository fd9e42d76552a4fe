// `contrail export`: the streams, consumers and buckets of a server as documents, for `contrail apply`.
import { consumerDocument, streamDocument } from '../../apply/export_documents.ts';
import { decodedStream, presentStreamForm } from '../../apply/forms.ts';
import { ownershipOf } from '../../apply/ownership.ts';
import { readWorld, type World } from '../../apply/world.ts';
import { argument, defineCommand, flag } from '../../command.ts';
import type { Draft } from '../../documents/field.ts';
import { documentsText } from '../../documents/yaml_text.ts';
import { CommandError } from '../../errors.ts';
import { didYouMean } from '../../input/suggestion.ts';

export const EXPORT = defineCommand({
  name: 'export',
  summary: "Writes the server's streams, consumers and buckets as documents for apply",
  description: `Documents say what is not the server's default anyway. Consumers that are not durable are left out, and so are the
streams in which the server itself keeps MQTT sessions; messages are not exported.`,
  args: { stream: argument.rest('Only these streams; buckets by the names of their streams') },
  flags: {
    set: flag.text('Only what was applied under this name', { placeholder: 'NAME' }),
  },
  examples: [
    { text: 'Everything, into a file', command: 'contrail export > jetstream.yaml' },
    {
      text: 'From one server to another',
      command: 'contrail --context old export | contrail --context new apply -f -',
    },
    { text: 'One stream and a bucket', command: 'contrail export ORDERS KV_settings' },
  ],
  json: 'A list of documents: objects with kind and the fields of docs/apply.md; apply reads it as well.',
  run: async (session, { stream: names }, { set }) => {
    const world = await readWorld(
      await session.api(),
      ({ config: { name } }) => names.length === 0 || names.includes(name),
    );
    checkNames(names, world);
    const documents = documentsOf(world, { names, set: set ?? null });
    if (session.isJson) session.json(documents);
    else session.write(await documentsText(documents));
  },
});

function checkNames(names: readonly string[], { streams }: World): void {
  const unknown = names.find((name) => !streams.has(name));
  if (unknown === undefined) return;
  throw new CommandError(`There is no stream '${unknown}'${didYouMean(unknown, streams.keys())}`);
}

interface Chosen {
  readonly names: readonly string[];
  readonly set: string | null;
}

function documentsOf(world: World, { names, set }: Chosen): Draft[] {
  const context = { account: world.account, findStream };
  const documents: Draft[] = [];
  for (const [name, info] of world.streams) {
    if (names.length === 0 ? name.startsWith('$MQTT_') : !names.includes(name)) continue;
    const isOf = (metadata: Readonly<Record<string, string>> | undefined, path: string): boolean =>
      set === null || ownershipOf(metadata, path)?.set === set;
    if (isOf(info.config.metadata, name)) documents.push(streamDocument(info, context));
    for (const consumer of world.consumers.get(name) ?? []) {
      if (!isOf(consumer.config.metadata, `${name}/${consumer.name}`)) continue;
      const document = consumerDocument(consumer, presentStreamForm(info.config, context), context);
      if (document !== null) documents.push(document);
    }
  }
  return documents;

  function findStream(name: string) {
    const config = world.streams.get(name)?.config;
    return config === undefined ? null : decodedStream(config);
  }
}
