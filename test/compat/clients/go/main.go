// The shared scenarios (test/compat/scenarios.json) with the official Go client. This file reads the arguments, runs the
// scenarios one after the other, and prints one observation per line; the harness (clients_test.ts) compares.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

type scenario struct {
	id  string
	run func(t *stage)
}

// stage is what a scenario gets: a fresh connection and the words it observes with.
type stage struct {
	id      string
	options map[string]string
	nc      *nats.Conn
	js      jetstream.JetStream
	opened  []*nats.Conn
	harness *bufio.Reader
}

func main() {
	options := readArguments(os.Args[1:])
	scenarios := append(append(append(append(coreScenarios(), streamScenarios()...), consumerScenarios()...), viewScenarios()...), restartScenarios()...)
	if options["api"] == "legacy" {
		scenarios = legacyScenarios()
	}
	wanted := strings.Split(options["scenario"], ",")
	harness := bufio.NewReader(os.Stdin)
	for _, one := range scenarios {
		if options["scenario"] != "all" && !contains(wanted, one.id) {
			continue
		}
		runScenario(one, &stage{id: one.id, options: options, harness: harness})
	}
}

const scenarioDeadline = 20 * time.Second

func runScenario(one scenario, t *stage) {
	ended := make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		t.nc = t.connect(t.options["url"])
		t.js = must(jetstream.New(t.nc))
		one.run(t)
	}()
	var failure any
	select {
	case failure = <-ended:
	case <-time.After(scenarioDeadline):
		failure = "the scenario did not end in time"
	}
	if failure != nil {
		t.see("FAILED", fmt.Sprint(failure))
		fmt.Fprintf(os.Stderr, "%s: %v\n", one.id, failure)
	}
	for _, nc := range t.opened {
		nc.Close()
	}
	t.ask("clean", "main")
}

// readArguments reads `--name value` pairs.
func readArguments(words []string) map[string]string {
	options := map[string]string{"scenario": "all"}
	for i := 0; i+1 < len(words); i += 2 {
		options[strings.TrimPrefix(words[i], "--")] = words[i+1]
	}
	return options
}

func (t *stage) print(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func (t *stage) see(step string, value any) {
	t.print(map[string]any{"scenario": t.id, "step": step, "value": value})
}

// ask lets the harness do something to a server, and waits until it is done.
func (t *stage) ask(action string, server string) {
	t.print(map[string]any{"ask": action, "server": server})
	if _, err := t.harness.ReadString('\n'); err != nil {
		fmt.Fprintf(os.Stderr, "%s: the harness did not answer: %v\n", t.id, err)
	}
}

// identity is who the harness says we are, and whom we trust; see ../README.md.
func (t *stage) identity() []nats.Option {
	var options []nats.Option
	if ca := t.options["ca"]; ca != "" {
		options = append(options, nats.RootCAs(ca))
	}
	if user := t.options["as-user"]; user != "" {
		options = append(options, nats.UserInfo(user, t.options["as-password"]))
	}
	if seed := t.options["as-seed"]; seed != "" {
		pair := must(nkeys.FromSeed([]byte(seed)))
		options = append(options, nats.Nkey(must(pair.PublicKey()), pair.Sign))
	}
	return options
}

func (t *stage) connect(url string, options ...nats.Option) *nats.Conn {
	nc := must(nats.Connect(url, append(t.identity(), options...)...))
	t.opened = append(t.opened, nc)
	return nc
}
