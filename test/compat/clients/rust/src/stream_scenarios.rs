// Scenarios of streams: configuration, publishing, limits, stored messages, and what a kill leaves.
use crate::observing::{
    ack, acknowledge, code, data, delivery, failure, fetch, header_lists, headers_of, in_server_order, kv_entry,
    outcome, settle, state, status_text, text, Fallible,
};
use crate::scenario;
use crate::stage::{ask, Scenario, Stage};
use async_nats::jetstream::consumer::{pull, AckPolicy};
use async_nats::jetstream::context::PublishError;
use async_nats::jetstream::kv;
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use async_nats::{ConnectOptions, Event, Request};
use futures_util::TryStreamExt;
use serde_json::{json, Map, Value};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc::unbounded_channel;

pub fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        scenario!("stream.create", create),
        scenario!("stream.defaults", defaults),
        scenario!("stream.errors", errors),
        scenario!("stream.update", update),
        scenario!("stream.list", list),
        scenario!("stream.purge", purge),
        scenario!("stream.subjects", subjects),
        scenario!("stream.retention", retention),
        scenario!("account.info", account_info),
        scenario!("publish.ack", publish_ack),
        scenario!("publish.dedupe", dedupe),
        scenario!("publish.expect", expect),
        scenario!("publish.rollup", rollup),
        scenario!("limits.messages", limit_messages),
        scenario!("limits.bytes", limit_bytes),
        scenario!("limits.age", limit_age),
        scenario!("limits.per_subject", limit_per_subject),
        scenario!("message.get", get),
        scenario!("message.direct", direct),
        scenario!("message.direct_batch", direct_batch),
        scenario!("message.delete", delete),
    ]
}

pub fn restart() -> Vec<(&'static str, Scenario)> {
    vec![scenario!("restart.kill", kill)]
}

const BRIEF: Duration = Duration::from_secs(2);

fn config(name: &str, subjects: &[&str]) -> Config {
    Config {
        name: name.to_string(),
        subjects: subjects.iter().map(|subject| subject.to_string()).collect(),
        ..Default::default()
    }
}

fn durable(name: &str) -> pull::Config {
    pull::Config { durable_name: Some(name.to_string()), ..Default::default() }
}

async fn refused(t: &Stage, config: Config) -> Value {
    failure(t.js.create_stream(config).await)
}

/// The whole reply to a request with the client's own configuration; its information has no JSON form.
async fn whole_reply(t: &Stage, verb: &str, config: &Config) -> Fallible<Value> {
    t.api(&format!("STREAM.{verb}.{}", config.name), serde_json::to_value(config)?).await
}

async fn create(t: &Stage) -> Fallible {
    let wanted = Config {
        description: Some("a stream".to_string()),
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        max_messages: 1000,
        max_bytes: 1_000_000,
        max_age: Duration::from_secs(3600),
        max_message_size: 5000,
        max_messages_per_subject: 10,
        duplicate_window: Duration::from_secs(60),
        max_consumers: 5,
        num_replicas: 1,
        allow_direct: true,
        allow_rollup: true,
        deny_delete: true,
        metadata: HashMap::from([("owner".to_string(), "tests".to_string())]),
        ..config("CREATE", &["create.a.*", "create.b.>"])
    };
    t.see("created", whole_reply(t, "CREATE", &wanted).await?);
    t.see("info", t.api("STREAM.INFO.CREATE", Value::Null).await?);
    let info = t.info("CREATE").await?;
    let c = &info.config;
    t.see(
        "config",
        json!({
            "name": c.name,
            "subjects": c.subjects,
            "max_msgs": c.max_messages,
            "max_age": c.max_age.as_nanos() as u64,
            "discard": c.discard,
            "storage": c.storage,
            "owner": c.metadata["owner"],
        }),
    );
    t.see("state", state(&info.state));
    Ok(())
}

