// Scenarios of consumers: configuration, pull and push, acknowledgements, what is delivered and when.
package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func consumerScenarios() []scenario {
	return []scenario{
		{"consumer.create", consumerCreate},
		{"consumer.errors", consumerErrors},
		{"consumer.list", consumerList},
		{"consumer.update", consumerUpdate},
		{"consumer.ack_explicit", consumerAckExplicit},
		{"consumer.ack_all", consumerAckAll},
		{"consumer.ack_none", consumerAckNone},
		{"consumer.fetch", consumerFetch},
		{"consumer.fetch_bytes", consumerFetchBytes},
		{"consumer.pull_statuses", consumerPullStatuses},
		{"consumer.consume", consumerConsume},
		{"consumer.ordered", consumerOrdered},
		{"consumer.push", consumerPush},
		{"consumer.push_client", consumerPushClient},
		{"consumer.push_queue", consumerPushQueue},
		{"consumer.push_heartbeat", consumerPushHeartbeat},
		{"consumer.flow_control", consumerFlowControl},
		{"consumer.nak", consumerNak},
		{"consumer.term", consumerTerm},
		{"consumer.in_progress", consumerInProgress},
		{"consumer.ack_wait", consumerAckWait},
		{"consumer.backoff", consumerBackoff},
		{"consumer.deliver_policies", consumerDeliverPolicies},
		{"consumer.filters", consumerFilters},
		{"consumer.headers_only", consumerHeadersOnly},
		{"consumer.ephemeral", consumerEphemeral},
		{"consumer.max_ack_pending", consumerMaxAckPending},
		{"consumer.replay_original", consumerReplayOriginal},
	}
}

const (
	file   = jetstream.FileStorage
	memory = jetstream.MemoryStorage
)

func durable(name string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy}
}

func messageData(msg jetstream.Msg) string { return string(msg.Data()) }

func consumerCreate(t *stage) {
	t.fill("CREATE", 4, file)
	full := must(t.add("CREATE", jetstream.ConsumerConfig{
		Durable:            "full",
		Description:        "a consumer",
		AckPolicy:          jetstream.AckExplicitPolicy,
		AckWait:            5 * time.Second,
		DeliverPolicy:      jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:        2,
		FilterSubject:      "create.0",
		MaxAckPending:      50,
		MaxDeliver:         4,
		MaxWaiting:         10,
		MaxRequestBatch:    20,
		MaxRequestExpires:  30 * time.Second,
		MaxRequestMaxBytes: 10_000,
		InactiveThreshold:  600 * time.Second,
		SampleFrequency:    "50%",
		Metadata:           map[string]string{"owner": "tests"},
	}))
	t.see("full", full)
	t.see("progress", progress(full))
	t.see("defaults", must(t.add("CREATE", durable("plain"))))
	backoff := durable("backoff")
	backoff.MaxDeliver, backoff.BackOff = 4, []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}
	t.see("backoff", must(t.add("CREATE", backoff)))
	t.see("push", must(t.add("CREATE", jetstream.ConsumerConfig{Durable: "push", AckPolicy: jetstream.AckNonePolicy,
		DeliverSubject: "create-deliver", FlowControl: true, IdleHeartbeat: time.Second})))
	queue := durable("push-queue")
	queue.DeliverSubject, queue.DeliverGroup, queue.RateLimit = "create-queue", "workers", 1_000_000
	t.see("push queue", must(t.add("CREATE", queue)))
}

