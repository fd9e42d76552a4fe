// Scenarios of consumers: configuration, pull and push, acknowledgements, what is delivered and when.
use crate::observing::{
    acknowledge, code, data, deliveries, delivery, failure, fetch, headers_of, in_order, in_server_order, must_next,
    next, progress, reply_of, settle, status_text, stream_seq, stream_seqs, take, Fallible,
};
use crate::scenario;
use crate::stage::{Scenario, Stage};
use async_nats::jetstream::consumer::{pull, push, AckPolicy, Config, DeliverPolicy, Info, ReplayPolicy};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, StorageType};
use async_nats::jetstream::{AckKind, Message};
use async_nats::Subscriber;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{json, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

const FILE: StorageType = StorageType::File;
const MEMORY: StorageType = StorageType::Memory;
const SECOND: Duration = Duration::from_secs(1);
const BRIEF: Duration = Duration::from_secs(2);

pub fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        scenario!("consumer.create", create),
        scenario!("consumer.errors", errors),
        scenario!("consumer.list", list),
        scenario!("consumer.update", update),
        scenario!("consumer.ack_explicit", ack_explicit),
        scenario!("consumer.ack_all", ack_all),
        scenario!("consumer.ack_none", ack_none),
        scenario!("consumer.fetch", fetching),
        scenario!("consumer.fetch_bytes", fetch_bytes),
        scenario!("consumer.pull_statuses", pull_statuses),
        scenario!("consumer.consume", consume),
        scenario!("consumer.ordered", ordered),
        scenario!("consumer.push", push),
        scenario!("consumer.push_client", push_client),
        scenario!("consumer.push_queue", push_queue),
        scenario!("consumer.push_heartbeat", push_heartbeat),
        scenario!("consumer.flow_control", flow_control),
        scenario!("consumer.nak", nak),
        scenario!("consumer.term", term),
        scenario!("consumer.in_progress", in_progress),
        scenario!("consumer.ack_wait", ack_wait),
        scenario!("consumer.backoff", backoff),
        scenario!("consumer.deliver_policies", deliver_policies),
        scenario!("consumer.filters", filters),
        scenario!("consumer.headers_only", headers_only),
        scenario!("consumer.ephemeral", ephemeral),
        scenario!("consumer.max_ack_pending", max_ack_pending),
        scenario!("consumer.replay_original", replay_original),
    ]
}

/// A configuration of any kind of consumer.
fn durable(name: &str) -> Config {
    Config { durable_name: Some(name.to_string()), ..Default::default() }
}

fn pulling(name: &str) -> pull::Config {
    pull::Config { durable_name: Some(name.to_string()), ..Default::default() }
}

fn delivering(name: &str, subject: &str) -> Config {
    Config { deliver_subject: Some(subject.to_string()), ..durable(name) }
}

/// The whole reply to the creation of a consumer with the client's own configuration.
async fn whole_reply(t: &Stage, stream: &str, action: &str, config: &Config) -> Fallible<Value> {
    let name = config.durable_name.clone().unwrap_or_default();
    let mut subject = format!("CONSUMER.CREATE.{stream}.{name}");
    if !config.filter_subject.is_empty() {
        subject = format!("{subject}.{}", config.filter_subject);
    }
    t.api(&subject, json!({"stream_name": stream, "config": config, "action": action})).await
}