async fn defaults(t: &Stage) -> Fallible {
    t.see("file", whole_reply(t, "CREATE", &config("DEFAULTS", &[])).await?);
    let memory =
        Config { storage: StorageType::Memory, max_age: Duration::from_secs(5), ..config("DEFAULTSMEM", &["mem.>"]) };
    t.see("memory", whole_reply(t, "CREATE", &memory).await?);
    let c = t.info("DEFAULTS").await?.config;
    t.see(
        "filled in",
        json!({
            "subjects": c.subjects,
            "retention": c.retention,
            "storage": c.storage,
            "max_msgs": c.max_messages,
            "max_bytes": c.max_bytes,
            "max_age": c.max_age.as_nanos() as u64,
            "duplicate_window": c.duplicate_window.as_nanos() as u64,
            "num_replicas": c.num_replicas,
            "discard": c.discard,
        }),
    );
    let window = t.info("DEFAULTSMEM").await?.config.duplicate_window;
    t.see("duplicate window follows age", (window.as_nanos() as u64).into());
    Ok(())
}

async fn errors(t: &Stage) -> Fallible {
    t.js.create_stream(config("ERRORS", &["errors.>"])).await?;
    let again = t.js.create_stream(config("ERRORS", &["errors.>"])).await?;
    t.see("same again", again.cached_info().config.name.as_str().into());
    t.see("name in use", refused(t, config("ERRORS", &["else"])).await);
    t.see("overlap", refused(t, config("ERRORS2", &["errors.a"])).await);
    t.see("info of missing", failure(t.js.get_stream("MISSING").await));
    t.see("delete of missing", failure(t.js.delete_stream("MISSING").await));
    t.see("purge of missing", failure(t.js.get_stream_no_info("MISSING").await?.purge().await));
    t.see("replicas", refused(t, Config { num_replicas: 3, ..config("ERRORS3", &["e3"]) }).await);
    let short = Config { max_age: Duration::from_nanos(1000), ..config("ERRORS4", &["e4"]) };
    t.see("short age", refused(t, short).await);
    let (max_age, duplicate_window) = (Duration::from_secs(1), Duration::from_secs(2));
    let window = Config { max_age, duplicate_window, ..config("ERRORS5", &["e5"]) };
    t.see("window over age", refused(t, window).await);
    t.see("system subjects", refused(t, config("ERRORS6", &["$JS.API.>"])).await);
    t.see("subjects overlap inside", refused(t, config("ERRORS7", &["e7.>", "e7.a"])).await);
    Ok(())
}

async fn update(t: &Stage) -> Fallible {
    t.js.create_stream(Config { max_messages: 100, ..config("UPDATE", &["update.a"]) }).await?;
    for i in 0..10 {
        t.put("update.a", &i.to_string()).await?;
    }
    let changed = || Config {
        max_messages: 4,
        description: Some("changed".to_string()),
        ..config("UPDATE", &["update.a", "update.b"])
    };
    t.see("updated", whole_reply(t, "UPDATE", &changed()).await?);
    let c = t.js.update_stream(changed()).await?.config;
    t.see("config", json!({"subjects": c.subjects, "max_msgs": c.max_messages, "description": c.description}));
    t.see("state", t.state("UPDATE").await?);
    t.see("new subject", ack(t.put("update.b", "x").await?));
    t.see("storage", failure(t.js.update_stream(Config { storage: StorageType::Memory, ..changed() }).await));
    let work_queue = Config { retention: RetentionPolicy::WorkQueue, ..changed() };
    t.see("retention", failure(t.js.update_stream(work_queue).await));
    let missing = Config { max_messages: 1, ..config("MISSING", &["x"]) };
    t.see("missing", failure(t.js.update_stream(missing).await));
    Ok(())
}

async fn names(t: &Stage) -> Fallible<Value> {
    Ok(in_server_order(t.js.stream_names().try_collect().await?).into())
}

