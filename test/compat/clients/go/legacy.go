// A part of the scenarios with the client's older JetStream interface (nats.JetStreamContext), which much code still uses.
package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

func legacyScenarios() []scenario {
	return []scenario{
		{"stream.list", legacyStreamList},
		{"publish.dedupe", legacyDedupe},
		{"publish.expect", legacyExpect},
		{"message.get", legacyMessageGet},
		{"consumer.ack_explicit", legacyAckExplicit},
		{"consumer.fetch", legacyFetch},
		{"consumer.ordered", legacyOrdered},
		{"consumer.push_client", legacyPushClient},
		{"consumer.push_queue", legacyPushQueue},
		{"consumer.nak", legacyNak},
		{"kv.revisions", legacyKV},
		{"object.put_get", legacyObject},
	}
}

func (t *stage) legacy() nats.JetStreamContext { return must(t.nc.JetStream()) }

func legacyAck(pa *nats.PubAck) object {
	return object{"stream": pa.Stream, "seq": pa.Sequence, "duplicate": pa.Duplicate}
}

func legacyState(info *nats.StreamInfo) object {
	s := info.State
	return object{"messages": s.Msgs, "bytes": s.Bytes, "first_seq": s.FirstSeq, "last_seq": s.LastSeq, "num_deleted": s.NumDeleted}
}

func legacyProgress(info *nats.ConsumerInfo) object {
	return object{
		"delivered":       object{"consumer_seq": info.Delivered.Consumer, "stream_seq": info.Delivered.Stream},
		"ack_floor":       object{"consumer_seq": info.AckFloor.Consumer, "stream_seq": info.AckFloor.Stream},
		"num_ack_pending": info.NumAckPending,
		"num_redelivered": info.NumRedelivered,
		"num_pending":     info.NumPending,
	}
}

func legacyDelivery(msg *nats.Msg) object {
	meta := must(msg.Metadata())
	return object{"subject": msg.Subject, "data": string(msg.Data), "stream_seq": meta.Sequence.Stream,
		"consumer_seq": meta.Sequence.Consumer, "delivered": meta.NumDelivered, "pending": meta.NumPending}
}

func legacySeq(msg *nats.Msg) uint64 { return must(msg.Metadata()).Sequence.Stream }

func legacyAcknowledge(list ...*nats.Msg) {
	for _, msg := range list {
		check(msg.AckSync())
	}
}

// legacyFill creates a stream with messages m1, m2, ... on `name.0`, `name.1`, `name.2` in turn (name in lower case).
func (t *stage) legacyFill(name string, count int, storage nats.StorageType) nats.JetStreamContext {
	js, subject := t.legacy(), strings.ToLower(name)
	must(js.AddStream(&nats.StreamConfig{Name: name, Subjects: []string{subject + ".>"}, Storage: storage}))
	for i := 1; i <= count; i++ {
		must(js.Publish(fmt.Sprintf("%s.%d", subject, i%3), []byte(fmt.Sprintf("m%d", i))))
	}
	return js
}

func legacyFetchList(sub *nats.Subscription, count int, wait time.Duration) []*nats.Msg {
	list, err := sub.Fetch(count, nats.MaxWait(wait))
	if err != nats.ErrTimeout {
		check(err)
	}
	return list
}

func legacyStreamList(t *stage) {
	js := t.legacy()
	for name, subject := range map[string]string{"LISTC": "listc.>", "LISTA": "lista.>", "LISTB": "listb.>"} {
		must(js.AddStream(&nats.StreamConfig{Name: name, Subjects: []string{subject}, Storage: nats.MemoryStorage}))
	}
	must(js.Publish("lista.x", []byte("x")))
	names := func(options ...nats.JSOpt) []string {
		list := []string{}
		for name := range js.StreamNames(options...) {
			list = append(list, name)
		}
		return list
	}
	t.see("names", names())
	list := []object{}
	for info := range js.Streams() {
		list = append(list, object{"name": info.Config.Name, "messages": info.State.Msgs})
	}
	t.see("list", list)
	t.see("names by subject", names(nats.StreamListFilter("listb.x")))
	t.see("find", must(js.StreamNameBySubject("listc.y")))
	account := must(js.AccountInfo())
	t.see("account", object{"streams": account.Streams, "consumers": account.Consumers})
	t.see("delete", js.DeleteStream("LISTB") == nil)
	t.see("names after", names())
}

func legacyDedupe(t *stage) {
	js := t.legacy()
	must(js.AddStream(&nats.StreamConfig{Name: "DEDUPE", Subjects: []string{"dedupe.>"}}))
	put := func(data string, id string) object {
		return legacyAck(must(js.Publish("dedupe.a", []byte(data), nats.MsgId(id))))
	}
	t.see("first", put("x", "id-1"))
	t.see("again", put("y", "id-1"))
	t.see("other", put("x", "id-2"))
	raw := &nats.Msg{Subject: "dedupe.b", Header: nats.Header{"Nats-Msg-Id": {"id-1"}}, Data: []byte("z")}
	t.see("raw", string(must(t.nc.RequestMsg(raw, 2*time.Second)).Data))
	t.see("state", legacyState(must(js.StreamInfo("DEDUPE"))))
}