func consumerErrors(t *stage) {
	stream := t.fill("CERRORS", 1, file)
	must(t.add("CERRORS", durable("here")))
	_, err := t.add("MISSING", durable("x"))
	t.see("stream missing", failure(err))
	_, err = t.js.Consumer(brief(), "CERRORS", "missing")
	t.see("info of missing", failure(err))
	t.see("delete of missing", failure(stream.DeleteConsumer(brief(), "missing")))
	refused := func(step string, name string, change func(config *jetstream.ConsumerConfig)) {
		config := durable(name)
		change(&config)
		_, err := t.add("CERRORS", config)
		t.see(step, failure(err))
	}
	type config = *jetstream.ConsumerConfig
	refused("filter outside", "c1", func(c config) { c.FilterSubject = "elsewhere" })
	refused("overlapping filters", "c2", func(c config) { c.FilterSubjects = []string{"cerrors.>", "cerrors.a"} })
	refused("both filters", "c3", func(c config) { c.FilterSubject, c.FilterSubjects = "cerrors.a", []string{"cerrors.b"} })
	refused("backoff over max deliver", "c4", func(c config) {
		c.MaxDeliver, c.BackOff = 1, []time.Duration{time.Second, 2 * time.Second}
	})
	refused("start without policy", "c5", func(c config) { c.OptStartSeq = 3 })
	refused("wildcard deliver subject", "c6", func(c config) { c.DeliverSubject = "x.*" })
	refused("small heartbeat", "c7", func(c config) { c.DeliverSubject, c.IdleHeartbeat = "x", 1000 })
	refused("flow control without heartbeat", "c8", func(c config) { c.DeliverSubject, c.FlowControl = "x", true })
	refused("cycle", "c9", func(c config) { c.DeliverSubject = "cerrors.x" })
	refused("pull with heartbeat", "c10", func(c config) { c.IdleHeartbeat = time.Second })
	refused("last per subject without filter", "c11", func(c config) { c.DeliverPolicy = jetstream.DeliverLastPerSubjectPolicy })
	refused("too many replicas", "c12", func(c config) { c.Replicas = 3 })
	refused("exists with other config", "here", func(c config) { c.DeliverPolicy = jetstream.DeliverNewPolicy })
}

func (t *stage) consumerNames(stream string) []string {
	list := []string{}
	lister := must(t.js.Stream(brief(), stream)).ListConsumers(brief())
	for info := range lister.Info() {
		list = append(list, info.Name)
	}
	check(lister.Err())
	return list
}

func consumerList(t *stage) {
	stream := t.fill("CLIST", 1, file)
	for _, name := range []string{"zebra", "ant", "mole"} {
		must(t.add("CLIST", durable(name)))
	}
	t.see("list", t.consumerNames("CLIST"))
	t.see("consumer count", t.streamInfo("CLIST").State.Consumers)
	t.see("delete", stream.DeleteConsumer(brief(), "mole") == nil)
	t.see("list after", t.consumerNames("CLIST"))
	t.see("info", progress(t.consumerInfo("CLIST", "ant")))
}

func consumerUpdate(t *stage) {
	t.fill("CUPDATE", 6, file)
	config := must(t.add("CUPDATE", durable("c"))).Config
	config.Description, config.AckWait, config.MaxAckPending, config.MaxDeliver = "changed", 7*time.Second, 9, 3
	config.FilterSubject, config.HeadersOnly = "cupdate.0", true
	info := must(t.js.UpdateConsumer(brief(), "CUPDATE", config)).CachedInfo()
	t.see("updated", info)
	t.see("pending follows filter", info.NumPending)
	refused := func(step string, change func(config *jetstream.ConsumerConfig)) {
		other := info.Config
		change(&other)
		var err error
		if other.DeliverSubject == "" {
			_, err = t.js.UpdateConsumer(brief(), "CUPDATE", other)
		} else {
			_, err = t.js.UpdatePushConsumer(brief(), "CUPDATE", other)
		}
		t.see(step, failure(err))
	}
	type change = *jetstream.ConsumerConfig
	refused("deliver policy", func(c change) { c.DeliverPolicy = jetstream.DeliverNewPolicy })
	refused("ack policy", func(c change) { c.AckPolicy = jetstream.AckNonePolicy })
	refused("to push", func(c change) { c.DeliverSubject = "x" })
	refused("max waiting", func(c change) { c.MaxWaiting = 7 })
	t.see("still the same", t.consumerInfo("CUPDATE", "c"))
}

