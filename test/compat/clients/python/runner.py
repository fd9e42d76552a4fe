# The shared scenarios (test/compat/scenarios.json) with the official Python client (nats-py). This file reads the
# arguments, runs the scenarios one after the other, and prints one observation per line; the harness
# (clients_test.ts) compares, this file judges nothing. What this client cannot do is in runner.json.
import asyncio
import logging
import sys
import traceback

from observing import Stage
from scenarios_consumer import consumers
from scenarios_core import core
from scenarios_stream import restart, streams
from scenarios_view import views


def read_arguments(words):
    """Reads `--name value` pairs."""
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2])}


SCENARIO_DEADLINE = 20


async def run_scenario(name, scenario, options):
    stage = Stage(name, options)

    async def work():
        await stage.open()
        await scenario(stage)

    try:
        await asyncio.wait_for(work(), SCENARIO_DEADLINE)
    except Exception as error:
        stage.see("FAILED", f"{type(error).__name__}: {error}")
        print(f"{name}: {traceback.format_exc()}", file=sys.stderr)
    await stage.close()
    await stage.ask("clean", "main")


async def main():
    options = read_arguments(sys.argv[1:])
    scenarios = core | streams | consumers | views | restart
    wanted = options.get("scenario", "all")
    names = list(scenarios) if wanted == "all" else wanted.split(",")
    for name in names:
        if name in scenarios:
            await run_scenario(name, scenarios[name], options)


# The error output is for failures of this runner; the client warns there of servers older than 2.10.
logging.getLogger("nats").setLevel(logging.ERROR)
# Over TLS asyncio warns of what no client can do anything about.
logging.getLogger("asyncio").setLevel(logging.ERROR)
asyncio.run(main())
