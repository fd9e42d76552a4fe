// Scenarios of the core protocol: subjects, queues, requests, headers, limits, authentication, reconnects.
package main

import (
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

func coreScenarios() []scenario {
	return []scenario{
		{"core.publish", corePublish},
		{"core.wildcards", coreWildcards},
		{"core.queue", coreQueue},
		{"core.request", coreRequest},
		{"core.no_responders", coreNoResponders},
		{"core.headers", coreHeaders},
		{"core.auto_unsubscribe", coreAutoUnsubscribe},
		{"core.drain", coreDrain},
		{"core.no_echo", coreNoEcho},
		{"core.max_payload", coreMaxPayload},
		{"core.over_max_payload", coreOverMaxPayload},
		{"core.invalid_subject", coreInvalidSubject},
		{"core.burst", coreBurst},
		{"core.request_many", coreRequestMany},
		{"core.rtt", coreRTT},
		{"core.info", coreInfo},
		{"core.reconnect", coreReconnect},
		{"auth.token", authToken},
		{"auth.user", authUser},
	}
}

func (t *stage) publish(subject string, data string) { check(t.nc.Publish(subject, []byte(data))) }

// pending is how many messages a synchronous subscription holds, after everything sent before has arrived.
func pending(sub *nats.Subscription) int {
	count, _, err := sub.Pending()
	check(err)
	return count
}

func corePublish(t *stage) {
	sub := must(t.nc.SubscribeSync("core.publish"))
	t.publish("core.publish", "one")
	t.publish("core.publish", "two")
	t.publish("core.publish", "")
	check(t.nc.PublishRequest("core.publish", "core.reply", []byte("four")))
	t.see("received", each(take(sub, 4), func(msg *nats.Msg) object {
		return object{"subject": msg.Subject, "data": string(msg.Data), "reply": msg.Reply}
	}))
}

func coreWildcards(t *stage) {
	patterns := []string{"wild.*", "wild.>", "wild.*.c", "*.b.c", "wild.b.*", "wild.*.*.d", "*.*.c.>"}
	subs := make([]*nats.Subscription, len(patterns))
	for i, one := range patterns {
		subs[i] = must(t.nc.SubscribeSync(one))
	}
	for _, subject := range []string{"wild.a", "wild.b", "wild.b.c", "wild.a.c", "wild.a.c.d", "other.b.c", "wild", "wild.B"} {
		t.publish(subject, "")
	}
	check(t.nc.Flush())
	seen := object{}
	for i, one := range patterns {
		seen[one] = each(take(subs[i], pending(subs[i])), func(msg *nats.Msg) string { return msg.Subject })
	}
	t.see("subjects", seen)
}

func coreQueue(t *stage) {
	groups := map[string]int{"one": 3, "two": 2, "plain": 1}
	subs := map[string][]*nats.Subscription{}
	for group, members := range groups {
		for i := 0; i < members; i++ {
			if group == "plain" {
				subs[group] = append(subs[group], must(t.nc.SubscribeSync("queue.*")))
			} else {
				subs[group] = append(subs[group], must(t.nc.QueueSubscribeSync("queue.*", group)))
			}
		}
	}
	for i := 0; i < 300; i++ {
		t.publish(fmt.Sprintf("queue.%d", i%7), "x")
	}
	check(t.nc.Flush())
	totals := object{}
	every := true
	for group, members := range subs {
		total := 0
		for _, sub := range members {
			total += pending(sub)
			every = every && pending(sub) > 0
		}
		totals[group] = total
	}
	t.see("totals", totals)
	t.see("every member served", every)
}

func coreRequest(t *stage) {
	must(t.nc.Subscribe("request.echo", func(msg *nats.Msg) {
		check(msg.RespondMsg(&nats.Msg{Data: []byte("pong:" + string(msg.Data)), Header: nats.Header{"Answer": {"yes"}}}))
	}))
	must(t.nc.SubscribeSync("request.silent"))
	reply := must(t.nc.Request("request.echo", []byte("ping"), 2*time.Second))
	t.see("reply", object{"data": string(reply.Data), "headers": headerLists(reply.Header)})
	_, err := t.nc.Request("request.silent", []byte("ping"), 200*time.Millisecond)
	t.see("silence", failure(err))
}

func coreNoResponders(t *stage) {
	_, err := t.nc.Request("request.nobody", []byte("ping"), 2*time.Second)
	t.see("nobody", failure(err))
	list := t.gather("request.nobody", "ping", func(code int) bool { return code != 0 })
	code, text := status(list[0])
	t.see("status", object{"code": code, "text": text, "data": string(list[0].Data)})
}

func coreHeaders(t *stage) {
	sub := must(t.nc.SubscribeSync("core.headers"))
	headers := nats.Header{"Many": {"first", "second, with comma"}, "lower-case": {"a: b"}}
	check(t.nc.PublishMsg(&nats.Msg{Subject: "core.headers", Header: headers, Data: []byte("body")}))
	check(t.nc.PublishMsg(&nats.Msg{Subject: "core.headers", Header: nats.Header{"Alone": {"true"}}}))
	list := take(sub, 2)
	t.see("first", object{"data": string(list[0].Data), "headers": headerLists(list[0].Header)})
	t.see("headers only", object{"data": string(list[1].Data), "headers": headerLists(list[1].Header)})
}

func coreAutoUnsubscribe(t *stage) {
	var three, all, late atomic.Int32
	count := func(counter *atomic.Int32) *nats.Subscription {
		return must(t.nc.Subscribe("auto", func(*nats.Msg) { counter.Add(1) }))
	}
	check(count(&three).AutoUnsubscribe(3))
	count(&all)
	last := count(&late)
	t.publish("auto", "x")
	t.publish("auto", "x")
	check(t.nc.Flush())
	check(last.AutoUnsubscribe(4))
	for i := 0; i < 5; i++ {
		t.publish("auto", "x")
	}
	check(t.nc.Flush())
	counts := func() object { return object{"three": three.Load(), "plain": all.Load(), "late": late.Load()} }
	done := func(object) bool { return three.Load() == 3 && all.Load() == 7 && late.Load() == 4 }
	t.see("counts", settle(counts, done, time.Second))
}

func coreDrain(t *stage) {
	closed := make(chan struct{})
	nc := t.connect(t.options["url"], nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	var handled, last atomic.Int32
	sub := must(nc.Subscribe("drain.sub", func(*nats.Msg) { handled.Add(1) }))
	for i := 0; i < 50; i++ {
		check(nc.Publish("drain.sub", []byte("x")))
	}
	check(sub.Drain())
	settle(sub.IsValid, func(valid bool) bool { return !valid }, 3*time.Second)
	check(nc.Publish("drain.sub", []byte("late")))
	check(nc.Flush())
	t.see("subscription", object{"handled": handled.Load()})
	must(nc.Subscribe("drain.all", func(*nats.Msg) { last.Add(1) }))
	check(nc.Flush())
	for i := 0; i < 50; i++ {
		check(nc.Publish("drain.all", []byte("x")))
	}
	check(nc.Drain())
	<-closed
	t.see("connection", object{"handled": last.Load(), "closed": nc.IsClosed()})
}

func coreNoEcho(t *stage) {
	deaf := t.connect(t.options["url"], nats.NoEcho())
	own := must(deaf.SubscribeSync("echo.x"))
	other := must(t.nc.SubscribeSync("echo.x"))
	check(deaf.Flush())
	check(t.nc.Flush())
	check(deaf.Publish("echo.x", []byte("mine")))
	check(deaf.Flush())
	t.publish("echo.x", "yours")
	check(t.nc.Flush())
	check(deaf.Flush())
	t.see("no echo", each(take(own, pending(own)), dataOf))
	t.see("echo", each(take(other, pending(other)), dataOf))
}

func coreMaxPayload(t *stage) {
	limit := int(t.nc.MaxPayload())
	t.see("max_payload", limit)
	sub := must(t.nc.SubscribeSync("big"))
	data := pattern(limit)
	check(t.nc.Publish("big", data))
	// The header block 'NATS/1.0\r\nSize: all\r\n\r\n' counts as payload.
	check(t.nc.PublishMsg(&nats.Msg{Subject: "big", Header: nats.Header{"Size": {"all"}}, Data: data[:limit-23]}))
	t.see("received", each(take(sub, 2), func(msg *nats.Msg) object {
		return object{"bytes": len(msg.Data), "sha256": fingerprint(msg.Data)}
	}))
}

func coreOverMaxPayload(t *stage) {
	t.see("over", failure(t.nc.Publish("big", make([]byte, t.nc.MaxPayload()+1))))
	check(t.nc.Flush())
	t.see("still connected", t.nc.IsConnected())
}

func coreInvalidSubject(t *stage) {
	outcomes := object{}
	for _, subject := range []string{"", "a b", "a..b", ".a", "a."} {
		var asynchronous atomic.Value
		onError := nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { asynchronous.Store(err.Error()) })
		try := func(name string, work func(nc *nats.Conn) error) {
			asynchronous.Store("")
			nc := must(nats.Connect(t.options["url"], append(t.identity(), nats.NoReconnect(), onError)...))
			defer nc.Close()
			err := work(nc)
			if err == nil {
				err = nc.FlushTimeout(time.Second)
			}
			outcomes[name+" '"+subject+"'"] = strings.TrimSpace(fmt.Sprint(failure(err)) + " " + asynchronous.Load().(string))
		}
		try("publish", func(nc *nats.Conn) error { return nc.Publish(subject, []byte("x")) })
		try("subscribe", func(nc *nats.Conn) error {
			_, err := nc.SubscribeSync(subject)
			return err
		})
	}
	t.see("outcomes", outcomes)
}

func coreBurst(t *stage) {
	receiver := t.connect(t.options["url"])
	sub := must(receiver.SubscribeSync("burst.>"))
	check(receiver.Flush())
	for i := 0; i < 5000; i++ {
		t.publish(fmt.Sprintf("burst.%d", i%10), fmt.Sprint(i))
	}
	check(t.nc.Flush())
	list := take(sub, 5000)
	inOrder := true
	for i, msg := range list {
		inOrder = inOrder && string(msg.Data) == fmt.Sprint(i)
	}
	t.see("count", len(list))
	t.see("in order", inOrder)
}

func coreRequestMany(t *stage) {
	for _, name := range []string{"a", "b", "c"} {
		must(t.nc.Subscribe("many", func(msg *nats.Msg) {
			check(msg.Respond([]byte(name + "1")))
			check(msg.Respond([]byte(name + "2")))
		}))
	}
	inbox := nats.NewInbox()
	sub := must(t.nc.SubscribeSync(inbox))
	check(t.nc.PublishRequest("many", inbox, nil))
	replies := each(take(sub, 6), dataOf)
	sort.Strings(replies)
	t.see("replies", replies)
}

func coreRTT(t *stage) {
	check(t.nc.Flush())
	rtt := must(t.nc.RTT())
	t.see("answered", rtt > 0 && rtt < 5*time.Second)
}

func coreInfo(t *stage) {
	jetStream, _ := t.nc.ConnectedServerJetStream()
	t.see("info", object{
		"version":       t.nc.ConnectedServerVersion(),
		"headers":       t.nc.HeadersSupported(),
		"max_payload":   t.nc.MaxPayload(),
		"jetstream":     jetStream,
		"auth_required": t.nc.AuthRequired(),
		"tls_required":  t.nc.TLSRequired(),
	})
}

func coreReconnect(t *stage) {
	first, second := t.options["first"], t.options["second"]
	reconnected := make(chan struct{}, 1)
	nc := t.connect(first+","+second, nats.DontRandomize(), nats.ReconnectWait(50*time.Millisecond),
		nats.ReconnectHandler(func(*nats.Conn) { reconnected <- struct{}{} }))
	t.see("connected to the first", nc.ConnectedUrl() == first)
	sub := must(nc.SubscribeSync("reconnect.>"))
	check(nc.Flush())
	t.ask("kill", "first")
	<-reconnected
	t.see("connected to the second", nc.ConnectedUrl() == second)
	check(nc.Publish("reconnect.after", []byte("hello")))
	t.see("subscription lives", each(take(sub, 1), plain))
	nc.Close()
	t.ask("start", "first")
}

// try connects, flushes and says how it went.
func (t *stage) try(url string, options ...nats.Option) any {
	nc, err := nats.Connect(url, options...)
	if err == nil {
		err = nc.Flush()
		nc.Close()
	}
	if err == nil {
		return "ok"
	}
	return failure(err)
}

func authToken(t *stage) {
	url := t.options["token-url"]
	t.see("right token", t.try(url, nats.Token(t.options["token"])))
	t.see("wrong token", t.try(url, nats.Token("wrong")))
	t.see("no token", t.try(url))
	t.see("user instead", t.try(url, nats.UserInfo("someone", "x")))
}

func authUser(t *stage) {
	url, user, password := t.options["user-url"], t.options["user"], t.options["password"]
	t.see("right password", t.try(url, nats.UserInfo(user, password)))
	t.see("wrong password", t.try(url, nats.UserInfo(user, "wrong")))
	t.see("unknown user", t.try(url, nats.UserInfo("nobody", password)))
	t.see("no credentials", t.try(url))
}