async fn list(t: &Stage) -> Fallible {
    for (name, subject) in [("LISTC", "listc.>"), ("LISTA", "lista.>"), ("LISTB", "listb.>")] {
        t.js.create_stream(Config { storage: StorageType::Memory, ..config(name, &[subject]) }).await?;
    }
    t.put("lista.x", "x").await?;
    t.see("names", names(t).await?);
    let infos: Vec<Info> = in_server_order(t.js.streams().try_collect().await?);
    let list = infos.iter().map(|info| json!({"name": info.config.name, "messages": info.state.messages}));
    t.see("list", list.collect());
    // The client shows the first name that the server gives for a subject.
    t.see("names by subject", json!([t.js.stream_by_subject("listb.x").await?]));
    t.see("find", t.js.stream_by_subject("listc.y").await?.into());
    let account = t.js.query_account().await?;
    t.see("account", json!({"streams": account.streams, "consumers": account.consumers}));
    t.see("delete", t.js.delete_stream("LISTB").await?.success.into());
    t.see("names after", names(t).await?);
    Ok(())
}

async fn purge(t: &Stage) -> Fallible {
    let stream = t.js.create_stream(config("PURGE", &["purge.*"])).await?;
    for i in 0..30 {
        t.put(&format!("purge.{}", i % 3), &i.to_string()).await?;
    }
    let after = |purged: u64| async move { Fallible::Ok(json!({"purged": purged, "state": t.state("PURGE").await?})) };
    t.see("by subject", after(stream.purge().filter("purge.0").await?.purged).await?);
    t.see("by subject and keep", after(stream.purge().filter("purge.1").keep(4).await?.purged).await?);
    t.see("up to a sequence", after(stream.purge().sequence(12).await?.purged).await?);
    t.see("keep", after(stream.purge().keep(5).await?.purged).await?);
    t.see("all", after(stream.purge().await?.purged).await?);
    t.see("sequence goes on", ack(t.put("purge.0", "after").await?));
    Ok(())
}

async fn subjects(t: &Stage) -> Fallible {
    let stream = t.js.create_stream(config("SUBJECTS", &["subjects.>"])).await?;
    for last in ["a", "b", "a", "c.d", "a"] {
        t.put(&format!("subjects.{last}"), "x").await?;
    }
    stream.delete_message(3).await?;
    let all = stream.info_builder().with_deleted(true).subjects(">").fetch().await?;
    let now = all.info.state.clone();
    let counts: HashMap<String, usize> = all.try_collect().await?;
    t.see("subjects", json!(counts));
    t.see("deleted", json!(now.deleted));
    t.see("num_subjects", now.subjects_count.into());
    let some: HashMap<String, usize> = stream.info_with_subjects("subjects.*").await?.try_collect().await?;
    t.see("filtered", json!(some));
    Ok(())
}

async fn holding(t: &Stage, stream: &str, count: u64) -> Fallible<Value> {
    let ask = || async { Ok(t.info(stream).await?.state) };
    Ok(state(&settle(ask, |now| now.messages == count, Duration::from_secs(4)).await?))
}

async fn retention(t: &Stage) -> Fallible {
    t.js.create_stream(Config { retention: RetentionPolicy::WorkQueue, ..config("WORK", &["work.*"]) }).await?;
    for i in 0..5 {
        t.put("work.a", &i.to_string()).await?;
    }
    acknowledge(&fetch(&t.consumer("WORK", durable("w")).await?, 3, BRIEF).await?).await?;
    t.see("work queue", holding(t, "WORK", 2).await?);
    t.see("second consumer", failure(t.consumer("WORK", durable("w2")).await));
    let no_ack = pull::Config { ack_policy: AckPolicy::None, ..durable("w3") };
    t.see("no ack", failure(t.consumer("WORK", no_ack).await));
    t.js.create_stream(Config { retention: RetentionPolicy::Interest, ..config("INTEREST", &["interest.*"]) }).await?;
    t.put("interest.a", "nobody").await?;
    t.see("no interest", t.state("INTEREST").await?);
    let one = t.consumer("INTEREST", durable("i1")).await?;
    let two = t.consumer("INTEREST", durable("i2")).await?;
    t.put("interest.a", "both").await?;
    acknowledge(&fetch(&one, 1, BRIEF).await?).await?;
    t.see("one of two", t.state("INTEREST").await?);
    acknowledge(&fetch(&two, 1, BRIEF).await?).await?;
    t.see("both", holding(t, "INTEREST", 0).await?);
    Ok(())
}

