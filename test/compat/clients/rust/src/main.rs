// The shared scenarios (test/compat/scenarios.json) with the official Rust client (async-nats). This file reads the
// arguments and runs the scenarios one after the other, which print one observation per line; the harness
// (clients_test.ts) compares, this program judges nothing.
mod consumer_scenarios;
mod core_scenarios;
mod observing;
mod stage;
mod stream_scenarios;
mod view_scenarios;

use stage::{Scenario, Stage};
use std::collections::HashMap;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = read_arguments();
    let mut all: Vec<(&str, Scenario)> = Vec::new();
    all.extend(core_scenarios::all());
    all.extend(stream_scenarios::all());
    all.extend(consumer_scenarios::all());
    all.extend(view_scenarios::all());
    all.extend(stream_scenarios::restart());
    let wanted = options.get("scenario").map_or("all", String::as_str);
    let names: Vec<&str> = wanted.split(',').collect();
    for (id, scenario) in all {
        if wanted == "all" || names.contains(&id) {
            run(id, scenario, &options).await;
        }
    }
    // A thread that reads the harness's answers would hold up an orderly end.
    std::process::exit(0);
}

const SCENARIO_DEADLINE: Duration = Duration::from_secs(20);

async fn run(id: &str, scenario: Scenario, options: &HashMap<String, String>) {
    let work = async {
        let stage = Stage::open(id, options).await?;
        let ended = scenario(&stage).await;
        stage.close();
        ended
    };
    let failure = match tokio::time::timeout(SCENARIO_DEADLINE, work).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("the scenario did not end in time".to_string()),
    };
    if let Some(failure) = failure {
        stage::see(id, "FAILED", failure.as_str().into());
        eprintln!("{id}: {failure}");
    }
    stage::ask("clean", "main").await;
}

/// Reads `--name value` pairs.
fn read_arguments() -> HashMap<String, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    words.chunks_exact(2).map(|pair| (pair[0].trim_start_matches('-').to_string(), pair[1].clone())).collect()
}
