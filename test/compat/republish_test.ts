// What a stream publishes again, and under which subjects it stores: the plays in testdata/republish.txt.
import { testPlays } from './publish_plays.ts';

testPlays('republish.txt', 'republish');