async fn account_info(t: &Stage) -> Fallible {
    t.js.create_stream(Config { max_bytes: 100_000, ..config("ACCOUNT", &["account"]) }).await?;
    t.put("account", &"x".repeat(100)).await?;
    t.consumer("ACCOUNT", durable("c")).await?;
    let account = t.js.query_account().await?;
    t.see(
        "usage",
        json!({
            "memory": account.memory,
            "storage": account.storage,
            "streams": account.streams,
            "consumers": account.consumers,
        }),
    );
    // The client says none where the server says -1.
    let limits = account.limits;
    t.see(
        "limits",
        json!({
            "max_memory": limits.max_memory.unwrap_or(-1),
            "max_storage": limits.max_storage.unwrap_or(-1),
            "max_streams": limits.max_streams.unwrap_or(-1),
            "max_consumers": limits.max_consumers.unwrap_or(-1),
        }),
    );
    Ok(())
}

async fn publish_ack(t: &Stage) -> Fallible {
    t.js.create_stream(config("ACK", &["ack.>"])).await?;
    t.see("first", ack(t.put("ack.a", "one").await?));
    t.see("second", ack(t.put("ack.b", "").await?));
    t.see("no stream", failure(t.put("nostream", "x").await));
    t.see("raw", data(&t.request("ack.c", "raw").await?).into());
    Ok(())
}

fn message(data: &str) -> PublishMessage {
    PublishMessage::build().payload(data.to_string().into())
}

async fn dedupe(t: &Stage) -> Fallible {
    t.js.create_stream(config("DEDUPE", &["dedupe.>"])).await?;
    t.see("first", ack(t.publish("dedupe.a", message("x").message_id("id-1")).await?));
    t.see("again", ack(t.publish("dedupe.a", message("y").message_id("id-1")).await?));
    t.see("other", ack(t.publish("dedupe.a", message("x").message_id("id-2")).await?));
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-Msg-Id", "id-1");
    let raw = t.nc.send_request("dedupe.b", Request::new().headers(headers).payload("z".into())).await?;
    t.see("raw", data(&raw).into());
    t.see("state", t.state("DEDUPE").await?);
    Ok(())
}

async fn expect(t: &Stage) -> Fallible {
    t.js.create_stream(config("EXPECT", &["expect.*"])).await?;
    let x = || message("x");
    let put = |last: &'static str, message: PublishMessage| async move {
        outcome(t.publish(&format!("expect.{last}"), message).await.map(ack))
    };
    t.see("first", put("a", x().expected_last_sequence(0).message_id("m1")).await);
    t.see("stream", put("a", x().expected_stream("EXPECT")).await);
    t.see("wrong stream", put("a", x().expected_stream("OTHER")).await);
    t.see("last sequence", put("b", x().expected_last_sequence(2).message_id("m3")).await);
    t.see("wrong last sequence", put("b", x().expected_last_sequence(7)).await);
    t.see("last subject sequence", put("a", x().expected_last_subject_sequence(2)).await);
    t.see("wrong last subject sequence", put("a", x().expected_last_subject_sequence(2)).await);
    t.see("new subject", put("new", x().expected_last_subject_sequence(0).message_id("m5")).await);
    t.see("subject exists", put("a", x().expected_last_subject_sequence(0)).await);
    t.see("last msg id", put("a", x().expected_last_message_id("m5").message_id("m6")).await);
    t.see("wrong last msg id", put("a", x().expected_last_message_id("m1")).await);
    t.see("state", t.state("EXPECT").await?);
    Ok(())
}