func consumerAckExplicit(t *stage) {
	t.fill("EXPLICIT", 10, file)
	config := durable("c")
	config.AckWait = 30 * time.Second
	c := t.consumer("EXPLICIT", config)
	list := fetch(c, 5, 2*time.Second)
	t.see("messages", each(list, delivery))
	acknowledge(list[0], list[1], list[3])
	t.see("after 1, 2 and 4", progress(t.consumerInfo("EXPLICIT", "c")))
	acknowledge(list[2], list[4])
	t.see("after all five", progress(t.consumerInfo("EXPLICIT", "c")))
	t.see("the rest", each(fetch(c, 5, 2*time.Second), delivery))
}

func consumerAckAll(t *stage) {
	t.fill("ALL", 10, file)
	c := t.consumer("ALL", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckAllPolicy})
	acknowledge(fetch(c, 7, 2*time.Second)[4])
	t.see("after the fifth", progress(t.consumerInfo("ALL", "c")))
}

func consumerAckNone(t *stage) {
	t.fill("NONE", 6, file)
	c := t.consumer("NONE", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckNonePolicy})
	t.see("messages", each(fetch(c, 4, 2*time.Second), delivery))
	t.see("progress", progress(t.consumerInfo("NONE", "c")))
}

func consumerFetch(t *stage) {
	t.fill("FETCH", 12, file)
	c := t.consumer("FETCH", durable("c"))
	t.see("batch", each(fetch(c, 4, 2*time.Second), messageData))
	t.see("next", messageData(next(c, time.Second)))
	t.see("more than there is", each(fetch(c, 50, time.Second), messageData))
	started := time.Now()
	t.see("nothing left", next(c, time.Second))
	t.see("waited", time.Since(started) > 900*time.Millisecond)
}

func consumerFetchBytes(t *stage) {
	t.create(jetstream.StreamConfig{Name: "FBYTES", Subjects: []string{"fbytes"}})
	for i := 0; i < 6; i++ {
		t.put("fbytes", strings.Repeat("x", 200))
	}
	must(t.add("FBYTES", durable("c")))
	t.see("some fit", lengths(t.pull("FBYTES", "c", `{"batch":10,"max_bytes":700,"expires":1000000000}`)))
	t.see("progress", progress(t.consumerInfo("FBYTES", "c")))
	t.see("the rest", lengths(t.pull("FBYTES", "c", `{"batch":10,"max_bytes":100000,"expires":200000000}`)))
}

// lengths puts the length in the place of each payload.
func lengths(list []any) []any {
	return each(list, func(item any) any {
		if text, isText := item.(string); isText {
			return len(text)
		}
		return item
	})
}