func legacyExpect(t *stage) {
	js := t.legacy()
	must(js.AddStream(&nats.StreamConfig{Name: "EXPECT", Subjects: []string{"expect.*"}}))
	put := func(last string, options ...nats.PubOpt) any {
		pa, err := js.Publish("expect."+last, []byte("x"), options...)
		if err != nil {
			return failure(err)
		}
		return legacyAck(pa)
	}
	t.see("first", put("a", nats.ExpectLastSequence(0), nats.MsgId("m1")))
	t.see("stream", put("a", nats.ExpectStream("EXPECT")))
	t.see("wrong stream", put("a", nats.ExpectStream("OTHER")))
	t.see("last sequence", put("b", nats.ExpectLastSequence(2), nats.MsgId("m3")))
	t.see("wrong last sequence", put("b", nats.ExpectLastSequence(7)))
	t.see("last subject sequence", put("a", nats.ExpectLastSequencePerSubject(2)))
	t.see("wrong last subject sequence", put("a", nats.ExpectLastSequencePerSubject(2)))
	t.see("new subject", put("new", nats.ExpectLastSequencePerSubject(0), nats.MsgId("m5")))
	t.see("subject exists", put("a", nats.ExpectLastSequencePerSubject(0)))
	t.see("last msg id", put("a", nats.ExpectLastMsgId("m5"), nats.MsgId("m6")))
	t.see("wrong last msg id", put("a", nats.ExpectLastMsgId("m1")))
	t.see("state", legacyState(must(js.StreamInfo("EXPECT"))))
}

func legacyMessageGet(t *stage) {
	js := t.legacy()
	must(js.AddStream(&nats.StreamConfig{Name: "GET", Subjects: []string{"get.*"}}))
	for i := 1; i <= 6; i++ {
		must(js.PublishMsg(&nats.Msg{Subject: fmt.Sprintf("get.%d", i%2), Header: nats.Header{"Number": {fmt.Sprint(i)}}, Data: []byte(fmt.Sprintf("m%d", i))}))
	}
	value := func(msg *nats.RawStreamMsg, err error) any {
		if err == nats.ErrMsgNotFound {
			return "not found"
		}
		check(err)
		return object{"seq": msg.Sequence, "subject": msg.Subject, "data": string(msg.Data), "headers": headerLists(msg.Header)}
	}
	t.see("by sequence", value(js.GetMsg("GET", 2)))
	t.see("last by subject", value(js.GetLastMsg("GET", "get.1")))
	t.see("last by wildcard", value(js.GetLastMsg("GET", "get.*")))
	t.see("missing sequence", value(js.GetMsg("GET", 99)))
	t.see("missing subject", value(js.GetLastMsg("GET", "get.none")))
}

func legacyAckExplicit(t *stage) {
	js := t.legacyFill("EXPLICIT", 10, nats.FileStorage)
	sub := must(js.PullSubscribe("explicit.>", "c", nats.AckExplicit(), nats.AckWait(30*time.Second)))
	list := legacyFetchList(sub, 5, 2*time.Second)
	t.see("messages", each(list, legacyDelivery))
	legacyAcknowledge(list[0], list[1], list[3])
	t.see("after 1, 2 and 4", legacyProgress(must(sub.ConsumerInfo())))
	legacyAcknowledge(list[2], list[4])
	t.see("after all five", legacyProgress(must(sub.ConsumerInfo())))
	t.see("the rest", each(legacyFetchList(sub, 5, 2*time.Second), legacyDelivery))
}

func legacyFetch(t *stage) {
	js := t.legacyFill("FETCH", 12, nats.FileStorage)
	sub := must(js.PullSubscribe("fetch.>", "c", nats.AckExplicit()))
	t.see("batch", each(legacyFetchList(sub, 4, 2*time.Second), dataOf))
	t.see("next", dataOf(legacyFetchList(sub, 1, time.Second)[0]))
	t.see("more than there is", each(legacyFetchList(sub, 50, time.Second), dataOf))
	started := time.Now()
	var none any
	if list := legacyFetchList(sub, 1, time.Second); len(list) > 0 {
		none = len(list)
	}
	t.see("nothing left", none)
	t.see("waited", time.Since(started) > 900*time.Millisecond)
}

