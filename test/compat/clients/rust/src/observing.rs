// Words that all scenarios share: waiting, gathering, errors, and values in the shape that scenarios.json describes.
// Knows no scenario.
use async_nats::jetstream::consumer::{self, PullConsumer};
use async_nats::jetstream::kv::{Entry, Operation};
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, stream};
use async_nats::{HeaderMap, Message, Subscriber};
use futures_util::{FutureExt, Stream, StreamExt, TryStreamExt};
use serde_json::{json, Map, Value};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::time::{Duration, Instant};

pub type Fallible<T = ()> = Result<T, async_nats::Error>;

/// Errors that the client makes of an API error with a known number, which it then forgets.
const KNOWN: &[(&str, u32)] = &[
    ("stream not found", 10059),
    ("consumer not found", 10014),
    ("consumer already exists", 10148),
    ("key already exists", 10071),
];

/// Parts of the client's own words for what all clients know, and the common word.
const WORDS: &[(&str, &str)] = &[
    ("no responders", "no responders"),
    ("no stream found for given subject", "no responders"),
    ("timed out", "timeout"),
    ("authorization violation", "authorization violation"),
    ("max payload size exceeded", "max payload"),
    ("message not found", "not found"),
    ("no message found", "not found"),
    ("object not found", "not found"),
];

/// An error in words that every client can say; see ../README.md.
pub fn describe(error: &impl ToString) -> Value {
    let words = error.to_string();
    if let Some(refusal) = api_error(&words) {
        return refusal;
    }
    if let Some((_, err_code)) = KNOWN.iter().find(|(known, _)| words == *known) {
        return json!({"err_code": err_code, "description": words});
    }
    match WORDS.iter().find(|(part, _)| words.contains(part)) {
        Some((_, word)) => (*word).into(),
        None => words.into(),
    }
}

/// Reads "DESCRIPTION (code 404, error code 10059)".
fn api_error(words: &str) -> Option<Value> {
    let (description, rest) = words.rsplit_once(" (code ")?;
    let (code, err_code) = rest.strip_suffix(')')?.split_once(", error code ")?;
    let (code, err_code): (u32, u32) = (code.parse().ok()?, err_code.parse().ok()?);
    Some(match err_code {
        10037 => "not found".into(),
        _ => json!({"code": code, "err_code": err_code, "description": description}),
    })
}

pub fn failure<T, E: ToString>(result: Result<T, E>) -> Value {
    match result {
        Ok(_) => "no error".into(),
        Err(error) => describe(&error),
    }
}

pub fn outcome<T: Into<Value>, E: ToString>(result: Result<T, E>) -> Value {
    match result {
        Ok(value) => value.into(),
        Err(error) => describe(&error),
    }
}

/// Asks again until `is_done` or the deadline, and returns the last answer.
pub async fn settle<T, F: Future<Output = Fallible<T>>>(
    ask: impl Fn() -> F,
    is_done: impl Fn(&T) -> bool,
    wait: Duration,
) -> Fallible<T> {
    let until = Instant::now() + wait;
    loop {
        let answer = ask().await;
        let is_late = Instant::now() > until;
        match answer {
            Ok(value) if is_done(&value) || is_late => return Ok(value),
            Err(error) if is_late => return Err(error),
            _ => tokio::time::sleep(Duration::from_millis(25)).await,
        }
    }
}

/// The first items of a stream.
pub async fn take<S: Stream + Unpin>(stream: &mut S, count: usize) -> Fallible<Vec<S::Item>> {
    let mut list = Vec::new();
    while list.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(5), stream.next()).await;
        let item = next.map_err(|_| format!("{} of {count} items", list.len()))?;
        list.push(item.ok_or("the stream ended")?);
    }
    Ok(list)
}

/// What a subscription holds already; everything that was flushed before has arrived.
pub fn waiting(sub: &mut Subscriber) -> Vec<Message> {
    let mut list = Vec::new();
    // Without `unconstrained` the runtime pretends after some messages that there are no more.
    while let Some(Some(message)) = tokio::task::unconstrained(sub.next()).now_or_never() {
        list.push(message);
    }
    list
}

pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

pub fn data(message: &Message) -> String {
    text(&message.payload)
}