async fn create(t: &Stage) -> Fallible {
    t.fill("CREATE", 4, FILE).await?;
    let full = Config {
        description: Some("a consumer".to_string()),
        ack_wait: 5 * SECOND,
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 2 },
        filter_subject: "create.0".to_string(),
        max_ack_pending: 50,
        max_deliver: 4,
        max_waiting: 10,
        max_batch: 20,
        max_expires: 30 * SECOND,
        max_bytes: 10_000,
        inactive_threshold: 600 * SECOND,
        replay_policy: ReplayPolicy::Instant,
        sample_frequency: 50,
        metadata: HashMap::from([("owner".to_string(), "tests".to_string())]),
        ..durable("full")
    };
    t.see("full", whole_reply(t, "CREATE", "create", &full).await?);
    t.see("progress", t.progress("CREATE", "full").await?);
    t.see("defaults", whole_reply(t, "CREATE", "create", &durable("plain")).await?);
    let backoff = Config { max_deliver: 4, backoff: vec![SECOND, 2 * SECOND, 5 * SECOND], ..durable("backoff") };
    t.see("backoff", whole_reply(t, "CREATE", "create", &backoff).await?);
    let push = Config {
        ack_policy: AckPolicy::None,
        flow_control: true,
        idle_heartbeat: SECOND,
        ..delivering("push", "create-deliver")
    };
    t.see("push", whole_reply(t, "CREATE", "create", &push).await?);
    let queue = Config {
        deliver_group: Some("workers".to_string()),
        rate_limit: 1_000_000,
        ..delivering("push-queue", "create-queue")
    };
    t.see("push queue", whole_reply(t, "CREATE", "create", &queue).await?);
    Ok(())
}

fn filtering(name: &str, filter: &str) -> Config {
    Config { filter_subject: filter.to_string(), ..durable(name) }
}

/// What a configuration gets that the client cannot send.
async fn refused_by_hand(t: &Stage, name: &str, mut config: Value) -> Value {
    config["durable_name"] = name.into();
    config["ack_policy"] = "explicit".into();
    let request = json!({"stream_name": "CERRORS", "action": "create", "config": config});
    failure(t.api(&format!("CONSUMER.CREATE.CERRORS.{name}"), request).await)
}

async fn errors(t: &Stage) -> Fallible {
    let stream = t.fill("CERRORS", 1, FILE).await?;
    t.add("CERRORS", durable("here")).await?;
    t.see("stream missing", failure(t.add("MISSING", durable("x")).await));
    t.see("info of missing", failure(stream.consumer_info("missing").await));
    t.see("delete of missing", failure(stream.delete_consumer("missing").await));
    t.see("filter outside", failure(t.add("CERRORS", filtering("c1", "elsewhere")).await));
    let overlapping = vec!["cerrors.>".to_string(), "cerrors.a".to_string()];
    let overlapping = Config { filter_subjects: overlapping, ..durable("c2") };
    t.see("overlapping filters", failure(t.add("CERRORS", overlapping).await));
    // The client puts a single filter into the request's subject and ties the start sequence to its policy.
    let both = json!({"filter_subject": "cerrors.a", "filter_subjects": ["cerrors.b"]});
    t.see("both filters", refused_by_hand(t, "c3", both).await);
    let backoff = Config { max_deliver: 1, backoff: vec![SECOND, 2 * SECOND], ..durable("c4") };
    t.see("backoff over max deliver", failure(t.add("CERRORS", backoff).await));
    t.see("start without policy", refused_by_hand(t, "c5", json!({"opt_start_seq": 3})).await);
    for (step, config) in [
        ("wildcard deliver subject", delivering("c6", "x.*")),
        ("small heartbeat", Config { idle_heartbeat: Duration::from_nanos(1000), ..delivering("c7", "x") }),
        ("flow control without heartbeat", Config { flow_control: true, ..delivering("c8", "x") }),
        ("cycle", delivering("c9", "cerrors.x")),
        ("pull with heartbeat", Config { idle_heartbeat: SECOND, ..durable("c10") }),
        ("last per subject without filter", Config { deliver_policy: DeliverPolicy::LastPerSubject, ..durable("c11") }),
        ("too many replicas", Config { num_replicas: 3, ..durable("c12") }),
        ("exists with other config", Config { deliver_policy: DeliverPolicy::New, ..durable("here") }),
    ] {
        t.see(step, failure(t.add("CERRORS", config).await));
    }
    Ok(())
}

