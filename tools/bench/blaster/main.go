// blaster: a raw-socket load generator for NATS servers. It sends pre-encoded buffers and counts what comes back,
// so that a server and not a client library is the limit. It prints one JSON object and its own CPU time, or the
// reason why the run does not count, and exit code 1. Started by tools/bench.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"
)

type settings struct {
	tls         bool
	address     string
	mode        string
	subject     string
	size        int
	messages    int64
	subscribers int
	window      int64
	leadBytes   int64
	deadline    time.Time
}

type result struct {
	// Delivered is messages received over all subscribers, messages accepted, or acks.
	Delivered          int64   `json:"delivered"`
	Seconds            float64 `json:"seconds"`
	DeliveredPerSecond float64 `json:"delivered_per_second"`
	PublishSeconds     float64 `json:"publish_seconds"`
	PublishPerSecond   float64 `json:"publish_per_second"`
	PublisherWaits     int64   `json:"publisher_waits"`
	AckP50Micros       float64 `json:"ack_p50_micros,omitempty"`
	AckP99Micros       float64 `json:"ack_p99_micros,omitempty"`
	AcksDisordered     int64   `json:"acks_disordered,omitempty"`
	CPUSeconds         float64 `json:"cpu_seconds"`
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func readSettings() *settings {
	load := &settings{}
	flag.StringVar(&load.address, "server", "127.0.0.1:4222", "address of the server")
	flag.BoolVar(&load.tls, "tls", false, "connect over TLS")
	flag.StringVar(&load.mode, "mode", "core", "core or js")
	flag.StringVar(&load.subject, "subject", "bench", "subject to publish on")
	flag.IntVar(&load.size, "size", 128, "payload bytes")
	flag.Int64Var(&load.messages, "msgs", 100_000, "messages to publish")
	flag.IntVar(&load.subscribers, "subs", 0, "subscribers, each on its own connection (core)")
	flag.Int64Var(&load.window, "window", 1000, "unacknowledged messages at most (js)")
	flag.Int64Var(&load.leadBytes, "lead", 32<<20, "bytes the publisher may be ahead of the slowest subscriber (core)")
	timeout := flag.Duration("timeout", time.Minute, "the run fails after this")
	flag.Parse()
	load.deadline = time.Now().Add(*timeout)
	return load
}

func main() {
	load := readSettings()
	run := runCore
	if load.mode == "js" {
		run = runJetStream
	}
	outcome, err := run(load)
	if err != nil {
		fmt.Fprintln(os.Stderr, "blaster:", err)
		os.Exit(1)
	}
	outcome.DeliveredPerSecond = float64(outcome.Delivered) / outcome.Seconds
	outcome.CPUSeconds = cpuSeconds()
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		os.Exit(1)
	}
}
