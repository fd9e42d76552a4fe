// Under which subjects a stream stores what comes on others: the plays in testdata/subject_transform.txt.
import { testPlays } from './publish_plays.ts';

testPlays('subject_transform.txt', 'subject transform');