async fn rollup(t: &Stage) -> Fallible {
    t.js.create_stream(Config { allow_rollup: true, ..config("ROLLUP", &["rollup.*"]) }).await?;
    t.js.create_stream(config("NOROLLUP", &["norollup.*"])).await?;
    for i in 0..9 {
        t.put(&format!("rollup.{}", i % 3), &i.to_string()).await?;
    }
    let roll = |subject: &'static str, value: &'static str| async move {
        t.publish(subject, message("rolled").header("Nats-Rollup", value)).await
    };
    t.see("subject", ack(roll("rollup.1", "sub").await?));
    t.see("after subject", t.state("ROLLUP").await?);
    t.see("all", ack(roll("rollup.2", "all").await?));
    t.see("after all", t.state("ROLLUP").await?);
    t.see("bad value", failure(roll("rollup.1", "some").await));
    t.see("not allowed", failure(roll("norollup.1", "sub").await));
    Ok(())
}

async fn limit_messages(t: &Stage) -> Fallible {
    t.js.create_stream(Config { max_messages: 3, ..config("OLD", &["old.*"]) }).await?;
    for i in 0..5 {
        t.put("old.a", &i.to_string()).await?;
    }
    t.see("discard old", t.state("OLD").await?);
    t.js.create_stream(Config { max_messages: 3, discard: DiscardPolicy::New, ..config("NEW", &["new.*"]) }).await?;
    for i in 0..3 {
        t.put("new.a", &i.to_string()).await?;
    }
    t.see("discard new", failure(t.put("new.a", "3").await));
    t.see("state", t.state("NEW").await?);
    Ok(())
}

async fn limit_bytes(t: &Stage) -> Fallible {
    let zeros =
        |subject: &'static str, count: usize| -> futures_util::future::LocalBoxFuture<'_, Result<_, PublishError>> {
            Box::pin(t.publish(subject, PublishMessage::build().payload(vec![0; count].into())))
        };
    t.js.create_stream(Config { max_bytes: 1000, max_message_size: 300, ..config("BYTES", &["bytes"]) }).await?;
    for i in 0..10 {
        zeros("bytes", 100 + i).await?;
    }
    t.see("discard old", t.state("BYTES").await?);
    t.see("message too large", failure(zeros("bytes", 301).await));
    let discard = DiscardPolicy::New;
    t.js.create_stream(Config { max_bytes: 1000, discard, ..config("BYTESNEW", &["bytesnew"]) }).await?;
    for _ in 0..6 {
        zeros("bytesnew", 100).await?;
    }
    t.see("discard new", failure(zeros("bytesnew", 300).await));
    t.see("state", t.state("BYTESNEW").await?);
    Ok(())
}

async fn limit_age(t: &Stage) -> Fallible {
    let (max_age, duplicate_window) = (Duration::from_secs(2), Duration::from_millis(200));
    t.js.create_stream(Config { max_age, duplicate_window, ..config("AGE", &["age"]) }).await?;
    for i in 0..3 {
        t.put("age", &i.to_string()).await?;
    }
    t.see("before", t.state("AGE").await?);
    t.see("after", holding(t, "AGE", 0).await?);
    Ok(())
}

async fn limit_per_subject(t: &Stage) -> Fallible {
    t.js.create_stream(Config { max_messages_per_subject: 2, ..config("PER", &["per.*"]) }).await?;
    for i in 0..9 {
        t.put(&format!("per.{}", i % 3), &i.to_string()).await?;
    }
    t.see("discard old", t.state("PER").await?);
    let one_each = Config {
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        ..config("PERNEW", &["pernew.*"])
    };
    t.js.create_stream(one_each).await?;
    t.put("pernew.a", "x").await?;
    t.see("discard new", failure(t.put("pernew.a", "y").await));
    t.see("other subject", ack(t.put("pernew.b", "y").await?));
    Ok(())
}

