// Scenarios of the core protocol: subjects, queues, requests, headers, limits, authentication, reconnects.
use crate::observing::{
    code, data, failure, headers_of, outcome, pattern, plain, reply_of, sha256, status_text, take, waiting, Fallible,
};
use crate::scenario;
use crate::stage::{ask, flush, Scenario, Stage};
use async_nats::{ConnectOptions, Event, HeaderMap, Request};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{json, Map, Value};
use std::time::Duration;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};

pub fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        scenario!("core.publish", publish),
        scenario!("core.wildcards", wildcards),
        scenario!("core.queue", queue),
        scenario!("core.request", request),
        scenario!("core.no_responders", no_responders),
        scenario!("core.headers", headers),
        scenario!("core.auto_unsubscribe", auto_unsubscribe),
        scenario!("core.drain", drain),
        scenario!("core.no_echo", no_echo),
        scenario!("core.max_payload", max_payload),
        scenario!("core.over_max_payload", over_max_payload),
        scenario!("core.invalid_subject", invalid_subject),
        scenario!("core.burst", burst),
        scenario!("core.request_many", request_many),
        scenario!("core.info", info),
        scenario!("core.reconnect", reconnect),
        scenario!("auth.token", auth_token),
        scenario!("auth.user", auth_user),
    ]
}

async fn publish(t: &Stage) -> Fallible {
    let mut sub = t.nc.subscribe("core.publish").await?;
    t.nc.publish("core.publish", "one".into()).await?;
    t.nc.publish("core.publish", "two".into()).await?;
    t.nc.publish("core.publish", Bytes::new()).await?;
    t.nc.publish_with_reply("core.publish", "core.reply", "four".into()).await?;
    let list = take(&mut sub, 4).await?;
    let received = list.iter().map(|message| {
        let mut value = plain(message);
        value["reply"] = reply_of(message).into();
        value
    });
    t.see("received", received.collect());
    Ok(())
}

async fn wildcards(t: &Stage) -> Fallible {
    let mut subs = Vec::new();
    for pattern in ["wild.*", "wild.>", "wild.*.c", "*.b.c", "wild.b.*", "wild.*.*.d", "*.*.c.>"] {
        subs.push((pattern, t.nc.subscribe(pattern).await?));
    }
    for subject in ["wild.a", "wild.b", "wild.b.c", "wild.a.c", "wild.a.c.d", "other.b.c", "wild", "wild.B"] {
        t.nc.publish(subject, Bytes::new()).await?;
    }
    t.flush().await;
    let mut seen = Map::new();
    for (pattern, sub) in &mut subs {
        seen.insert(pattern.to_string(), waiting(sub).iter().map(|message| message.subject.as_str()).collect());
    }
    t.see("subjects", seen.into());
    Ok(())
}

async fn queue(t: &Stage) -> Fallible {
    let mut subs = Vec::new();
    for group in ["one", "one", "one", "two", "two"] {
        subs.push((group, t.nc.queue_subscribe("queue.*", group.to_string()).await?));
    }
    subs.push(("plain", t.nc.subscribe("queue.*").await?));
    for i in 0..300 {
        t.nc.publish(format!("queue.{}", i % 7), "x".into()).await?;
    }
    t.flush().await;
    let counts: Vec<(&str, usize)> = subs.iter_mut().map(|(group, sub)| (*group, waiting(sub).len())).collect();
    let total =
        |wanted: &str| -> usize { counts.iter().filter(|(group, _)| *group == wanted).map(|(_, count)| count).sum() };
    t.see("totals", json!({"one": total("one"), "two": total("two"), "plain": total("plain")}));
    t.see("every member served", counts.iter().all(|(_, count)| *count > 0).into());
    Ok(())
}

async fn request(t: &Stage) -> Fallible {
    let (nc, mut requests) = (t.nc.clone(), t.nc.subscribe("request.echo").await?);
    t.beside(async move {
        while let Some(message) = requests.next().await {
            let mut headers = HeaderMap::new();
            headers.insert("Answer", "yes");
            let answer = format!("pong:{}", data(&message)).into();
            nc.publish_with_headers(reply_of(&message), headers, answer).await.ok();
        }
    });
    let _silent = t.nc.subscribe("request.silent").await?;
    let reply = t.request("request.echo", "ping").await?;
    t.see("reply", json!({"data": data(&reply), "headers": headers_of(&reply)}));
    let short = Request::new().payload("ping".into()).timeout(Some(Duration::from_millis(200)));
    t.see("silence", failure(t.nc.send_request("request.silent", short).await));
    Ok(())
}

async fn no_responders(t: &Stage) -> Fallible {
    t.see("nobody", failure(t.request("request.nobody", "ping").await));
    let list = t.gather("request.nobody", "ping", |code| code != 0).await?;
    t.see("status", json!({"code": code(&list[0]), "text": status_text(&list[0]), "data": data(&list[0])}));
    Ok(())
}