/// Where to answer; empty when nowhere.
pub fn reply_of(message: &Message) -> String {
    message.reply.as_ref().map_or_else(String::new, |reply| reply.to_string())
}

/// The code of a status message; 0 when it is none.
pub fn code(message: &Message) -> u16 {
    message.status.map_or(0, |status| status.as_u16())
}

pub fn status_text(message: &Message) -> String {
    message.description.clone().unwrap_or_default()
}

pub fn header_lists(headers: &HeaderMap) -> Value {
    let mut lists = Map::new();
    for (name, values) in headers.iter() {
        lists.insert(name.to_string(), values.iter().map(|value| value.as_str()).collect());
    }
    lists.into()
}

pub fn headers_of(message: &Message) -> Value {
    message.headers.as_ref().map_or_else(|| json!({}), header_lists)
}

pub fn plain(message: &Message) -> Value {
    json!({"subject": message.subject.as_str(), "data": data(message)})
}

pub fn ack(ack: PublishAck) -> Value {
    json!({"stream": ack.stream, "seq": ack.sequence, "duplicate": ack.duplicate})
}

pub fn state(state: &stream::State) -> Value {
    json!({
        "messages": state.messages,
        "bytes": state.bytes,
        "first_seq": state.first_sequence,
        "last_seq": state.last_sequence,
        "num_deleted": state.deleted_count.unwrap_or(0),
    })
}

pub fn progress(info: &consumer::Info) -> Value {
    let pair =
        |of: &consumer::SequenceInfo| json!({"consumer_seq": of.consumer_sequence, "stream_seq": of.stream_sequence});
    json!({
        "delivered": pair(&info.delivered),
        "ack_floor": pair(&info.ack_floor),
        "num_ack_pending": info.num_ack_pending,
        "num_redelivered": info.num_redelivered,
        "num_pending": info.num_pending,
    })
}

pub fn stream_seq(message: &jetstream::Message) -> Fallible<u64> {
    Ok(message.info()?.stream_sequence)
}

pub fn stream_seqs(list: &[jetstream::Message]) -> Fallible<Vec<u64>> {
    list.iter().map(stream_seq).collect()
}

pub fn delivery(message: &jetstream::Message) -> Fallible<Value> {
    let info = message.info()?;
    Ok(json!({
        "subject": message.subject.as_str(),
        "data": data(message),
        "stream_seq": info.stream_sequence,
        "consumer_seq": info.consumer_sequence,
        "delivered": info.delivered,
        "pending": info.pending,
    }))
}

pub fn deliveries(list: &[jetstream::Message]) -> Fallible<Value> {
    list.iter().map(delivery).collect()
}

/// This client hands out each page of a list from its end.
pub fn in_server_order<T>(mut page: Vec<T>) -> Vec<T> {
    page.reverse();
    page
}

pub fn in_order(list: &[u64]) -> bool {
    list.iter().copied().eq(1..=list.len() as u64)
}

pub fn kv_entry(entry: Option<Entry>) -> Value {
    let Some(entry) = entry else { return "not found".into() };
    let operation = match entry.operation {
        Operation::Put => "PUT",
        Operation::Delete => "DEL",
        Operation::Purge => "PURGE",
    };
    json!({"key": entry.key, "value": text(&entry.value), "revision": entry.revision, "operation": operation})
}

pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that say where they are.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i.wrapping_mul(31).wrapping_add(i >> 8)) as u8).collect()
}

pub async fn fetch(consumer: &PullConsumer, count: usize, wait: Duration) -> Fallible<Vec<jetstream::Message>> {
    consumer.batch().max_messages(count).expires(wait).messages().await?.try_collect().await
}

/// One message, or none when none came in time.
pub async fn next(consumer: &PullConsumer, wait: Duration) -> Fallible<Option<jetstream::Message>> {
    Ok(fetch(consumer, 1, wait).await?.pop())
}

/// One message that has to come.
pub async fn must_next(consumer: &PullConsumer, wait: Duration) -> Fallible<jetstream::Message> {
    Ok(next(consumer, wait).await?.ok_or("no message came")?)
}

pub async fn acknowledge(list: impl IntoIterator<Item = &jetstream::Message>) -> Fallible {
    for message in list {
        message.double_ack().await?;
    }
    Ok(())
}