fn stored(message: StreamMessage) -> Value {
    json!({"seq": message.sequence, "subject": message.subject.as_str(), "data": text(&message.payload)})
}

fn with_headers(message: StreamMessage) -> Value {
    let headers = header_lists(&message.headers);
    let mut value = stored(message);
    value["headers"] = headers;
    value
}

async fn get(t: &Stage) -> Fallible {
    let stream = t.js.create_stream(config("GET", &["get.*"])).await?;
    for i in 1..=6 {
        let numbered = message(&format!("m{i}")).header("Number", i.to_string().as_str());
        t.publish(&format!("get.{}", i % 2), numbered).await?;
    }
    t.see("by sequence", outcome(stream.get_raw_message(2).await.map(with_headers)));
    t.see("last by subject", outcome(stream.get_last_raw_message_by_subject("get.1").await.map(with_headers)));
    t.see("last by wildcard", outcome(stream.get_last_raw_message_by_subject("get.*").await.map(with_headers)));
    t.see("missing sequence", outcome(stream.get_raw_message(99).await.map(with_headers)));
    t.see("missing subject", outcome(stream.get_last_raw_message_by_subject("get.none").await.map(with_headers)));
    Ok(())
}

async fn direct(t: &Stage) -> Fallible {
    let stream = t.js.create_stream(Config { allow_direct: true, ..config("DIRECT", &["direct.*"]) }).await?;
    for i in 1..=6 {
        t.put(&format!("direct.{}", i % 2), &format!("m{i}")).await?;
    }
    t.see("by sequence", outcome(stream.direct_get(2).await.map(stored)));
    t.see("last by subject", outcome(stream.direct_get_last_for_subject("direct.1").await.map(stored)));
    t.see("next by subject", outcome(stream.direct_get_next_for_subject("direct.0", Some(3)).await.map(stored)));
    t.see("missing", outcome(stream.direct_get(99).await.map(stored)));
    let whole = |message| json!({"data": data(&message), "headers": headers_of(&message)});
    let short = |message| json!({"code": code(&message), "text": status_text(&message)});
    let subject = "$JS.API.DIRECT.GET.DIRECT";
    t.see("raw", whole(t.request(subject, r#"{"seq":3}"#).await?));
    t.see("raw last by subject", whole(t.request(&format!("{subject}.direct.1"), "").await?));
    t.see("raw missing", short(t.request(subject, r#"{"seq":99}"#).await?));
    t.see("raw empty", short(t.request(subject, "").await?));
    Ok(())
}

async fn direct_batch(t: &Stage) -> Fallible {
    t.js.create_stream(Config { allow_direct: true, ..config("BATCH", &["batch.*"]) }).await?;
    for i in 1..=9 {
        t.put(&format!("batch.{}", i % 3), &format!("m{i}")).await?;
    }
    for (step, request) in [
        ("batch", r#"{"seq":2,"batch":3}"#),
        ("filtered", r#"{"seq":1,"batch":10,"next_by_subj":"batch.1"}"#),
        ("last for", r#"{"multi_last":["batch.0","batch.2"]}"#),
        ("up to", r#"{"multi_last":["batch.>"],"up_to_seq":5}"#),
        ("nothing", r#"{"multi_last":["none"]}"#),
    ] {
        let list = t.gather("$JS.API.DIRECT.GET.BATCH", request, |code| code != 0).await?;
        let values = list.iter().map(|message| {
            let mut value: Map<String, Value> = headers_of(message).as_object().cloned().unwrap_or_default();
            value.remove("Nats-Time-Stamp");
            value.insert("status".to_string(), code(message).into());
            value.insert("data".to_string(), data(message).into());
            Value::from(value)
        });
        t.see(step, values.collect());
    }
    Ok(())
}

async fn delete(t: &Stage) -> Fallible {
    let stream = t.js.create_stream(config("DELETE", &["delete"])).await?;
    for i in 1..=5 {
        t.put("delete", &format!("m{i}")).await?;
    }
    t.see("erase", stream.delete_message(2).await?.into());
    // The client always erases.
    let kept = t.api("STREAM.MSG.DELETE.DELETE", json!({"seq": 5, "no_erase": true})).await?;
    t.see("no erase", kept["success"].clone());
    t.see("again", failure(stream.delete_message(2).await));
    t.see("state", t.state("DELETE").await?);
    t.see("next sequence", ack(t.put("delete", "m6").await?));
    stream.delete_message(1).await?;
    t.see("first moves", t.state("DELETE").await?);
    let denying = Config { deny_delete: true, deny_purge: true, ..config("NODELETE", &["nodelete"]) };
    let denied = t.js.create_stream(denying).await?;
    t.put("nodelete", "x").await?;
    t.see("denied delete", failure(denied.delete_message(1).await));
    t.see("denied purge", failure(denied.purge().await));
    Ok(())
}

async fn kill(stage: &Stage) -> Fallible {
    let (sender, mut events) = unbounded_channel();
    let options = ConnectOptions::new()
        .reconnect_delay_callback(|_| Duration::from_millis(50))
        .event_callback(move |event| {
            let sender = sender.clone();
            async move {
                sender.send(event).ok();
            }
        });
    let nc = stage.identified(options).connect(stage.option("first")).await?;
    let t = &stage.on(nc);
    let stream = t.js.create_stream(config("KILL", &["kill.*"])).await?;
    let mut acks = Vec::new();
    for i in 0..200 {
        let numbered = message(&format!("m{i}")).message_id(format!("id-{i}"));
        acks.push(t.js.send_publish(format!("kill.{}", i % 4), numbered).await?);
    }
    let mut last = 0;
    for one in acks {
        last = last.max(one.await?.sequence);
    }
    t.see("acknowledged", last.into());
    stream.delete_message(100).await?;
    let consumer = t.consumer("KILL", pull::Config { ack_wait: Duration::from_secs(60), ..durable("c") }).await?;
    acknowledge(&fetch(&consumer, 30, BRIEF).await?).await?;
    let kept = kv::Config { bucket: "kept".to_string(), history: 2, ..Default::default() };
    let bucket = t.js.create_key_value(kept).await?;
    bucket.put("a", "one".into()).await?;
    bucket.put("a", "two".into()).await?;
    // The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
    tokio::time::sleep(Duration::from_millis(700)).await;
    ask("kill", "first").await;
    ask("start", "first").await;
    for wanted in [Event::Disconnected, Event::Connected] {
        let search = async { while events.recv().await.is_some_and(|event| event != wanted) {} };
        tokio::time::timeout(Duration::from_secs(10), search).await.map_err(|_| "no reconnect")?;
    }
    settle(|| t.info("KILL"), |_| true, Duration::from_secs(4)).await?;
    t.see("state", t.state("KILL").await?);
    t.see("progress", t.progress("KILL", "c").await?);
    t.see("next message", delivery(&fetch(&consumer, 1, BRIEF).await?[0])?);
    t.see("duplicate is known", ack(t.publish("kill.0", message("m5").message_id("id-5")).await?));
    t.see("next sequence", ack(t.put("kill.0", "new").await?));
    t.see("deleted stays deleted", outcome(stream.get_raw_message(100).await.map(stored)));
    t.see("kv", kv_entry(t.js.get_key_value("kept").await?.entry("a").await?));
    t.js.delete_stream("KILL").await?;
    t.js.delete_key_value("kept").await?;
    Ok(())
}
