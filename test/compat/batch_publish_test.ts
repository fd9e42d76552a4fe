// What publishers of batches observe: the plays in testdata/batch_publish.txt.
import { testPlays } from './publish_plays.ts';

testPlays('batch_publish.txt', 'batch publish');