async fn list(t: &Stage) -> Fallible {
    let stream = t.fill("CLIST", 1, FILE).await?;
    for name in ["zebra", "ant", "mole"] {
        t.add("CLIST", durable(name)).await?;
    }
    let infos: Vec<Info> = in_server_order(stream.consumers().try_collect().await?);
    t.see("list", infos.iter().map(|info| info.name.as_str()).collect());
    t.see("consumer count", t.info("CLIST").await?.state.consumer_count.into());
    t.see("delete", stream.delete_consumer("mole").await?.success.into());
    let names: Vec<String> = in_server_order(stream.consumer_names().try_collect().await?);
    t.see("list after", names.into());
    t.see("info", t.progress("CLIST", "ant").await?);
    Ok(())
}

async fn update(t: &Stage) -> Fallible {
    t.fill("CUPDATE", 6, FILE).await?;
    let before = t.add("CUPDATE", durable("c")).await?.cached_info().config.clone();
    let changed = Config {
        description: Some("changed".to_string()),
        ack_wait: 7 * SECOND,
        max_ack_pending: 9,
        max_deliver: 3,
        filter_subject: "cupdate.0".to_string(),
        headers_only: true,
        ..before
    };
    t.see("updated", whole_reply(t, "CUPDATE", "update", &changed).await?);
    let info = t.consumer_info("CUPDATE", "c").await?;
    t.see("pending follows filter", info.num_pending.into());
    let now = || info.config.clone();
    for (step, config) in [
        ("deliver policy", Config { deliver_policy: DeliverPolicy::New, ..now() }),
        ("ack policy", Config { ack_policy: AckPolicy::None, ..now() }),
        ("to push", Config { deliver_subject: Some("x".to_string()), ..now() }),
        ("max waiting", Config { max_waiting: 7, ..now() }),
    ] {
        t.see(step, failure(t.js.update_consumer_on_stream(config, "CUPDATE").await));
    }
    t.see("still the same", t.api("CONSUMER.INFO.CUPDATE.c", Value::Null).await?);
    Ok(())
}

async fn ack_explicit(t: &Stage) -> Fallible {
    t.fill("EXPLICIT", 10, FILE).await?;
    let c = t.consumer("EXPLICIT", pull::Config { ack_wait: 30 * SECOND, ..pulling("c") }).await?;
    let list = fetch(&c, 5, BRIEF).await?;
    t.see("messages", deliveries(&list)?);
    acknowledge([&list[0], &list[1], &list[3]]).await?;
    t.see("after 1, 2 and 4", t.progress("EXPLICIT", "c").await?);
    acknowledge([&list[2], &list[4]]).await?;
    t.see("after all five", t.progress("EXPLICIT", "c").await?);
    t.see("the rest", deliveries(&fetch(&c, 5, BRIEF).await?)?);
    Ok(())
}

async fn ack_all(t: &Stage) -> Fallible {
    t.fill("ALL", 10, FILE).await?;
    let c = t.consumer("ALL", pull::Config { ack_policy: AckPolicy::All, ..pulling("c") }).await?;
    acknowledge([&fetch(&c, 7, BRIEF).await?[4]]).await?;
    t.see("after the fifth", t.progress("ALL", "c").await?);
    Ok(())
}

async fn ack_none(t: &Stage) -> Fallible {
    t.fill("NONE", 6, FILE).await?;
    let c = t.consumer("NONE", pull::Config { ack_policy: AckPolicy::None, ..pulling("c") }).await?;
    t.see("messages", deliveries(&fetch(&c, 4, BRIEF).await?)?);
    t.see("progress", t.progress("NONE", "c").await?);
    Ok(())
}

fn data_of(list: &[Message]) -> Value {
    list.iter().map(|message| data(message)).collect()
}

fn or_null(message: Option<Message>) -> Fallible<Value> {
    message.as_ref().map_or(Ok(Value::Null), delivery)
}

async fn fetching(t: &Stage) -> Fallible {
    t.fill("FETCH", 12, FILE).await?;
    let c = t.consumer("FETCH", pulling("c")).await?;
    t.see("batch", data_of(&fetch(&c, 4, BRIEF).await?));
    t.see("next", data(&must_next(&c, SECOND).await?.message).into());
    t.see("more than there is", data_of(&fetch(&c, 50, SECOND).await?));
    let started = Instant::now();
    t.see("nothing left", or_null(next(&c, SECOND).await?)?);
    t.see("waited", (started.elapsed() > Duration::from_millis(900)).into());
    Ok(())
}

