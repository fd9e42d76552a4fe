// Scenarios of what clients build on streams and requests: key-value and object stores, services.
use crate::observing::{data, failure, headers_of, kv_entry, outcome, pattern, sha256, take, Fallible};
use crate::scenario;
use crate::stage::{Scenario, Stage};
use async_nats::jetstream::kv::{self, Entry, Store};
use async_nats::jetstream::object_store::{self, ObjectInfo, ObjectMetadata, ObjectStore};
use async_nats::service::{self, ServiceExt};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{json, Value};
use std::collections::HashMap;
use tokio::io::AsyncReadExt;

pub fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        scenario!("kv.basic", kv_basic),
        scenario!("kv.revisions", kv_revisions),
        scenario!("kv.history", kv_history),
        scenario!("kv.keys", kv_keys),
        scenario!("kv.watch", kv_watch),
        scenario!("object.put_get", object_put_get),
        scenario!("object.info_list", object_info_list),
        scenario!("object.watch_link", object_watch_link),
        scenario!("service.basic", service_basic),
    ]
}

async fn bucket(t: &Stage, name: &str, history: i64, description: &str) -> Fallible<Store> {
    let (bucket, description) = (name.to_string(), description.to_string());
    Ok(t.js.create_key_value(kv::Config { bucket, history, description, ..Default::default() }).await?)
}

async fn kv_basic(t: &Stage) -> Fallible {
    let kv = bucket(t, "basic", 5, "a bucket").await?;
    t.see("put", kv.put("a.b", "one".into()).await?.into());
    t.see("get", kv_entry(kv.entry("a.b").await?));
    t.see("put again", kv.put("a.b", "two".into()).await?.into());
    t.see("get revision", kv_entry(kv.entry_for_revision("a.b", 1).await?));
    t.see("missing", kv_entry(kv.entry("none").await?));
    kv.delete("a.b").await?;
    // An entry shows the deletion, a value does not.
    t.see("deleted", kv.get("a.b").await?.map_or("not found".into(), |value| data_of(&value)));
    // A bucket's status is of the moment when it was opened.
    let status = t.js.get_key_value("basic").await?.status().await?;
    t.see(
        "status",
        json!({
            "bucket": status.bucket(),
            "values": status.values(),
            "history": status.history(),
            "ttl": status.max_age().as_nanos() as u64,
        }),
    );
    t.see("stream", t.api("STREAM.INFO.KV_basic", Value::Null).await?);
    Ok(())
}

fn data_of(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}

async fn kv_revisions(t: &Stage) -> Fallible {
    let kv = bucket(t, "revisions", 3, "").await?;
    t.see("create", kv.create("k", "one".into()).await?.into());
    t.see("create again", failure(kv.create("k", "other".into()).await));
    t.see("update", kv.update("k", "two".into(), 1).await?.into());
    t.see("update wrong", failure(kv.update("k", "three".into(), 1).await));
    kv.delete("k").await?;
    t.see("create after delete", kv.create("k", "again".into()).await?.into());
    t.see("get", kv_entry(kv.entry("k").await?));
    Ok(())
}

async fn history(kv: &Store) -> Fallible<Value> {
    let entries: Vec<Entry> = kv.history("k").await?.try_collect().await?;
    Ok(entries.into_iter().map(|entry| kv_entry(Some(entry))).collect())
}

async fn kv_history(t: &Stage) -> Fallible {
    let kv = bucket(t, "history", 3, "").await?;
    for i in 1..=5 {
        kv.put("k", format!("v{i}").into()).await?;
    }
    kv.put("other", "x".into()).await?;
    kv.delete("k").await?;
    t.see("history", history(&kv).await?);
    kv.purge("k").await?;
    t.see("after purge", history(&kv).await?);
    Ok(())
}

