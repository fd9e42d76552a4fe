// What to do about refusals of the JetStream API that people meet most: one sentence per error number.

const ADVICE: ReadonlyMap<number, string> = new Map([
  [10023, 'the server is out of resources, look at its log and at /healthz'],
  [10028, 'ask for less, or raise the limits of the account'],
  [10039, "enable JetStream for this account in the server's configuration"],
  [
    10047,
    'what streams may grow to is kept for them: ask for less with max_bytes, purge or remove streams, or raise max_file_store',
  ],
  [10058, "'contrail stream edit' changes an existing stream"],
  [10059, "'contrail stream ls' shows the streams there are"],
  [10014, "'contrail consumer ls STREAM' shows the consumers there are"],
  [10074, 'this server is no cluster, say --replicas 1'],
  [10075, 'no other server can take its place: add one, or ask for fewer replicas'],
  [10076, 'start the server with -js'],
  [10109, 'what is sealed stays as it is: it can only be read, and deleted as a whole'],
  [10113, 'say --max-bytes'],
]);

const SUBJECTS_OVERLAP = 10065;

/** `subjects` are those of the stream that was asked for, where there are any. */
export function adviceFor(errorCode: number, subjects: readonly string[] = []): string | null {
  if (errorCode === SUBJECTS_OVERLAP) return subjectsAdvice(subjects);
  return ADVICE.get(errorCode) ?? null;
}

function subjectsAdvice(subjects: readonly string[]): string {
  const [subject] = subjects;
  if (subject === undefined) return "'contrail stream ls --subject SUBJECT' shows who has the subject";
  if (subjects.length === 1) return `'contrail stream ls --subject "${subject}"' shows who has the subject`;
  return `'contrail stream ls --subject SUBJECT' shows who has one of ${subjects.join(', ')}`;
}