func legacyOrdered(t *stage) {
	js := t.legacyFill("ORDERED", 200, nats.MemoryStorage)
	sub := must(js.SubscribeSync("ordered.>", nats.OrderedConsumer()))
	t.see("in order", inOrder(each(take(sub, 200), legacySeq)))
	from := must(js.SubscribeSync("ordered.1", nats.OrderedConsumer(), nats.StartSequence(150)))
	t.see("from a sequence, filtered", each(take(from, 5), legacySeq))
}

func legacyPushClient(t *stage) {
	js := t.legacyFill("PCLIENT", 100, nats.FileStorage)
	sub := must(js.SubscribeSync("pclient.>", nats.Durable("c"), nats.AckExplicit(), nats.DeliverSubject("pclient-deliver"),
		nats.IdleHeartbeat(time.Second), nats.EnableFlowControl()))
	list := take(sub, 100)
	legacyAcknowledge(list...)
	t.see("in order", inOrder(each(list, legacySeq)))
	t.see("progress", legacyProgress(must(sub.ConsumerInfo())))
}

func legacyPushQueue(t *stage) {
	js := t.legacyFill("PQUEUE", 60, nats.MemoryStorage)
	// Bound to a consumer of its own making, so that all three members are there before the first message.
	var lock sync.Mutex
	counts := make([]int, 3)
	seen := map[string]bool{}
	for member := range counts {
		must(t.nc.QueueSubscribe("pqueue-deliver", "workers", func(msg *nats.Msg) {
			lock.Lock()
			defer lock.Unlock()
			counts[member]++
			seen[string(msg.Data)] = true
			check(msg.Ack())
		}))
	}
	check(t.nc.Flush())
	must(js.AddConsumer("PQUEUE", &nats.ConsumerConfig{Durable: "c", AckPolicy: nats.AckExplicitPolicy, DeliverSubject: "pqueue-deliver", DeliverGroup: "workers"}))
	ask := func() *nats.ConsumerInfo { return must(js.ConsumerInfo("PQUEUE", "c")) }
	info := settle(ask, func(info *nats.ConsumerInfo) bool { return info.AckFloor.Stream == 60 }, 4*time.Second)
	t.see("progress", legacyProgress(info))
	t.see("once each", object{"messages": len(seen), "deliveries": counts[0] + counts[1] + counts[2]})
	t.see("every member served", counts[0] > 0 && counts[1] > 0 && counts[2] > 0)
}

func legacyNak(t *stage) {
	js := t.legacyFill("NAK", 1, nats.FileStorage)
	sub := must(js.PullSubscribe("nak.>", "c", nats.AckExplicit()))
	check(legacyFetchList(sub, 1, 2*time.Second)[0].Nak())
	second := legacyFetchList(sub, 1, 2*time.Second)[0]
	t.see("at once", legacyDelivery(second))
	started := time.Now()
	check(second.NakWithDelay(300 * time.Millisecond))
	third := legacyFetchList(sub, 1, 2*time.Second)[0]
	value := legacyDelivery(third)
	value["waited"] = time.Since(started) > 250*time.Millisecond
	t.see("delayed", value)
	legacyAcknowledge(third)
	t.see("progress", legacyProgress(must(sub.ConsumerInfo())))
}

func legacyKV(t *stage) {
	kv := must(t.legacy().CreateKeyValue(&nats.KeyValueConfig{Bucket: "revisions", History: 3}))
	t.see("create", must(kv.Create("k", []byte("one"))))
	_, err := kv.Create("k", []byte("other"))
	t.see("create again", failure(err))
	t.see("update", must(kv.Update("k", []byte("two"), 1)))
	_, err = kv.Update("k", []byte("three"), 1)
	t.see("update wrong", failure(err))
	check(kv.Delete("k"))
	t.see("create after delete", must(kv.Create("k", []byte("again"))))
	entry := must(kv.Get("k"))
	t.see("get", object{"key": entry.Key(), "value": string(entry.Value()), "revision": entry.Revision(), "operation": "PUT"})
}

func legacyObject(t *stage) {
	js := t.legacy()
	store := must(js.CreateObjectStore(&nats.ObjectStoreConfig{Bucket: "files", Description: "objects"}))
	put := must(store.PutBytes("big", pattern(300_000)))
	t.see("put", object{"name": put.Name, "size": put.Size, "chunks": put.Chunks, "digest": put.Digest})
	got := must(store.GetBytes("big"))
	t.see("get", object{"bytes": len(got), "sha256": fingerprint(got)})
	empty := must(store.PutBytes("empty", nil))
	t.see("empty", object{"size": empty.Size, "chunks": empty.Chunks, "digest": empty.Digest})
	_, err := store.GetBytes("none")
	if err == nats.ErrObjectNotFound {
		t.see("missing", "not found")
	} else {
		t.see("missing", failure(err))
	}
	again := must(store.PutBytes("big", pattern(1000)))
	t.see("overwritten", object{"size": again.Size, "chunks": again.Chunks})
	t.see("state", must(js.StreamInfo("OBJ_files")).State.Msgs)
}