async fn kv_keys(t: &Stage) -> Fallible {
    let kv = bucket(t, "keys", 1, "").await?;
    for key in ["b", "a.x", "a.y", "gone", "purged"] {
        kv.put(key, key.into()).await?;
    }
    kv.delete("gone").await?;
    kv.purge("purged").await?;
    let mut keys: Vec<String> = kv.keys().await?.try_collect().await?;
    keys.sort();
    t.see("keys", json!(keys));
    // The client lists all keys only.
    keys.retain(|key| key.starts_with("a."));
    t.see("filtered", json!(keys));
    Ok(())
}

async fn entries(watch: &mut kv::Watch, count: usize) -> Fallible<Value> {
    let entries: Result<Vec<Entry>, _> = take(watch, count).await?.into_iter().collect();
    Ok(entries?.into_iter().map(|entry| kv_entry(Some(entry))).collect())
}

async fn kv_watch(t: &Stage) -> Fallible {
    let kv = bucket(t, "watch", 5, "").await?;
    for (key, value) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        kv.put(key, value.into()).await?;
    }
    // Everything there is and everything that comes; `watch_all` begins with what comes.
    let mut all = kv.watch_many_with_history([">"]).await?;
    kv.put("c", "c1".into()).await?;
    kv.delete("a").await?;
    kv.purge("b").await?;
    t.see("all", entries(&mut all, 5).await?);
    let mut one = kv.watch_with_history("c").await?;
    kv.put("c", "c2".into()).await?;
    t.see("one key with history", entries(&mut one, 2).await?);
    Ok(())
}

async fn objects(t: &Stage, name: &str, description: Option<&str>) -> Fallible<ObjectStore> {
    let (bucket, description) = (name.to_string(), description.map(str::to_string));
    Ok(t.js.create_object_store(object_store::Config { bucket, description, ..Default::default() }).await?)
}

async fn put(store: &ObjectStore, name: &str, description: Option<&str>, bytes: &[u8]) -> Fallible<ObjectInfo> {
    let (name, description) = (name.to_string(), description.map(str::to_string));
    let meta = ObjectMetadata { name, description, ..Default::default() };
    Ok(store.put(meta, &mut &*bytes).await?)
}

async fn read(store: &ObjectStore, name: &str) -> Fallible<Vec<u8>> {
    let mut bytes = Vec::new();
    store.get(name).await?.read_to_end(&mut bytes).await?;
    Ok(bytes)
}

async fn object_put_get(t: &Stage) -> Fallible {
    let store = objects(t, "files", Some("objects")).await?;
    let info = put(&store, "big", Some("three chunks"), &pattern(300_000)).await?;
    t.see("put", json!({"name": info.name, "size": info.size, "chunks": info.chunks, "digest": info.digest}));
    let got = read(&store, "big").await?;
    t.see("get", json!({"bytes": got.len(), "sha256": sha256(&got)}));
    let empty = put(&store, "empty", None, &[]).await?;
    t.see("empty", json!({"size": empty.size, "chunks": empty.chunks, "digest": empty.digest}));
    t.see("missing", outcome(read(&store, "none").await));
    let again = put(&store, "big", None, &pattern(1000)).await?;
    t.see("overwritten", json!({"size": again.size, "chunks": again.chunks}));
    t.see("state", t.info("OBJ_files").await?.state.messages.into());
    Ok(())
}

async fn names(store: &ObjectStore) -> Fallible<Value> {
    let list: Vec<ObjectInfo> = store.list().await?.try_collect().await?;
    let mut names: Vec<String> = list.into_iter().map(|info| info.name).collect();
    names.sort();
    Ok(names.into())
}

