// What a stream publishes again: the plays in testdata/republish.txt.
import { testPlays } from './publish_plays.ts';

testPlays('republish.txt', 'republish');