/// The length in the place of each payload.
fn lengths(items: Vec<Value>) -> Value {
    items.into_iter().map(|item| item.as_str().map(|payload| payload.len().into()).unwrap_or(item)).collect()
}

async fn fetch_bytes(t: &Stage) -> Fallible {
    let config =
        stream::Config { name: "FBYTES".to_string(), subjects: vec!["fbytes".to_string()], ..Default::default() };
    t.js.create_stream(config).await?;
    for _ in 0..6 {
        t.put("fbytes", &"x".repeat(200)).await?;
    }
    t.add("FBYTES", durable("c")).await?;
    t.see("some fit", lengths(t.pull("FBYTES", "c", r#"{"batch":10,"max_bytes":700,"expires":1000000000}"#).await?));
    t.see("progress", t.progress("FBYTES", "c").await?);
    t.see("the rest", lengths(t.pull("FBYTES", "c", r#"{"batch":10,"max_bytes":100000,"expires":200000000}"#).await?));
    Ok(())
}

async fn pull_statuses(t: &Stage) -> Fallible {
    let stream = t.fill("STATUS", 3, FILE).await?;
    let limited = Config { max_batch: 20, max_bytes: 5000, max_expires: 2 * SECOND, max_waiting: 2, ..durable("c") };
    t.add("STATUS", limited).await?;
    t.add("STATUS", Config { ack_policy: AckPolicy::None, ..delivering("p", "status-deliver") }).await?;
    for (step, consumer, request) in [
        ("no wait, partly", "c", r#"{"batch":5,"no_wait":true}"#),
        ("no wait, nothing", "c", r#"{"batch":5,"no_wait":true}"#),
        ("expires", "c", r#"{"batch":2,"expires":150000000}"#),
        ("heartbeats", "c", r#"{"batch":2,"expires":500000000,"idle_heartbeat":200000000}"#),
        ("heartbeat too large", "c", r#"{"batch":2,"expires":500000000,"idle_heartbeat":400000000}"#),
        ("batch too large", "c", r#"{"batch":21,"no_wait":true}"#),
        ("expires too long", "c", r#"{"batch":1,"expires":3000000000}"#),
        ("too many bytes", "c", r#"{"batch":1,"max_bytes":6000,"no_wait":true}"#),
        ("bad json", "c", r#"{"batch":"#),
        ("push consumer", "p", r#"{"batch":1}"#),
        ("missing consumer", "missing", r#"{"batch":1}"#),
        ("number", "missing", "3"),
    ] {
        t.see(step, t.pull("STATUS", consumer, request).await?.into());
    }
    t.put("status.0", &"y".repeat(500)).await?;
    let request = r#"{"batch":1,"max_bytes":100,"expires":500000000}"#;
    t.see("message over max_bytes", t.pull("STATUS", "c", request).await?.into());
    let request = r#"{"batch":1,"max_bytes":600,"expires":1000000000}"#;
    t.see("then delivered", lengths(t.pull("STATUS", "c", request).await?));
    let deletion = async {
        settle(|| t.consumer_info("STATUS", "c"), |info| info.num_waiting == 1, SECOND).await?;
        Fallible::Ok(stream.delete_consumer("c").await?)
    };
    let (gone, deleted) = tokio::join!(t.pull("STATUS", "c", r#"{"batch":1,"expires":2000000000}"#), deletion);
    deleted?;
    t.see("consumer deleted", gone?.into());
    Ok(())
}

async fn consume(t: &Stage) -> Fallible {
    t.fill("CONSUME", 300, MEMORY).await?;
    let c = t.consumer("CONSUME", pulling("c")).await?;
    let mut messages = c.stream().max_messages_per_batch(50).messages().await?;
    let mut seen = Vec::new();
    while seen.len() < 300 {
        for message in take(&mut messages, 1).await? {
            let message = message?;
            seen.push(stream_seq(&message)?);
            message.ack().await?;
        }
    }
    t.see("count", seen.len().into());
    t.see("in order", in_order(&seen).into());
    t.see("progress", t.settled("CONSUME", "c", |info| info.num_ack_pending == 0).await?);
    Ok(())
}

async fn ordered(t: &Stage) -> Fallible {
    let stream = t.fill("ORDERED", 200, MEMORY).await?;
    let all = stream.create_consumer(pull::OrderedConfig::default()).await?;
    let list: Result<Vec<Message>, _> = take(&mut all.messages().await?, 200).await?.into_iter().collect();
    t.see("in order", in_order(&stream_seqs(&list?)?).into());
    let config = pull::OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: 150 },
        filter_subject: "ordered.1".to_string(),
        ..Default::default()
    };
    let from = stream.create_consumer(config).await?;
    let list: Result<Vec<Message>, _> = take(&mut from.messages().await?, 5).await?.into_iter().collect();
    t.see("from a sequence, filtered", stream_seqs(&list?)?.into());
    Ok(())
}

async fn push(t: &Stage) -> Fallible {
    t.fill("PUSH", 5, FILE).await?;
    let mut sub = t.nc.subscribe("push-deliver").await?;
    t.add("PUSH", delivering("c", "push-deliver")).await?;
    let list = take(&mut sub, 5).await?;
    t.see("messages", list.iter().map(data).collect());
    let replies: Vec<String> = list.iter().map(reply_of).collect();
    t.see("reply", replies[0].split('.').take(7).collect::<Vec<_>>().join(".").into());
    for reply in &replies {
        t.request(reply, "+ACK").await?;
    }
    t.see("progress", t.progress("PUSH", "c").await?);
    t.put("push.0", "live").await?;
    t.see("live", take(&mut sub, 1).await?.iter().map(data).collect());
    Ok(())
}

async fn push_client(t: &Stage) -> Fallible {
    let stream = t.fill("PCLIENT", 100, FILE).await?;
    let config = push::Config {
        durable_name: Some("c".to_string()),
        deliver_subject: "pclient-deliver".to_string(),
        idle_heartbeat: SECOND,
        flow_control: true,
        ..Default::default()
    };
    let mut messages = stream.create_consumer_strict(config).await?.messages().await?;
    let list: Result<Vec<Message>, _> = take(&mut messages, 100).await?.into_iter().collect();
    let list = list?;
    for message in &list {
        message.ack().await?;
    }
    t.see("in order", in_order(&stream_seqs(&list)?).into());
    t.see("progress", t.settled("PCLIENT", "c", |info| info.num_ack_pending == 0).await?);
    Ok(())
}

async fn push_queue(t: &Stage) -> Fallible {
    t.fill("PQUEUE", 60, MEMORY).await?;
    let counts = Arc::new(Mutex::new([0; 3]));
    let seen = Arc::new(Mutex::new(HashSet::new()));
    for member in 0..3 {
        let mut sub = t.nc.queue_subscribe("pqueue-deliver", "workers".to_string()).await?;
        let (nc, counts, seen) = (t.nc.clone(), counts.clone(), seen.clone());
        t.beside(async move {
            while let Some(message) = sub.next().await {
                counts.lock().unwrap()[member] += 1;
                seen.lock().unwrap().insert(data(&message));
                nc.publish(reply_of(&message), "+ACK".into()).await.ok();
            }
        });
    }
    t.flush().await;
    let workers = Config { deliver_group: Some("workers".to_string()), ..delivering("c", "pqueue-deliver") };
    t.add("PQUEUE", workers).await?;
    t.see("progress", t.settled("PQUEUE", "c", |info| info.ack_floor.stream_sequence == 60).await?);
    let counts = *counts.lock().unwrap();
    t.see("once each", json!({"messages": seen.lock().unwrap().len(), "deliveries": counts.iter().sum::<i32>()}));
    t.see("every member served", counts.iter().all(|count| *count > 0).into());
    Ok(())
}

async fn push_heartbeat(t: &Stage) -> Fallible {
    t.fill("PBEAT", 2, FILE).await?;
    let mut sub = t.nc.subscribe("pbeat-deliver").await?;
    let beating = Config {
        ack_policy: AckPolicy::None,
        idle_heartbeat: Duration::from_millis(150),
        flow_control: true,
        ..delivering("c", "pbeat-deliver")
    };
    t.add("PBEAT", beating).await?;
    let list = take(&mut sub, 4).await?;
    let values = list.iter().map(|message| {
        let (code, text) = (code(message), status_text(message));
        json!({"data": data(message), "code": code, "text": text, "headers": headers_of(message)})
    });
    t.see("messages, then heartbeats", values.collect());
    Ok(())
}

async fn flow_control(t: &Stage) -> Fallible {
    let config = stream::Config {
        name: "FLOW".to_string(),
        subjects: vec!["flow".to_string()],
        storage: MEMORY,
        ..Default::default()
    };
    t.js.create_stream(config).await?;
    for _ in 0..100 {
        t.publish("flow", PublishMessage::build().payload(vec![0; 32_000].into())).await?;
    }
    let mut sub = t.nc.subscribe("flow-deliver").await?;
    let controlled = Config {
        ack_policy: AckPolicy::None,
        idle_heartbeat: SECOND,
        flow_control: true,
        ..delivering("c", "flow-deliver")
    };
    t.add("FLOW", controlled).await?;
    let (mut messages, mut requests, mut other) = (0, 0, 0);
    while messages < 100 {
        for message in take(&mut sub, 1).await? {
            if code(&message) == 0 {
                messages += 1;
            } else if status_text(&message) == "FlowControl Request" {
                requests += 1;
                t.nc.publish(reply_of(&message), "".into()).await?;
            } else if !status_text(&message).starts_with("Idle") {
                other += 1;
            }
        }
    }
    t.see("messages", messages.into());
    t.see("asked at least once", (requests > 0).into());
    t.see("anything else", other.into());
    Ok(())
}

async fn nak(t: &Stage) -> Fallible {
    t.fill("NAK", 1, FILE).await?;
    let c = t.consumer("NAK", pulling("c")).await?;
    must_next(&c, BRIEF).await?.ack_with(AckKind::Nak(None)).await?;
    let second = must_next(&c, BRIEF).await?;
    t.see("at once", delivery(&second)?);
    let started = Instant::now();
    second.ack_with(AckKind::Nak(Some(Duration::from_millis(300)))).await?;
    let third = must_next(&c, BRIEF).await?;
    let mut delayed = delivery(&third)?;
    delayed["waited"] = (started.elapsed() > Duration::from_millis(250)).into();
    t.see("delayed", delayed);
    acknowledge([&third]).await?;
    t.see("progress", t.progress("NAK", "c").await?);
    Ok(())
}

async fn advisory(sub: &mut Subscriber) -> Fallible<Value> {
    Ok(serde_json::from_slice(&take(sub, 1).await?[0].payload)?)
}

async fn term(t: &Stage) -> Fallible {
    t.fill("TERM", 2, FILE).await?;
    let mut advisories = t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TERM.c").await?;
    let c = t.consumer("TERM", pull::Config { ack_wait: Duration::from_millis(300), ..pulling("c") }).await?;
    let list = fetch(&c, 2, BRIEF).await?;
    // The client terminates without a reason.
    t.nc.publish(reply_of(&list[0]), "+TERM bad data".into()).await?;
    acknowledge([&list[1]]).await?;
    t.see("progress", t.settled("TERM", "c", |info| info.num_ack_pending == 0).await?);
    t.see("never again", or_null(next(&c, SECOND).await?)?);
    t.see("advisory", advisory(&mut advisories).await?);
    Ok(())
}

async fn in_progress(t: &Stage) -> Fallible {
    t.fill("WORKING", 1, FILE).await?;
    let c = t.consumer("WORKING", pull::Config { ack_wait: Duration::from_millis(600), ..pulling("c") }).await?;
    let message = must_next(&c, BRIEF).await?;
    let reporting = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(150)).await;
            message.ack_with(AckKind::Progress).await.ok();
        }
    });
    t.see("not redelivered while working", or_null(next(&c, Duration::from_millis(1200)).await?)?);
    reporting.abort();
    let again = must_next(&c, BRIEF).await?;
    t.see("redelivered after", delivery(&again)?);
    acknowledge([&again]).await?;
    Ok(())
}

async fn ack_wait(t: &Stage) -> Fallible {
    t.fill("AWAIT", 1, FILE).await?;
    let mut advisories = t.nc.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.AWAIT.c").await?;
    let config = pull::Config { ack_wait: Duration::from_millis(250), max_deliver: 3, ..pulling("c") };
    let c = t.consumer("AWAIT", config).await?;
    let mut counts = Vec::new();
    for _ in 0..3 {
        counts.push(must_next(&c, BRIEF).await?.info()?.delivered);
    }
    t.see("deliveries", counts.into());
    t.see("no fourth", or_null(next(&c, SECOND).await?)?);
    t.see("advisory", advisory(&mut advisories).await?);
    t.see("progress", t.progress("AWAIT", "c").await?);
    Ok(())
}

async fn backoff_waits(t: &Stage, name: &str) -> Fallible<[bool; 3]> {
    let backoff = [150, 300, 600].map(Duration::from_millis).to_vec();
    // Since the start: a busy machine may make a delivery late, never early.
    let start = Instant::now();
    let c = t.consumer("BACKOFF", pull::Config { max_deliver: 4, backoff, ..pulling(name) }).await?;
    let mut since = Vec::new();
    for _ in 0..4 {
        must_next(&c, 10 * SECOND).await?;
        since.push(start.elapsed().as_millis());
    }
    Ok([since[1] > 130, since[2] > 420, (1001..10_000).contains(&since[3])])
}

async fn backoff(t: &Stage) -> Fallible {
    t.fill("BACKOFF", 1, FILE).await?;
    let mut waits = backoff_waits(t, "c1").await?;
    // A busy machine can hold up one measurement, hardly three.
    for name in ["c2", "c3"] {
        if waits.contains(&false) {
            waits = backoff_waits(t, name).await?;
        }
    }
    t.see("waits", json!(waits));
    Ok(())
}

async fn deliver_policies(t: &Stage) -> Fallible {
    let stream = t.fill("POLICY", 6, FILE).await?;
    let start = stream.get_raw_message(6).await?.time + Duration::from_millis(1);
    settle(|| async { Ok(OffsetDateTime::now_utc()) }, |now| *now > start, 4 * SECOND).await?;
    for i in 7..=9 {
        t.put(&format!("policy.{}", i % 3), &format!("m{i}")).await?;
    }
    let filtered = |filter: &str| pull::Config { filter_subject: filter.to_string(), ..Default::default() };
    for (name, deliver_policy, config) in [
        ("all", DeliverPolicy::All, filtered("")),
        ("last", DeliverPolicy::Last, filtered("")),
        ("by_start_sequence", DeliverPolicy::ByStartSequence { start_sequence: 4 }, filtered("")),
        ("by_start_time", DeliverPolicy::ByStartTime { start_time: start }, filtered("")),
        ("last_per_subject", DeliverPolicy::LastPerSubject, filtered("policy.>")),
        ("last_filtered", DeliverPolicy::Last, filtered("policy.1")),
    ] {
        let (durable_name, ack_policy) = (Some(name.to_string()), AckPolicy::None);
        let c = t.consumer("POLICY", pull::Config { durable_name, ack_policy, deliver_policy, ..config }).await?;
        let pending = c.cached_info().num_pending as usize;
        t.see(name, stream_seqs(&fetch(&c, pending, BRIEF).await?)?.into());
    }
    let config = pull::Config { ack_policy: AckPolicy::None, deliver_policy: DeliverPolicy::New, ..pulling("new") };
    let fresh = t.consumer("POLICY", config).await?;
    t.put("policy.0", "m10").await?;
    t.see("new", stream_seqs(&fetch(&fresh, 1, BRIEF).await?)?.into());
    Ok(())
}

async fn filters(t: &Stage) -> Fallible {
    t.fill("FILTER", 9, FILE).await?;
    let several = vec!["filter.0".to_string(), "filter.2".to_string()];
    for (count, config) in [
        (3, pull::Config { filter_subject: "filter.1".to_string(), ..pulling("single") }),
        (9, pull::Config { filter_subject: "filter.*".to_string(), ..pulling("wildcard") }),
        (4, pull::Config { filter_subjects: several, ..pulling("several") }),
    ] {
        let c = t.consumer("FILTER", config).await?;
        let list = fetch(&c, count, BRIEF).await?;
        let now = progress(&c.get_info().await?);
        t.see(&c.cached_info().name, json!({"messages": deliveries(&list)?, "progress": now}));
    }
    Ok(())
}

async fn headers_only(t: &Stage) -> Fallible {
    let config =
        stream::Config { name: "HONLY".to_string(), subjects: vec!["honly".to_string()], ..Default::default() };
    t.js.create_stream(config).await?;
    t.publish("honly", PublishMessage::build().payload("payload".into()).header("Kept", "yes")).await?;
    t.put("honly", "no headers").await?;
    let config = pull::Config { ack_policy: AckPolicy::None, headers_only: true, ..pulling("c") };
    let list = fetch(&t.consumer("HONLY", config).await?, 2, BRIEF).await?;
    let values = list.iter().map(|message| json!({"data": data(message), "headers": headers_of(message)}));
    t.see("messages", values.collect());
    Ok(())
}

async fn ephemeral(t: &Stage) -> Fallible {
    let stream = t.fill("EPHEMERAL", 3, FILE).await?;
    let config = pull::Config { inactive_threshold: Duration::from_millis(500), ..Default::default() };
    let c = t.consumer("EPHEMERAL", config).await?;
    t.see("has a name", (!c.cached_info().name.is_empty()).into());
    t.see("is not durable", c.cached_info().config.durable_name.clone().unwrap_or_default().into());
    let list = fetch(&c, 3, BRIEF).await?;
    t.see("messages", stream_seqs(&list)?.into());
    acknowledge(&list).await?;
    let count = || async { Ok(stream.consumer_names().try_collect::<Vec<String>>().await?.len()) };
    t.see("there", count().await?.into());
    t.see("gone", settle(count, |now| *now == 0, 6 * SECOND).await?.into());
    Ok(())
}

async fn max_ack_pending(t: &Stage) -> Fallible {
    t.fill("MAP", 6, FILE).await?;
    let c = t.consumer("MAP", pull::Config { max_ack_pending: 2, ..pulling("c") }).await?;
    let list = fetch(&c, 5, SECOND).await?;
    t.see("stops at two", stream_seqs(&list)?.into());
    acknowledge(&list).await?;
    t.see("goes on", stream_seqs(&fetch(&c, 2, BRIEF).await?)?.into());
    Ok(())
}

async fn replay_original(t: &Stage) -> Fallible {
    let config =
        stream::Config { name: "REPLAY".to_string(), subjects: vec!["replay".to_string()], ..Default::default() };
    t.js.create_stream(config).await?;
    t.put("replay", "a").await?;
    // The gap that the consumer is to keep.
    tokio::time::sleep(Duration::from_millis(400)).await;
    t.put("replay", "b").await?;
    let mut sub = t.nc.subscribe("replay-deliver").await?;
    let started = Instant::now();
    let replaying = Config {
        ack_policy: AckPolicy::None,
        replay_policy: ReplayPolicy::Original,
        ..delivering("c", "replay-deliver")
    };
    t.add("REPLAY", replaying).await?;
    take(&mut sub, 2).await?;
    t.see("keeps the gap", (250..2000).contains(&started.elapsed().as_millis()).into());
    Ok(())
}