async fn object_info_list(t: &Stage) -> Fallible {
    let store = objects(t, "lists", None).await?;
    put(&store, "b", Some("second"), &pattern(10)).await?;
    put(&store, "a", None, &pattern(20)).await?;
    let info = store.info("b").await?;
    let value = json!({"name": info.name, "description": info.description, "size": info.size, "digest": info.digest});
    t.see("info", value);
    t.see("list", names(&store).await?);
    store.delete("a").await?;
    t.see("after delete", names(&store).await?);
    // The client has no status of an object store; it is what its stream says.
    let config = t.info("OBJ_lists").await?.config;
    t.see("status", json!({"bucket": &config.name[4..], "storage": config.storage, "sealed": config.sealed}));
    t.see("stream", t.api("STREAM.INFO.OBJ_lists", Value::Null).await?["config"].take());
    Ok(())
}

async fn watched(watch: &mut object_store::Watch, count: usize) -> Fallible<Value> {
    let infos: Result<Vec<ObjectInfo>, _> = take(watch, count).await?.into_iter().collect();
    Ok(infos?.iter().map(|info| json!({"name": info.name, "deleted": info.deleted})).collect())
}

async fn object_watch_link(t: &Stage) -> Fallible {
    let store = objects(t, "links", None).await?;
    let target = put(&store, "target", None, &pattern(50)).await?;
    let link = store.add_link("alias", &target).await?;
    let to = link.options.and_then(|options| options.link).ok_or("no link")?;
    t.see("link", json!({"bucket": to.bucket, "name": to.name}));
    t.see("through the link", read(&store, "alias").await?.len().into());
    t.see("watch", watched(&mut store.watch_with_history().await?, 2).await?);
    let mut live = store.watch_with_history().await?;
    store.delete("alias").await?;
    t.see("watch a delete", watched(&mut live, 3).await?);
    Ok(())
}

/// Some fields of a JSON object.
fn fields(value: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| (name.to_string(), value[name].clone())).collect()
}

fn fields_of_endpoints(value: &Value, names: &[&str]) -> Value {
    value["endpoints"].as_array().into_iter().flatten().map(|one| fields(one, names)).collect()
}

async fn ask(t: &Stage, subject: &str) -> Fallible<Value> {
    Ok(serde_json::from_slice(&t.request(subject, "").await?.payload)?)
}

fn sum(request: &service::Request) -> Result<bytes::Bytes, service::error::Error> {
    match serde_json::from_slice::<Vec<i64>>(&request.message.payload) {
        Ok(numbers) => Ok(numbers.iter().sum::<i64>().to_string().into()),
        Err(_) => Err(service::error::Error { status: "not a list".to_string(), code: 400 }),
    }
}

async fn service_basic(t: &Stage) -> Fallible {
    let metadata = |key: &str, value: &str| HashMap::from([(key.to_string(), value.to_string())]);
    let service =
        t.nc.service_builder().description("adds").metadata(metadata("a", "b")).start("adder", "1.2.3").await?;
    let endpoint = service.group("math").endpoint_builder().name("add").metadata(metadata("kind", "sum"));
    let mut requests = endpoint.add("add").await?;
    t.beside(async move {
        while let Some(request) = requests.next().await {
            request.respond(sum(&request)).await.ok();
        }
    });
    t.flush().await;
    t.see("answer", data(&t.request("math.add", "[1,2,3]").await?).into());
    t.see("error", headers_of(&t.request("math.add", "{}").await?));
    let ping = ask(t, "$SRV.PING.adder").await?;
    t.see("ping", fields(&ping, &["type", "name", "version"]));
    let info = ask(t, "$SRV.INFO.adder").await?;
    let endpoints = fields_of_endpoints(&info, &["name", "subject", "queue_group"]);
    t.see("info", json!({"description": info["description"], "endpoints": endpoints}));
    let stats = ask(t, &format!("$SRV.STATS.adder.{}", ping["id"].as_str().unwrap_or_default())).await?;
    t.see("stats", fields_of_endpoints(&stats, &["name", "num_requests", "num_errors"]));
    service.stop().await?;
    t.flush().await;
    t.see("stopped", failure(t.request("math.add", "[1]").await));
    Ok(())
}