func consumerPullStatuses(t *stage) {
	stream := t.fill("STATUS", 3, file)
	config := durable("c")
	config.MaxRequestBatch, config.MaxRequestMaxBytes, config.MaxRequestExpires, config.MaxWaiting = 20, 5000, 2*time.Second, 2
	must(t.add("STATUS", config))
	must(t.add("STATUS", jetstream.ConsumerConfig{Durable: "p", AckPolicy: jetstream.AckNonePolicy, DeliverSubject: "status-deliver"}))
	ask := func(step string, consumer string, request string) { t.see(step, t.pull("STATUS", consumer, request)) }
	ask("no wait, partly", "c", `{"batch":5,"no_wait":true}`)
	ask("no wait, nothing", "c", `{"batch":5,"no_wait":true}`)
	ask("expires", "c", `{"batch":2,"expires":150000000}`)
	ask("heartbeats", "c", `{"batch":2,"expires":500000000,"idle_heartbeat":200000000}`)
	ask("heartbeat too large", "c", `{"batch":2,"expires":500000000,"idle_heartbeat":400000000}`)
	ask("batch too large", "c", `{"batch":21,"no_wait":true}`)
	ask("expires too long", "c", `{"batch":1,"expires":3000000000}`)
	ask("too many bytes", "c", `{"batch":1,"max_bytes":6000,"no_wait":true}`)
	ask("bad json", "c", `{"batch":`)
	ask("push consumer", "p", `{"batch":1}`)
	ask("missing consumer", "missing", `{"batch":1}`)
	ask("number", "missing", "3")
	t.put("status.0", strings.Repeat("y", 500))
	ask("message over max_bytes", "c", `{"batch":1,"max_bytes":100,"expires":500000000}`)
	t.see("then delivered", lengths(t.pull("STATUS", "c", `{"batch":1,"max_bytes":600,"expires":1000000000}`)))
	gone := make(chan []any)
	go func() { gone <- t.pull("STATUS", "c", `{"batch":1,"expires":2000000000}`) }()
	settle(func() int { return t.consumerInfo("STATUS", "c").NumWaiting }, func(count int) bool { return count == 1 }, time.Second)
	check(stream.DeleteConsumer(brief(), "c"))
	t.see("consumer deleted", <-gone)
}

// settled is the progress once nothing is pending any more.
func (t *stage) settled(stream string, name string) object {
	ask := func() *jetstream.ConsumerInfo { return t.consumerInfo(stream, name) }
	isDone := func(info *jetstream.ConsumerInfo) bool { return info.NumAckPending == 0 }
	return progress(settle(ask, isDone, 4*time.Second))
}

func inOrder(list []uint64) bool {
	for i, seq := range list {
		if seq != uint64(i+1) {
			return false
		}
	}
	return true
}

func consumerConsume(t *stage) {
	t.fill("CONSUME", 300, memory)
	c := t.consumer("CONSUME", durable("c"))
	var seen []uint64
	done := make(chan struct{})
	consuming := must(c.Consume(func(msg jetstream.Msg) {
		seen = append(seen, streamSeq(msg))
		check(msg.Ack())
		if len(seen) == 300 {
			close(done)
		}
	}, jetstream.PullMaxMessages(50)))
	<-done
	consuming.Stop()
	t.see("count", len(seen))
	t.see("in order", inOrder(seen))
	t.see("progress", t.settled("CONSUME", "c"))
}

func consumerOrdered(t *stage) {
	t.fill("ORDERED", 200, memory)
	c := must(t.js.OrderedConsumer(brief(), "ORDERED", jetstream.OrderedConsumerConfig{}))
	messages := must(c.Messages(jetstream.PullMaxMessages(40)))
	var seen []uint64
	for len(seen) < 200 {
		seen = append(seen, streamSeq(must(messages.Next())))
	}
	messages.Stop()
	t.see("in order", inOrder(seen))
	from := must(t.js.OrderedConsumer(brief(), "ORDERED", jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 150, FilterSubjects: []string{"ordered.1"}}))
	t.see("from a sequence, filtered", each(fetch(from, 5, 2*time.Second), streamSeq))
}

func (t *stage) pushInfo(stream string, name string) *jetstream.ConsumerInfo {
	return must(must(t.js.PushConsumer(brief(), stream, name)).Info(brief()))
}

// pushSettled is the progress of a push consumer once isDone holds.
func (t *stage) pushSettled(stream string, name string, isDone func(info *jetstream.ConsumerInfo) bool) object {
	return progress(settle(func() *jetstream.ConsumerInfo { return t.pushInfo(stream, name) }, isDone, 4*time.Second))
}

func consumerPush(t *stage) {
	t.fill("PUSH", 5, file)
	sub := must(t.nc.SubscribeSync("push-deliver"))
	config := durable("c")
	config.DeliverSubject = "push-deliver"
	must(t.add("PUSH", config))
	list := take(sub, 5)
	t.see("messages", each(list, dataOf))
	t.see("reply", strings.Join(strings.Split(list[0].Reply, ".")[:7], "."))
	for _, msg := range list {
		must(t.nc.Request(msg.Reply, []byte("+ACK"), 2*time.Second))
	}
	t.see("progress", progress(t.pushInfo("PUSH", "c")))
	t.put("push.0", "live")
	t.see("live", each(take(sub, 1), dataOf))
}