async fn headers(t: &Stage) -> Fallible {
    let mut sub = t.nc.subscribe("core.headers").await?;
    let mut headers = HeaderMap::new();
    headers.append("Many", "first");
    headers.append("Many", "second, with comma");
    headers.append("lower-case", "a: b");
    t.nc.publish_with_headers("core.headers", headers, "body".into()).await?;
    let mut only = HeaderMap::new();
    only.append("Alone", "true");
    t.nc.publish_with_headers("core.headers", only, Bytes::new()).await?;
    let list = take(&mut sub, 2).await?;
    t.see("first", json!({"data": data(&list[0]), "headers": headers_of(&list[0])}));
    t.see("headers only", json!({"data": data(&list[1]), "headers": headers_of(&list[1])}));
    Ok(())
}

async fn auto_unsubscribe(t: &Stage) -> Fallible {
    let mut three = t.nc.subscribe("auto").await?;
    three.unsubscribe_after(3).await?;
    let mut plain = t.nc.subscribe("auto").await?;
    let mut late = t.nc.subscribe("auto").await?;
    for _ in 0..2 {
        t.nc.publish("auto", "x".into()).await?;
    }
    t.flush().await;
    late.unsubscribe_after(4).await?;
    for _ in 0..5 {
        t.nc.publish("auto", "x".into()).await?;
    }
    t.flush().await;
    let count = |sub| waiting(sub).len();
    t.see("counts", json!({"three": count(&mut three), "plain": count(&mut plain), "late": count(&mut late)}));
    Ok(())
}

/// Options of a connection whose events come out of a channel.
fn with_events(options: ConnectOptions) -> (ConnectOptions, UnboundedReceiver<Event>) {
    let (sender, events) = unbounded_channel();
    let options = options.event_callback(move |event| {
        let sender = sender.clone();
        async move {
            sender.send(event).ok();
        }
    });
    (options, events)
}

async fn wait_for(events: &mut UnboundedReceiver<Event>, wanted: Event) -> Fallible {
    let search = async {
        while let Some(event) = events.recv().await {
            if event == wanted {
                return true;
            }
        }
        false
    };
    match tokio::time::timeout(Duration::from_secs(10), search).await {
        Ok(true) => Ok(()),
        _ => Err(format!("no event '{wanted}'").into()),
    }
}

async fn drain(t: &Stage) -> Fallible {
    let (options, mut events) = with_events(ConnectOptions::new());
    let nc = t.connect(options).await?;
    let mut sub = nc.subscribe("drain.sub").await?;
    for _ in 0..50 {
        nc.publish("drain.sub", "x".into()).await?;
    }
    sub.drain().await?;
    nc.publish("drain.sub", "late".into()).await?;
    flush(&nc).await;
    t.see("subscription", json!({"handled": sub.count().await}));
    let all = nc.subscribe("drain.all").await?;
    flush(&nc).await;
    for _ in 0..50 {
        nc.publish("drain.all", "x".into()).await?;
    }
    nc.drain().await?;
    let handled = all.count().await;
    wait_for(&mut events, Event::Closed).await?;
    t.see("connection", json!({"handled": handled, "closed": true}));
    Ok(())
}

async fn no_echo(t: &Stage) -> Fallible {
    let deaf = t.connect(ConnectOptions::new().no_echo()).await?;
    let mut own = deaf.subscribe("echo.x").await?;
    let mut other = t.nc.subscribe("echo.x").await?;
    flush(&deaf).await;
    t.flush().await;
    deaf.publish("echo.x", "mine".into()).await?;
    flush(&deaf).await;
    t.nc.publish("echo.x", "yours".into()).await?;
    t.flush().await;
    flush(&deaf).await;
    t.see("no echo", waiting(&mut own).iter().map(data).collect());
    t.see("echo", waiting(&mut other).iter().map(data).collect());
    Ok(())
}

async fn max_payload(t: &Stage) -> Fallible {
    let limit = t.nc.max_payload();
    t.see("max_payload", limit.into());
    let mut sub = t.nc.subscribe("big").await?;
    let bytes = Bytes::from(pattern(limit));
    t.nc.publish("big", bytes.clone()).await?;
    let mut headers = HeaderMap::new();
    headers.insert("Size", "all");
    // The header block 'NATS/1.0\r\nSize: all\r\n\r\n' counts as payload.
    t.nc.publish_with_headers("big", headers, bytes.slice(0..limit - 23)).await?;
    let list = take(&mut sub, 2).await?;
    let received =
        list.iter().map(|message| json!({"bytes": message.payload.len(), "sha256": sha256(&message.payload)}));
    t.see("received", received.collect());
    Ok(())
}

async fn over_max_payload(t: &Stage) -> Fallible {
    t.see("over", failure(t.nc.publish("big", vec![0; t.nc.max_payload() + 1].into()).await));
    t.flush().await;
    t.see("still connected", (t.nc.connection_state() == async_nats::connection::State::Connected).into());
    Ok(())
}

