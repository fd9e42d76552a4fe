// What a scenario gets: a fresh connection, the harness to talk to, and the steps that many scenarios begin with.
use crate::observing::{code, header_lists, progress, settle, state, status_text, text, Fallible};
use async_nats::jetstream::consumer::{self, pull, Consumer, PullConsumer};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{self, StorageType, Stream};
use async_nats::jetstream::{self, response::Response};
use async_nats::{Client, ConnectOptions, Message, Request};
use futures_util::StreamExt;
use serde_json::{json, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::task::JoinHandle;

pub type Scenario = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Fallible> + 'a>>;

/// One entry of a list of scenarios: its id and an async function over the stage.
#[macro_export]
macro_rules! scenario {
    ($id:literal, $function:path) => {
        ($id, (|stage| Box::pin($function(stage))) as $crate::stage::Scenario)
    };
}

/// Prints an observation.
pub fn see(scenario: &str, step: &str, value: Value) {
    println!("{}", json!({"scenario": scenario, "step": step, "value": value}));
}

/// Lets the harness do something to a server, and waits until it is done.
pub async fn ask(action: &str, server: &str) {
    println!("{}", json!({"ask": action, "server": server}));
    let answer = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
    if !matches!(answer, Ok(Ok(_))) {
        eprintln!("the harness did not answer");
    }
}

/// Waits until the server has handled everything sent before, and its messages are here. This client's flush waits for
/// the socket alone, so a request that nobody answers goes after it.
pub async fn flush(connection: &Client) {
    let _ = connection.request("nobody.is.here", "".into()).await;
}

pub struct Stage {
    id: String,
    options: HashMap<String, String>,
    tasks: RefCell<Vec<JoinHandle<()>>>,
    pub nc: Client,
    pub js: jetstream::Context,
}

/// Who the harness says we are, and whom we trust; see ../README.md.
fn identified(mut options: ConnectOptions, given: &HashMap<String, String>) -> ConnectOptions {
    if let Some(ca) = given.get("ca") {
        options = options.require_tls(true).add_root_certificates(ca.into());
    }
    if let (Some(user), Some(password)) = (given.get("as-user"), given.get("as-password")) {
        options = options.user_and_password(user.clone(), password.clone());
    }
    if let Some(seed) = given.get("as-seed") {
        options = options.nkey(seed.clone());
    }
    options
}

impl Stage {
    pub async fn open(id: &str, options: &HashMap<String, String>) -> Fallible<Stage> {
        let nc = identified(ConnectOptions::new(), options).connect(&options["url"]).await?;
        let js = jetstream::new(nc.clone());
        Ok(Stage { id: id.to_string(), options: options.clone(), tasks: RefCell::default(), nc, js })
    }

    /// The same stage on another connection.
    pub fn on(&self, nc: Client) -> Stage {
        let js = jetstream::new(nc.clone());
        Stage { id: self.id.clone(), options: self.options.clone(), tasks: RefCell::default(), nc, js }
    }

    /// Ends what runs beside the scenario; the connection goes with the last clone of its client.
    pub fn close(self) {
        for task in self.tasks.take() {
            task.abort();
        }
    }

    pub fn option(&self, name: &str) -> &str {
        &self.options[name]
    }

    pub async fn connect(&self, options: ConnectOptions) -> Fallible<Client> {
        Ok(self.identified(options).connect(self.option("url")).await?)
    }

    pub fn identified(&self, options: ConnectOptions) -> ConnectOptions {
        identified(options, &self.options)
    }

    /// Runs beside the scenario until its end.
    pub fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.borrow_mut().push(tokio::spawn(work));
    }

    pub fn see(&self, step: &str, value: Value) {
        see(&self.id, step, value);
    }

    pub async fn flush(&self) {
        flush(&self.nc).await;
    }

    pub async fn request(&self, subject: &str, data: &str) -> Result<Message, async_nats::RequestError> {
        let request = Request::new().payload(data.to_string().into()).timeout(Some(Duration::from_secs(2)));
        self.nc.send_request(subject.to_string(), request).await
    }

    /// The whole reply to an API request by hand; null asks without a body.
    pub async fn api(&self, subject: &str, body: Value) -> Fallible<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.request(&format!("$JS.API.{subject}"), &body).await?;
        match serde_json::from_slice(&reply.payload)? {
            Response::Err { error } => Err(error.into()),
            Response::Ok(reply) => Ok(reply),
        }
    }

    pub async fn put(&self, subject: &str, data: &str) -> Result<PublishAck, jetstream::context::PublishError> {
        self.publish(subject, PublishMessage::build().payload(data.to_string().into())).await
    }

    pub async fn publish(
        &self,
        subject: &str,
        message: PublishMessage,
    ) -> Result<PublishAck, jetstream::context::PublishError> {
        self.js.send_publish(subject.to_string(), message).await?.await
    }

    /// A stream with messages m1, m2, ... on `name.0`, `name.1`, `name.2` in turn (name in lower case).
    pub async fn fill(&self, name: &str, count: usize, storage: StorageType) -> Fallible<Stream> {
        let subject = name.to_lowercase();
        let subjects = vec![format!("{subject}.>")];
        let config = stream::Config { name: name.to_string(), subjects, storage, ..Default::default() };
        let stream = self.js.create_stream(config).await?;
        for i in 1..=count {
            self.put(&format!("{subject}.{}", i % 3), &format!("m{i}")).await?;
        }
        Ok(stream)
    }

    pub async fn info(&self, stream: &str) -> Fallible<stream::Info> {
        Ok(self.js.get_stream(stream).await?.cached_info().clone())
    }

    pub async fn state(&self, stream: &str) -> Fallible<Value> {
        Ok(state(&self.info(stream).await?.state))
    }

    pub async fn consumer_info(&self, stream: &str, name: &str) -> Fallible<consumer::Info> {
        Ok(self.js.get_stream_no_info(stream).await?.consumer_info(name).await?)
    }

    pub async fn progress(&self, stream: &str, name: &str) -> Fallible<Value> {
        Ok(progress(&self.consumer_info(stream, name).await?))
    }

    /// The consumer's information once `is_done` holds.
    pub async fn settled(&self, stream: &str, name: &str, is_done: fn(&consumer::Info) -> bool) -> Fallible<Value> {
        let wait = Duration::from_secs(4);
        Ok(progress(&settle(|| self.consumer_info(stream, name), is_done, wait).await?))
    }

    /// Creates a consumer of any kind.
    pub async fn add(
        &self,
        stream: &str,
        config: consumer::Config,
    ) -> Result<Consumer<consumer::Config>, jetstream::stream::ConsumerCreateStrictError> {
        self.js.create_consumer_strict_on_stream(config, stream).await
    }

    /// A new pull consumer, ready to fetch from.
    pub async fn consumer(&self, stream: &str, config: pull::Config) -> Fallible<PullConsumer> {
        Ok(self.js.create_consumer_strict_on_stream(config, stream).await?)
    }

    /// Sends a request by hand and collects what comes up to a status for which `is_end` holds.
    pub async fn gather(&self, subject: &str, request: &str, is_end: fn(u16) -> bool) -> Fallible<Vec<Message>> {
        let inbox = self.nc.new_inbox();
        let mut sub = self.nc.subscribe(inbox.clone()).await?;
        self.nc.publish_with_reply(subject.to_string(), inbox, request.to_string().into()).await?;
        let mut list: Vec<Message> = Vec::new();
        while !list.last().is_some_and(|message| is_end(code(message))) {
            let next = tokio::time::timeout(Duration::from_secs(3), sub.next()).await;
            list.push(next.map_err(|_| format!("no closing status for {request}"))?.ok_or("the subscription ended")?);
        }
        Ok(list)
    }

    /// Sends a pull request by hand: payloads, then the closing status.
    pub async fn pull(&self, stream: &str, consumer: &str, request: &str) -> Fallible<Vec<Value>> {
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}");
        let list = self.gather(&subject, request, |code| code >= 400).await?;
        Ok(list.iter().map(pulled).collect())
    }
}

fn pulled(message: &Message) -> Value {
    match code(message) {
        0 => text(&message.payload).into(),
        status => json!({
            "code": status,
            "text": status_text(message),
            "headers": header_lists(&message.headers.clone().unwrap_or_default()),
        }),
    }
}