func consumerPushClient(t *stage) {
	t.fill("PCLIENT", 100, file)
	config := durable("c")
	config.DeliverSubject, config.IdleHeartbeat, config.FlowControl = "pclient-deliver", time.Second, true
	c := must(t.js.CreatePushConsumer(brief(), "PCLIENT", config))
	var seen []uint64
	done := make(chan struct{})
	consuming := must(c.Consume(func(msg jetstream.Msg) {
		seen = append(seen, streamSeq(msg))
		check(msg.Ack())
		if len(seen) == 100 {
			close(done)
		}
	}))
	<-done
	t.see("in order", inOrder(seen))
	t.see("progress", t.pushSettled("PCLIENT", "c", func(info *jetstream.ConsumerInfo) bool { return info.NumAckPending == 0 }))
	consuming.Stop()
}

func consumerPushQueue(t *stage) {
	t.fill("PQUEUE", 60, memory)
	var lock sync.Mutex
	counts := make([]int, 3)
	seen := map[string]bool{}
	for member := range counts {
		must(t.nc.QueueSubscribe("pqueue-deliver", "workers", func(msg *nats.Msg) {
			lock.Lock()
			defer lock.Unlock()
			counts[member]++
			seen[string(msg.Data)] = true
			check(msg.Respond([]byte("+ACK")))
		}))
	}
	check(t.nc.Flush())
	config := durable("c")
	config.DeliverSubject, config.DeliverGroup = "pqueue-deliver", "workers"
	must(t.add("PQUEUE", config))
	t.see("progress", t.pushSettled("PQUEUE", "c", func(info *jetstream.ConsumerInfo) bool { return info.AckFloor.Stream == 60 }))
	t.see("once each", object{"messages": len(seen), "deliveries": counts[0] + counts[1] + counts[2]})
	t.see("every member served", counts[0] > 0 && counts[1] > 0 && counts[2] > 0)
}

func consumerPushHeartbeat(t *stage) {
	t.fill("PBEAT", 2, file)
	sub := must(t.nc.SubscribeSync("pbeat-deliver"))
	must(t.add("PBEAT", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckNonePolicy, DeliverSubject: "pbeat-deliver",
		IdleHeartbeat: 150 * time.Millisecond, FlowControl: true}))
	t.see("messages, then heartbeats", each(take(sub, 4), func(msg *nats.Msg) object {
		code, text := status(msg)
		return object{"data": string(msg.Data), "code": code, "text": text, "headers": headerLists(msg.Header)}
	}))
}

func consumerFlowControl(t *stage) {
	t.create(jetstream.StreamConfig{Name: "FLOW", Subjects: []string{"flow"}, Storage: memory})
	for i := 0; i < 100; i++ {
		t.put("flow", string(make([]byte, 32_000)))
	}
	sub := must(t.nc.SubscribeSync("flow-deliver"))
	must(t.add("FLOW", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckNonePolicy, DeliverSubject: "flow-deliver",
		IdleHeartbeat: time.Second, FlowControl: true}))
	messages, requests, other := 0, 0, 0
	for messages < 100 {
		msg := take(sub, 1)[0]
		code, text := status(msg)
		switch {
		case code == 0:
			messages++
		case text == "FlowControl Request":
			requests++
			check(msg.Respond(nil))
		case !strings.HasPrefix(text, "Idle"):
			other++
		}
	}
	t.see("messages", messages)
	t.see("asked at least once", requests > 0)
	t.see("anything else", other)
}

