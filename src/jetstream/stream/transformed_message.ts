// A message under the subject that its stream stores it under: what subject_transform makes of the one it came on. All
// that looks at the message behind this sees that subject alone. Called by the ingest, first thing.
// Compat: nats-server stream.go, processJetStreamMsg.
import { Message } from '../../ports/message.ts';
import { SubjectBuffer } from '../../subject/subject_buffer.ts';
import type { Pick, SubjectTransform } from '../../subject/transform.ts';

/**
 * The message itself where the source does not match it, and where nothing is left of its subject (`{{split(1,-)}}` of
 * `-`), which no store could find again. Else one of its own: whoever handles it may be called again before it is done.
 */
export function transformedMessage(message: Message, transform: SubjectTransform, pick: Pick): Message {
  const { subject, subjectStart, subjectEnd } = message;
  if (!transform.matches(subject, subjectStart, subjectEnd)) return message;
  const made = new SubjectBuffer();
  transform.write(subject, subjectStart, subjectEnd, made, pick);
  if (made.length === 0) return message;
  const transformed = Object.assign(new Message(), message);
  transformed.subject = made.bytes;
  transformed.subjectStart = 0;
  transformed.subjectEnd = made.length;
  return transformed;
}
