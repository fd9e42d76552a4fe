// The shared scenarios (test/compat/scenarios.json) with the official Java client (jnats). This file reads the
// arguments, runs the scenarios one after the other, and lets them print one observation per line; the harness
// (clients_test.ts) compares, this program judges nothing.
package compat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

public final class Runner {
    private static final int SCENARIO_DEADLINE_SECONDS = 20;

    interface Scenario {
        void run(Stage t) throws Exception;
    }

    public static void main(String[] words) {
        Map<String, String> options = readArguments(words);
        Map<String, Scenario> scenarios = new LinkedHashMap<>();
        scenarios.putAll(CoreScenarios.all());
        scenarios.putAll(StreamScenarios.all());
        scenarios.putAll(ConsumerScenarios.all());
        scenarios.putAll(ViewScenarios.all());
        scenarios.putAll(StreamScenarios.restart());
        String wanted = options.getOrDefault("scenario", "all");
        Iterable<String> ids = wanted.equals("all") ? scenarios.keySet() : List.of(wanted.split(","));
        BufferedReader harness = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String id : ids) {
            Scenario scenario = scenarios.get(id);
            if (scenario != null) run(id, scenario, new Stage(id, options, harness));
        }
        // The client's threads would keep the process.
        System.exit(0);
    }

    private static void run(String id, Scenario scenario, Stage stage) {
        FutureTask<Object> work = new FutureTask<>(() -> {
            stage.open();
            scenario.run(stage);
            return null;
        });
        Thread thread = new Thread(work, id);
        thread.start();
        try {
            work.get(SCENARIO_DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException error) {
            fail(id, stage, error.getCause());
        } catch (Exception error) {
            thread.interrupt();
            fail(id, stage, error);
        }
        stage.close();
        stage.ask("clean", "main");
    }

    private static void fail(String id, Stage stage, Throwable error) {
        stage.see("FAILED", error.toString());
        System.err.println(id + ": " + error);
        error.printStackTrace();
    }

    /** Reads `--name value` pairs. */
    private static Map<String, String> readArguments(String[] words) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < words.length; i += 2) options.put(words[i].replaceFirst("^--", ""), words[i + 1]);
        return options;
    }
}