func consumerNak(t *stage) {
	t.fill("NAK", 1, file)
	c := t.consumer("NAK", durable("c"))
	check(next(c, 2*time.Second).Nak())
	second := next(c, 2*time.Second)
	t.see("at once", delivery(second))
	started := time.Now()
	check(second.NakWithDelay(300 * time.Millisecond))
	third := next(c, 2*time.Second)
	value := delivery(third)
	value["waited"] = time.Since(started) > 250*time.Millisecond
	t.see("delayed", value)
	acknowledge(third)
	t.see("progress", progress(t.consumerInfo("NAK", "c")))
}

func advisory(sub *nats.Subscription) json.RawMessage { return take(sub, 1)[0].Data }

func consumerTerm(t *stage) {
	t.fill("TERM", 2, file)
	advisories := must(t.nc.SubscribeSync("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.TERM.c"))
	config := durable("c")
	config.AckWait = 300 * time.Millisecond
	c := t.consumer("TERM", config)
	list := fetch(c, 2, 2*time.Second)
	check(list[0].TermWithReason("bad data"))
	acknowledge(list[1])
	t.see("progress", t.settled("TERM", "c"))
	t.see("never again", next(c, time.Second))
	t.see("advisory", advisory(advisories))
}

func consumerInProgress(t *stage) {
	t.fill("WORKING", 1, file)
	config := durable("c")
	config.AckWait = 600 * time.Millisecond
	c := t.consumer("WORKING", config)
	msg := next(c, 2*time.Second)
	ticker := time.NewTicker(150 * time.Millisecond)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				check(msg.InProgress())
			case <-stop:
				return
			}
		}
	}()
	t.see("not redelivered while working", next(c, 1200*time.Millisecond))
	ticker.Stop()
	close(stop)
	again := next(c, 2*time.Second)
	t.see("redelivered after", delivery(again))
	acknowledge(again)
}

func consumerAckWait(t *stage) {
	t.fill("AWAIT", 1, file)
	advisories := must(t.nc.SubscribeSync("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.AWAIT.c"))
	config := durable("c")
	config.AckWait, config.MaxDeliver = 250*time.Millisecond, 3
	c := t.consumer("AWAIT", config)
	var counts []uint64
	for i := 0; i < 3; i++ {
		counts = append(counts, must(next(c, 2*time.Second).Metadata()).NumDelivered)
	}
	t.see("deliveries", counts)
	t.see("no fourth", next(c, time.Second))
	t.see("advisory", advisory(advisories))
	t.see("progress", progress(t.consumerInfo("AWAIT", "c")))
}

func consumerBackoff(t *stage) {
	t.fill("BACKOFF", 1, file)
	config := durable("c")
	config.MaxDeliver = 4
	config.BackOff = []time.Duration{150 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond}
	start := time.Now()
	c := t.consumer("BACKOFF", config)
	// Since the start: a busy machine may make a delivery late, never early.
	since := make([]int64, 4)
	for i := range since {
		must(next(c, 10*time.Second).Metadata())
		since[i] = time.Since(start).Milliseconds()
	}
	t.see("waits", []bool{since[1] > 130, since[2] > 420, since[3] > 1000 && since[3] < 10000})
}

func consumerDeliverPolicies(t *stage) {
	stream := t.fill("POLICY", 6, file)
	start := must(stream.GetMsg(brief(), 6)).Time.Add(time.Millisecond)
	time.Sleep(time.Until(start.Add(time.Millisecond)))
	for i := 7; i <= 9; i++ {
		t.put(fmt.Sprintf("policy.%d", i%3), fmt.Sprintf("m%d", i))
	}
	read := func(name string, config jetstream.ConsumerConfig) {
		config.Durable, config.AckPolicy = name, jetstream.AckNonePolicy
		c := t.consumer("POLICY", config)
		list := []jetstream.Msg{}
		if count := c.CachedInfo().NumPending; count > 0 {
			list = fetch(c, int(count), 2*time.Second)
		}
		t.see(name, each(list, streamSeq))
	}
	read("all", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	read("last", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPolicy})
	read("by_start_sequence", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 4})
	read("by_start_time", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &start})
	read("last_per_subject", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, FilterSubject: "policy.>"})
	read("last_filtered", jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverLastPolicy, FilterSubject: "policy.1"})
	fresh := t.consumer("POLICY", jetstream.ConsumerConfig{Durable: "new", AckPolicy: jetstream.AckNonePolicy, DeliverPolicy: jetstream.DeliverNewPolicy})
	t.put("policy.0", "m10")
	t.see("new", each(fetch(fresh, 1, 2*time.Second), streamSeq))
}

