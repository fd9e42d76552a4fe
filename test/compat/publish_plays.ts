// Plays what publishers observe, byte for byte: files of testdata/ whose output was recorded from nats-server 2.15.2, by
// batch_player.ts. Played on the reference (are the recordings still right?) and on our own build, with streams in memory
// and on disk. (Not on disk on the reference, where a stream deleted and made again at once may find its old messages.)
// Each command is a block of its own, because a stream on disk refuses before it acknowledges what came before.
//   CONTRAIL_TARGET=reference|contrail   only one of them
//   CONTRAIL_RECORD=1                    writes what the reference said into the file instead of comparing
//   CONTRAIL_PLAY=word                   only plays with this word in their title
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BatchPlayer } from './batch_player.ts';
import { type Play, type PlayBlock, parsePlays, renderPlays } from './play_script.ts';
import { RawClient } from './raw_client.ts';
import { contrailSide, referenceSide, repositoryRoot, ServerProcess, type Side } from './server_process.ts';

const isRecording = process.env['CONTRAIL_RECORD'] === '1';
const word = process.env['CONTRAIL_PLAY'] ?? '';
const target = isRecording ? 'reference' : process.env['CONTRAIL_TARGET'];

/** Plays whose title says so are for a server with these limits. */
const SMALL = '(small limits)';
const SMALL_CONFIG = `jetstream { limits { batch {
  max_inflight_per_stream: 2, max_inflight_total: 3, max_msgs: 5, timeout: "400ms"
} } }`;

interface Stage {
  readonly side: Side;
  readonly storage: 'memory' | 'file';
}

/** Declares the tests of one file. */
export function testPlays(fileName: string, what: string): void {
  const file = join(repositoryRoot, 'test', 'compat', 'testdata', fileName);
  const plays = parsePlays(readFileSync(file, 'utf8'));
  const recorded: Play[] = [...plays];
  for (const { side, storage } of stages()) {
    let large: ServerProcess;
    let small: ServerProcess;
    before(async () => {
      large = await ServerProcess.start(side, { jetStream: true });
      small = await ServerProcess.start(side, { jetStream: true, config: SMALL_CONFIG });
    });
    after(async () => {
      await large.stop();
      await small.stop();
    });
    for (const [index, one] of plays.entries()) {
      if (!one.title.includes(word)) continue;
      test(`${what}: ${one.title} (${side.name}, ${storage})`, async () => {
        const { url } = one.title.endsWith(SMALL) ? small : large;
        recorded[index] = await play(url, storage, one);
      });
    }
  }
  after(() => {
    if (isRecording) writeFileSync(file, renderPlays(recorded));
  });
}

function stages(): Stage[] {
  const found: Stage[] = [];
  if (target !== 'contrail') found.push({ side: referenceSide(), storage: 'memory' });
  if (target !== 'reference') {
    found.push({ side: contrailSide(), storage: 'memory' }, { side: contrailSide(), storage: 'file' });
  }
  return found;
}

async function play(url: string, storage: Stage['storage'], { title, blocks }: Play): Promise<Play> {
  const client = await RawClient.connect(url);
  try {
    const player = new BatchPlayer(client, storage);
    await player.reset();
    const played: PlayBlock[] = [];
    for (const { commands, output: wanted } of blocks) {
      const output: string[] = [];
      for (const command of commands) output.push(...(await player.run(command, wanted.length)));
      played.push({ commands, output });
      if (!isRecording) assert.deepEqual(output, wanted, `${title}: ${commands.join('; ')}`);
    }
    return { title, blocks: played };
  } finally {
    client.close();
  }
}
