// What clients observe of consumers, byte for byte: the plays in testdata/consumer_behaviour.txt, whose output was
// recorded from nats-server 2.15.2. Which server plays them is a parameter:
//   (default)                        the reference: are the recordings still right?
//   CONTRAIL_TARGET=contrail         our own build, started here
//   CONTRAIL_TARGET=nats://host:port a server that runs already, with JetStream and nothing in it
//   CONTRAIL_RECORD=1                writes what was seen into the file instead of comparing
//   CONTRAIL_PLAY=word               only plays with this word in their title
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConsumerPlayer } from './consumer_player.ts';
import { type Play, type PlayBlock, parsePlays, renderPlays } from './play_script.ts';
import { RawClient } from './raw_client.ts';
import { contrailSide, referenceSide, repositoryRoot, ServerProcess } from './server_process.ts';

const FILE = join(repositoryRoot, 'test', 'compat', 'testdata', 'consumer_behaviour.txt');
const target = process.env['CONTRAIL_TARGET'] ?? 'reference';
const isRecording = process.env['CONTRAIL_RECORD'] === '1';
const word = process.env['CONTRAIL_PLAY'] ?? '';

const plays = parsePlays(readFileSync(FILE, 'utf8'));
const recorded: Play[] = [...plays];
let server: ServerProcess | null = null;
let url = target;

before(async () => {
  if (target.includes('://')) return;
  const side = target === 'reference' ? referenceSide() : contrailSide();
  server = await ServerProcess.start(side, { jetStream: true });
  url = server.url;
});

after(async () => {
  if (isRecording) writeFileSync(FILE, renderPlays(recorded));
  await server?.stop();
});

for (const [index, play] of plays.entries()) {
  if (!play.title.includes(word)) continue;
  test(`consumer: ${play.title} (${target})`, async () => {
    const client = await RawClient.connect(url);
    try {
      const player = new ConsumerPlayer(client);
      await player.reset();
      const blocks: PlayBlock[] = [];
      for (const block of play.blocks) {
        const output: string[] = [];
        for (const command of block.commands) output.push(...(await player.run(command)));
        blocks.push({ commands: block.commands, output });
        if (!isRecording) assert.deepEqual(output, block.output, block.commands.join('; '));
      }
      recorded[index] = { title: play.title, blocks };
    } finally {
      client.close();
    }
  });
}