func consumerFilters(t *stage) {
	t.fill("FILTER", 9, file)
	read := func(name string, count int, change func(config *jetstream.ConsumerConfig)) {
		config := durable(name)
		change(&config)
		list := fetch(t.consumer("FILTER", config), count, 2*time.Second)
		t.see(name, object{"messages": each(list, delivery), "progress": progress(t.consumerInfo("FILTER", name))})
	}
	read("single", 3, func(c *jetstream.ConsumerConfig) { c.FilterSubject = "filter.1" })
	read("wildcard", 9, func(c *jetstream.ConsumerConfig) { c.FilterSubject = "filter.*" })
	read("several", 4, func(c *jetstream.ConsumerConfig) { c.FilterSubjects = []string{"filter.0", "filter.2"} })
}

func consumerHeadersOnly(t *stage) {
	t.create(jetstream.StreamConfig{Name: "HONLY", Subjects: []string{"honly"}})
	must(t.js.PublishMsg(brief(), &nats.Msg{Subject: "honly", Header: nats.Header{"Kept": {"yes"}}, Data: []byte("payload")}))
	t.put("honly", "no headers")
	c := t.consumer("HONLY", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckNonePolicy, HeadersOnly: true})
	t.see("messages", each(fetch(c, 2, 2*time.Second), func(msg jetstream.Msg) object {
		return object{"data": string(msg.Data()), "headers": headerLists(msg.Headers())}
	}))
}

func consumerEphemeral(t *stage) {
	t.fill("EPHEMERAL", 3, file)
	c := t.consumer("EPHEMERAL", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, InactiveThreshold: 500 * time.Millisecond})
	t.see("has a name", c.CachedInfo().Name != "")
	t.see("is not durable", c.CachedInfo().Config.Durable)
	list := fetch(c, 3, 2*time.Second)
	t.see("messages", each(list, streamSeq))
	acknowledge(list...)
	count := func() int { return len(t.consumerNames("EPHEMERAL")) }
	t.see("there", count())
	t.see("gone", settle(count, func(now int) bool { return now == 0 }, 6*time.Second))
}

func consumerMaxAckPending(t *stage) {
	t.fill("MAP", 6, file)
	config := durable("c")
	config.MaxAckPending = 2
	c := t.consumer("MAP", config)
	list := fetch(c, 5, time.Second)
	t.see("stops at two", each(list, streamSeq))
	acknowledge(list...)
	t.see("goes on", each(fetch(c, 2, 2*time.Second), streamSeq))
}

func consumerReplayOriginal(t *stage) {
	t.create(jetstream.StreamConfig{Name: "REPLAY", Subjects: []string{"replay"}})
	t.put("replay", "a")
	time.Sleep(400 * time.Millisecond)
	t.put("replay", "b")
	sub := must(t.nc.SubscribeSync("replay-deliver"))
	must(t.add("REPLAY", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckNonePolicy, DeliverSubject: "replay-deliver",
		ReplayPolicy: jetstream.ReplayOriginalPolicy}))
	take(sub, 1)
	started := time.Now()
	take(sub, 1)
	waited := time.Since(started).Milliseconds()
	t.see("keeps the gap", waited > 250 && waited < 2000)
}