async fn invalid_subject(t: &Stage) -> Fallible {
    let mut outcomes = Map::new();
    for subject in ["", "a b", "a..b", ".a", "a."] {
        let nc = t.connect(ConnectOptions::new().max_reconnects(1)).await?;
        let published = nc.publish(subject, "x".into()).await.map(|_| "ok");
        flush(&nc).await;
        outcomes.insert(format!("publish '{subject}'"), outcome(published));
        let nc = t.connect(ConnectOptions::new().max_reconnects(1)).await?;
        let subscribed = nc.subscribe(subject).await.map(|_| "ok");
        flush(&nc).await;
        outcomes.insert(format!("subscribe '{subject}'"), outcome(subscribed));
    }
    t.see("outcomes", outcomes.into());
    Ok(())
}

async fn burst(t: &Stage) -> Fallible {
    let receiver = t.connect(ConnectOptions::new()).await?;
    let mut sub = receiver.subscribe("burst.>").await?;
    flush(&receiver).await;
    for i in 0..5000 {
        t.nc.publish(format!("burst.{}", i % 10), i.to_string().into()).await?;
    }
    t.flush().await;
    let list = take(&mut sub, 5000).await?;
    t.see("count", list.len().into());
    t.see("in order", list.iter().map(data).eq((0..5000).map(|i| i.to_string())).into());
    Ok(())
}

async fn request_many(t: &Stage) -> Fallible {
    for name in ["a", "b", "c"] {
        let (nc, mut requests) = (t.nc.clone(), t.nc.subscribe("many").await?);
        t.beside(async move {
            while let Some(message) = requests.next().await {
                let reply = reply_of(&message);
                nc.publish(reply.clone(), format!("{name}1").into()).await.ok();
                nc.publish(reply, format!("{name}2").into()).await.ok();
            }
        });
    }
    let inbox = t.nc.new_inbox();
    let mut sub = t.nc.subscribe(inbox.clone()).await?;
    t.nc.publish_with_reply("many", inbox, Bytes::new()).await?;
    let mut replies: Vec<String> = take(&mut sub, 6).await?.iter().map(data).collect();
    replies.sort();
    t.see("replies", replies.into());
    Ok(())
}

async fn info(t: &Stage) -> Fallible {
    let info = t.nc.server_info();
    t.see(
        "info",
        json!({
            "version": info.version,
            "proto": info.proto,
            "headers": info.headers,
            "max_payload": info.max_payload,
            "jetstream": info.jetstream,
            "auth_required": info.auth_required,
            "tls_required": info.tls_required,
        }),
    );
    Ok(())
}

async fn reconnect(t: &Stage) -> Fallible {
    let (first, second) = (t.option("first"), t.option("second"));
    let options = ConnectOptions::new().retain_servers_order().reconnect_delay_callback(|_| Duration::from_millis(50));
    let (options, mut events) = with_events(options);
    let nc = t.identified(options).connect([first, second].as_slice()).await?;
    let is_with = |url: &str| -> Value { url.ends_with(&format!(":{}", nc.server_info().port)).into() };
    t.see("connected to the first", is_with(first));
    let mut sub = nc.subscribe("reconnect.>").await?;
    flush(&nc).await;
    ask("kill", "first").await;
    wait_for(&mut events, Event::Disconnected).await?;
    wait_for(&mut events, Event::Connected).await?;
    t.see("connected to the second", is_with(second));
    nc.publish("reconnect.after", "hello".into()).await?;
    t.see("subscription lives", take(&mut sub, 1).await?.iter().map(plain).collect());
    drop((sub, nc));
    ask("start", "first").await;
    Ok(())
}

/// Connects, flushes and says how it went.
async fn login(url: &str, options: ConnectOptions) -> Value {
    let connected = options.max_reconnects(1).connect(url).await;
    if let Ok(nc) = &connected {
        flush(nc).await;
    }
    outcome(connected.map(|_| "ok"))
}

async fn auth_token(t: &Stage) -> Fallible {
    let (url, token) = (t.option("token-url"), t.option("token").to_string());
    let user = ConnectOptions::new().user_and_password("someone".into(), "x".into());
    t.see("right token", login(url, ConnectOptions::new().token(token)).await);
    t.see("wrong token", login(url, ConnectOptions::new().token("wrong".into())).await);
    t.see("no token", login(url, ConnectOptions::new()).await);
    t.see("user instead", login(url, user).await);
    Ok(())
}

async fn auth_user(t: &Stage) -> Fallible {
    let url = t.option("user-url");
    let (user, password) = (t.option("user"), t.option("password"));
    let with = |user: &str, password: &str| ConnectOptions::new().user_and_password(user.into(), password.into());
    t.see("right password", login(url, with(user, password)).await);
    t.see("wrong password", login(url, with(user, "wrong")).await);
    t.see("unknown user", login(url, with("nobody", password)).await);
    t.see("no credentials", login(url, ConnectOptions::new()).await);
    Ok(())
}
