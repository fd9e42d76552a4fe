// Scenarios of streams: configuration, publishing, limits, stored messages, and what a kill leaves.
package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func streamScenarios() []scenario {
	return []scenario{
		{"stream.create", streamCreate},
		{"stream.defaults", streamDefaults},
		{"stream.errors", streamErrors},
		{"stream.update", streamUpdate},
		{"stream.list", streamList},
		{"stream.purge", streamPurge},
		{"stream.subjects", streamSubjects},
		{"stream.retention", streamRetention},
		{"account.info", accountInfo},
		{"publish.ack", publishAck},
		{"publish.dedupe", publishDedupe},
		{"publish.expect", publishExpect},
		{"publish.rollup", publishRollup},
		{"limits.messages", limitsMessages},
		{"limits.bytes", limitsBytes},
		{"limits.age", limitsAge},
		{"limits.per_subject", limitsPerSubject},
		{"message.get", messageGet},
		{"message.direct", messageDirect},
		{"message.direct_batch", messageDirectBatch},
		{"message.delete", messageDelete},
	}
}

func restartScenarios() []scenario { return []scenario{{"restart.kill", restartKill}} }

func (t *stage) create(config jetstream.StreamConfig) *jetstream.StreamInfo {
	return must(t.js.CreateStream(brief(), config)).CachedInfo()
}

// refused tries to create a stream.
func (t *stage) refused(config jetstream.StreamConfig) any {
	_, err := t.js.CreateStream(brief(), config)
	return failure(err)
}

// rejected tries to publish.
func (t *stage) rejected(subject string, data []byte, options ...jetstream.PublishOpt) any {
	_, err := t.js.Publish(brief(), subject, data, options...)
	return failure(err)
}

// word is how the JSON of a configuration calls a value.
func word(value any) any {
	var text any
	check(json.Unmarshal(must(json.Marshal(value)), &text))
	return text
}

func streamCreate(t *stage) {
	t.see("created", t.create(jetstream.StreamConfig{
		Name:              "CREATE",
		Description:       "a stream",
		Subjects:          []string{"create.a.*", "create.b.>"},
		Discard:           jetstream.DiscardNew,
		MaxMsgs:           1000,
		MaxBytes:          1_000_000,
		MaxAge:            time.Hour,
		MaxMsgSize:        5000,
		MaxMsgsPerSubject: 10,
		Duplicates:        time.Minute,
		MaxConsumers:      5,
		Replicas:          1,
		AllowDirect:       true,
		AllowRollup:       true,
		DenyDelete:        true,
		Metadata:          map[string]string{"owner": "tests"},
	}))
	info := t.streamInfo("CREATE")
	t.see("info", info)
	c := info.Config
	t.see("config", object{"name": c.Name, "subjects": c.Subjects, "max_msgs": c.MaxMsgs, "max_age": c.MaxAge,
		"discard": word(c.Discard), "storage": word(c.Storage), "owner": c.Metadata["owner"]})
	t.see("state", state(info.State))
}

func streamDefaults(t *stage) {
	file := t.create(jetstream.StreamConfig{Name: "DEFAULTS"})
	t.see("file", file)
	memory := t.create(jetstream.StreamConfig{Name: "DEFAULTSMEM", Subjects: []string{"mem.>"}, Storage: jetstream.MemoryStorage, MaxAge: 5 * time.Second})
	t.see("memory", memory)
	c := file.Config
	t.see("filled in", object{"subjects": c.Subjects, "retention": word(c.Retention), "storage": word(c.Storage), "max_msgs": c.MaxMsgs,
		"max_bytes": c.MaxBytes, "max_age": c.MaxAge, "duplicate_window": c.Duplicates, "num_replicas": c.Replicas, "discard": word(c.Discard)})
	t.see("duplicate window follows age", memory.Config.Duplicates)
}

func streamErrors(t *stage) {
	config := func(name string, subjects ...string) jetstream.StreamConfig {
		return jetstream.StreamConfig{Name: name, Subjects: subjects}
	}
	t.create(config("ERRORS", "errors.>"))
	t.see("same again", t.create(config("ERRORS", "errors.>")).Config.Name)
	t.see("name in use", t.refused(config("ERRORS", "else")))
	t.see("overlap", t.refused(config("ERRORS2", "errors.a")))
	_, err := t.js.Stream(brief(), "MISSING")
	t.see("info of missing", failure(err))
	t.see("delete of missing", failure(t.js.DeleteStream(brief(), "MISSING")))
	_, err = t.nc.Request("$JS.API.STREAM.PURGE.MISSING", nil, 2*time.Second)
	check(err)
	gone := must(t.js.CreateStream(brief(), config("GONE", "gone")))
	check(t.js.DeleteStream(brief(), "GONE"))
	t.see("purge of missing", failure(gone.Purge(brief())))
	replicas := config("ERRORS3", "e3")
	replicas.Replicas = 3
	t.see("replicas", t.refused(replicas))
	short := config("ERRORS4", "e4")
	short.MaxAge = 1000
	t.see("short age", t.refused(short))
	window := config("ERRORS5", "e5")
	window.MaxAge, window.Duplicates = time.Second, 2*time.Second
	t.see("window over age", t.refused(window))
	t.see("system subjects", t.refused(config("ERRORS6", "$JS.API.>")))
	t.see("subjects overlap inside", t.refused(config("ERRORS7", "e7.>", "e7.a")))
}

func streamUpdate(t *stage) {
	t.create(jetstream.StreamConfig{Name: "UPDATE", Subjects: []string{"update.a"}, MaxMsgs: 100})
	for i := 0; i < 10; i++ {
		t.put("update.a", fmt.Sprint(i))
	}
	config := jetstream.StreamConfig{Name: "UPDATE", Subjects: []string{"update.a", "update.b"}, MaxMsgs: 4, Description: "changed"}
	info := must(t.js.UpdateStream(brief(), config)).CachedInfo()
	t.see("updated", info)
	t.see("config", object{"subjects": info.Config.Subjects, "max_msgs": info.Config.MaxMsgs, "description": info.Config.Description})
	t.see("state", t.stateOf("UPDATE"))
	t.see("new subject", ack(t.put("update.b", "x")))
	change := func(config jetstream.StreamConfig) any {
		_, err := t.js.UpdateStream(brief(), config)
		return failure(err)
	}
	memory := config
	memory.Storage = jetstream.MemoryStorage
	t.see("storage", change(memory))
	work := config
	work.Retention = jetstream.WorkQueuePolicy
	t.see("retention", change(work))
	t.see("missing", change(jetstream.StreamConfig{Name: "MISSING", Subjects: []string{"x"}, MaxMsgs: 1}))
}

func streamList(t *stage) {
	for name, subject := range map[string]string{"LISTC": "listc.>", "LISTA": "lista.>", "LISTB": "listb.>"} {
		t.create(jetstream.StreamConfig{Name: name, Subjects: []string{subject}, Storage: jetstream.MemoryStorage})
	}
	t.put("lista.x", "x")
	names := func(options ...jetstream.StreamListOpt) []string {
		list := []string{}
		lister := t.js.StreamNames(brief(), options...)
		for name := range lister.Name() {
			list = append(list, name)
		}
		check(lister.Err())
		return list
	}
	t.see("names", names())
	list := []object{}
	lister := t.js.ListStreams(brief())
	for info := range lister.Info() {
		list = append(list, object{"name": info.Config.Name, "messages": info.State.Msgs})
	}
	check(lister.Err())
	t.see("list", list)
	t.see("names by subject", names(jetstream.WithStreamListSubject("listb.x")))
	t.see("find", must(t.js.StreamNameBySubject(brief(), "listc.y")))
	account := must(t.js.AccountInfo(brief()))
	t.see("account", object{"streams": account.Streams, "consumers": account.Consumers})
	t.see("delete", t.js.DeleteStream(brief(), "LISTB") == nil)
	t.see("names after", names())
}

func streamPurge(t *stage) {
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "PURGE", Subjects: []string{"purge.*"}}))
	for i := 0; i < 30; i++ {
		t.put(fmt.Sprintf("purge.%d", i%3), fmt.Sprint(i))
	}
	step := func(name string, options ...jetstream.StreamPurgeOpt) {
		before := t.streamInfo("PURGE").State.Msgs
		check(stream.Purge(brief(), options...))
		after := t.streamInfo("PURGE").State
		t.see(name, object{"purged": before - after.Msgs, "state": state(after)})
	}
	step("by subject", jetstream.WithPurgeSubject("purge.0"))
	step("by subject and keep", jetstream.WithPurgeSubject("purge.1"), jetstream.WithPurgeKeep(4))
	step("up to a sequence", jetstream.WithPurgeSequence(12))
	step("keep", jetstream.WithPurgeKeep(5))
	step("all")
	t.see("sequence goes on", ack(t.put("purge.0", "after")))
}

func streamSubjects(t *stage) {
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "SUBJECTS", Subjects: []string{"subjects.>"}}))
	for _, last := range []string{"a", "b", "a", "c.d", "a"} {
		t.put("subjects."+last, "x")
	}
	check(stream.SecureDeleteMsg(brief(), 3))
	all := t.streamInfo("SUBJECTS", jetstream.WithSubjectFilter(">"), jetstream.WithDeletedDetails(true)).State
	t.see("subjects", all.Subjects)
	t.see("deleted", all.Deleted)
	t.see("num_subjects", all.NumSubjects)
	t.see("filtered", t.streamInfo("SUBJECTS", jetstream.WithSubjectFilter("subjects.*")).State.Subjects)
}

func streamRetention(t *stage) {
	t.create(jetstream.StreamConfig{Name: "WORK", Subjects: []string{"work.*"}, Retention: jetstream.WorkQueuePolicy})
	for i := 0; i < 5; i++ {
		t.put("work.a", fmt.Sprint(i))
	}
	explicit := func(name string) jetstream.ConsumerConfig {
		return jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy}
	}
	acknowledge(fetch(t.consumer("WORK", explicit("w")), 3, 2*time.Second)...)
	holding := func(stream string, count uint64) object {
		ask := func() jetstream.StreamState { return t.streamInfo(stream).State }
		return state(settle(ask, func(s jetstream.StreamState) bool { return s.Msgs == count }, 4*time.Second))
	}
	t.see("work queue", holding("WORK", 2))
	_, err := t.add("WORK", explicit("w2"))
	t.see("second consumer", failure(err))
	_, err = t.add("WORK", jetstream.ConsumerConfig{Durable: "w3", AckPolicy: jetstream.AckNonePolicy})
	t.see("no ack", failure(err))
	t.create(jetstream.StreamConfig{Name: "INTEREST", Subjects: []string{"interest.*"}, Retention: jetstream.InterestPolicy})
	t.put("interest.a", "nobody")
	t.see("no interest", t.stateOf("INTEREST"))
	one := t.consumer("INTEREST", explicit("i1"))
	two := t.consumer("INTEREST", explicit("i2"))
	t.put("interest.a", "both")
	acknowledge(fetch(one, 1, 2*time.Second)...)
	t.see("one of two", t.stateOf("INTEREST"))
	acknowledge(fetch(two, 1, 2*time.Second)...)
	t.see("both", holding("INTEREST", 0))
}

func accountInfo(t *stage) {
	t.create(jetstream.StreamConfig{Name: "ACCOUNT", Subjects: []string{"account"}, MaxBytes: 100_000})
	t.put("account", string(repeat('x', 100)))
	must(t.add("ACCOUNT", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy}))
	info := must(t.js.AccountInfo(brief()))
	t.see("usage", object{"memory": info.Memory, "storage": info.Store, "streams": info.Streams, "consumers": info.Consumers})
	t.see("limits", object{"max_memory": info.Limits.MaxMemory, "max_storage": info.Limits.MaxStore,
		"max_streams": info.Limits.MaxStreams, "max_consumers": info.Limits.MaxConsumers})
}

func repeat(letter byte, count int) []byte {
	data := make([]byte, count)
	for i := range data {
		data[i] = letter
	}
	return data
}

func publishAck(t *stage) {
	t.create(jetstream.StreamConfig{Name: "ACK", Subjects: []string{"ack.>"}})
	t.see("first", ack(t.put("ack.a", "one")))
	t.see("second", ack(t.put("ack.b", "")))
	t.see("no stream", t.rejected("nostream", []byte("x")))
	t.see("raw", string(must(t.nc.Request("ack.c", []byte("raw"), 2*time.Second)).Data))
}

func publishDedupe(t *stage) {
	t.create(jetstream.StreamConfig{Name: "DEDUPE", Subjects: []string{"dedupe.>"}})
	t.see("first", ack(t.put("dedupe.a", "x", jetstream.WithMsgID("id-1"))))
	t.see("again", ack(t.put("dedupe.a", "y", jetstream.WithMsgID("id-1"))))
	t.see("other", ack(t.put("dedupe.a", "x", jetstream.WithMsgID("id-2"))))
	raw := &nats.Msg{Subject: "dedupe.b", Header: nats.Header{"Nats-Msg-Id": {"id-1"}}, Data: []byte("z")}
	t.see("raw", string(must(t.nc.RequestMsg(raw, 2*time.Second)).Data))
	t.see("state", t.stateOf("DEDUPE"))
}

func publishExpect(t *stage) {
	t.create(jetstream.StreamConfig{Name: "EXPECT", Subjects: []string{"expect.*"}})
	put := func(last string, options ...jetstream.PublishOpt) object {
		return ack(t.put("expect."+last, "x", options...))
	}
	wrong := func(last string, options ...jetstream.PublishOpt) any {
		return t.rejected("expect."+last, []byte("x"), options...)
	}
	t.see("first", put("a", jetstream.WithExpectLastSequence(0), jetstream.WithMsgID("m1")))
	t.see("stream", put("a", jetstream.WithExpectStream("EXPECT")))
	t.see("wrong stream", wrong("a", jetstream.WithExpectStream("OTHER")))
	t.see("last sequence", put("b", jetstream.WithExpectLastSequence(2), jetstream.WithMsgID("m3")))
	t.see("wrong last sequence", wrong("b", jetstream.WithExpectLastSequence(7)))
	t.see("last subject sequence", put("a", jetstream.WithExpectLastSequencePerSubject(2)))
	t.see("wrong last subject sequence", wrong("a", jetstream.WithExpectLastSequencePerSubject(2)))
	t.see("new subject", put("new", jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithMsgID("m5")))
	t.see("subject exists", wrong("a", jetstream.WithExpectLastSequencePerSubject(0)))
	t.see("last msg id", put("a", jetstream.WithExpectLastMsgID("m5"), jetstream.WithMsgID("m6")))
	t.see("wrong last msg id", wrong("a", jetstream.WithExpectLastMsgID("m1")))
	t.see("state", t.stateOf("EXPECT"))
}

func publishRollup(t *stage) {
	t.create(jetstream.StreamConfig{Name: "ROLLUP", Subjects: []string{"rollup.*"}, AllowRollup: true})
	t.create(jetstream.StreamConfig{Name: "NOROLLUP", Subjects: []string{"norollup.*"}})
	for i := 0; i < 9; i++ {
		t.put(fmt.Sprintf("rollup.%d", i%3), fmt.Sprint(i))
	}
	roll := func(subject string, value string) (*jetstream.PubAck, error) {
		return t.js.PublishMsg(brief(), &nats.Msg{Subject: subject, Header: nats.Header{"Nats-Rollup": {value}}, Data: []byte("rolled")})
	}
	t.see("subject", ack(must(roll("rollup.1", "sub"))))
	t.see("after subject", t.stateOf("ROLLUP"))
	t.see("all", ack(must(roll("rollup.2", "all"))))
	t.see("after all", t.stateOf("ROLLUP"))
	_, err := roll("rollup.1", "some")
	t.see("bad value", failure(err))
	_, err = roll("norollup.1", "sub")
	t.see("not allowed", failure(err))
}

func limitsMessages(t *stage) {
	t.create(jetstream.StreamConfig{Name: "OLD", Subjects: []string{"old.*"}, MaxMsgs: 3})
	for i := 0; i < 5; i++ {
		t.put("old.a", fmt.Sprint(i))
	}
	t.see("discard old", t.stateOf("OLD"))
	t.create(jetstream.StreamConfig{Name: "NEW", Subjects: []string{"new.*"}, MaxMsgs: 3, Discard: jetstream.DiscardNew})
	for i := 0; i < 3; i++ {
		t.put("new.a", fmt.Sprint(i))
	}
	t.see("discard new", t.rejected("new.a", []byte("3")))
	t.see("state", t.stateOf("NEW"))
}

func limitsBytes(t *stage) {
	t.create(jetstream.StreamConfig{Name: "BYTES", Subjects: []string{"bytes"}, MaxBytes: 1000, MaxMsgSize: 300})
	for i := 0; i < 10; i++ {
		t.put("bytes", string(make([]byte, 100+i)))
	}
	t.see("discard old", t.stateOf("BYTES"))
	t.see("message too large", t.rejected("bytes", make([]byte, 301)))
	t.create(jetstream.StreamConfig{Name: "BYTESNEW", Subjects: []string{"bytesnew"}, MaxBytes: 1000, Discard: jetstream.DiscardNew})
	for i := 0; i < 6; i++ {
		t.put("bytesnew", string(make([]byte, 100)))
	}
	t.see("discard new", t.rejected("bytesnew", make([]byte, 300)))
	t.see("state", t.stateOf("BYTESNEW"))
}

func limitsAge(t *stage) {
	t.create(jetstream.StreamConfig{Name: "AGE", Subjects: []string{"age"}, MaxAge: 2 * time.Second, Duplicates: 200 * time.Millisecond})
	for i := 0; i < 3; i++ {
		t.put("age", fmt.Sprint(i))
	}
	t.see("before", t.stateOf("AGE"))
	ask := func() jetstream.StreamState { return t.streamInfo("AGE").State }
	t.see("after", state(settle(ask, func(s jetstream.StreamState) bool { return s.Msgs == 0 }, 20*time.Second)))
}

func limitsPerSubject(t *stage) {
	t.create(jetstream.StreamConfig{Name: "PER", Subjects: []string{"per.*"}, MaxMsgsPerSubject: 2})
	for i := 0; i < 9; i++ {
		t.put(fmt.Sprintf("per.%d", i%3), fmt.Sprint(i))
	}
	t.see("discard old", t.stateOf("PER"))
	t.create(jetstream.StreamConfig{Name: "PERNEW", Subjects: []string{"pernew.*"}, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true})
	t.put("pernew.a", "x")
	t.see("discard new", t.rejected("pernew.a", []byte("y")))
	t.see("other subject", ack(t.put("pernew.b", "y")))
}

func raw(msg *jetstream.RawStreamMsg, err error) any {
	if err != nil {
		return failure(err)
	}
	return object{"seq": msg.Sequence, "subject": msg.Subject, "data": string(msg.Data)}
}

func messageGet(t *stage) {
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "GET", Subjects: []string{"get.*"}}))
	for i := 1; i <= 6; i++ {
		msg := &nats.Msg{Subject: fmt.Sprintf("get.%d", i%2), Header: nats.Header{"Number": {fmt.Sprint(i)}}, Data: []byte(fmt.Sprintf("m%d", i))}
		must(t.js.PublishMsg(brief(), msg))
	}
	withHeaders := func(msg *jetstream.RawStreamMsg, err error) any {
		if err != nil {
			return failure(err)
		}
		return object{"seq": msg.Sequence, "subject": msg.Subject, "data": string(msg.Data), "headers": headerLists(msg.Header)}
	}
	t.see("by sequence", withHeaders(stream.GetMsg(brief(), 2)))
	t.see("last by subject", withHeaders(stream.GetLastMsgForSubject(brief(), "get.1")))
	t.see("last by wildcard", withHeaders(stream.GetLastMsgForSubject(brief(), "get.*")))
	t.see("missing sequence", withHeaders(stream.GetMsg(brief(), 99)))
	t.see("missing subject", withHeaders(stream.GetLastMsgForSubject(brief(), "get.none")))
}

func messageDirect(t *stage) {
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "DIRECT", Subjects: []string{"direct.*"}, AllowDirect: true}))
	for i := 1; i <= 6; i++ {
		t.put(fmt.Sprintf("direct.%d", i%2), fmt.Sprintf("m%d", i))
	}
	t.see("by sequence", raw(stream.GetMsg(brief(), 2)))
	t.see("last by subject", raw(stream.GetLastMsgForSubject(brief(), "direct.1")))
	t.see("next by subject", raw(stream.GetMsg(brief(), 3, jetstream.WithGetMsgSubject("direct.0"))))
	t.see("missing", raw(stream.GetMsg(brief(), 99)))
	ask := func(subject string, request string) *nats.Msg {
		return must(t.nc.Request("$JS.API.DIRECT.GET.DIRECT"+subject, []byte(request), 2*time.Second))
	}
	whole := func(msg *nats.Msg) object {
		return object{"data": string(msg.Data), "headers": headerLists(msg.Header)}
	}
	short := func(msg *nats.Msg) object {
		code, text := status(msg)
		return object{"code": code, "text": text}
	}
	t.see("raw", whole(ask("", `{"seq":3}`)))
	t.see("raw last by subject", whole(ask(".direct.1", "")))
	t.see("raw missing", short(ask("", `{"seq":99}`)))
	t.see("raw empty", short(ask("", "")))
}

func messageDirectBatch(t *stage) {
	t.create(jetstream.StreamConfig{Name: "BATCH", Subjects: []string{"batch.*"}, AllowDirect: true})
	for i := 1; i <= 9; i++ {
		t.put(fmt.Sprintf("batch.%d", i%3), fmt.Sprintf("m%d", i))
	}
	step := func(name string, request string) {
		list := t.gather("$JS.API.DIRECT.GET.BATCH", request, func(code int) bool { return code != 0 })
		t.see(name, each(list, func(msg *nats.Msg) object {
			code, _ := status(msg)
			value := headerLists(msg.Header)
			delete(value, "Nats-Time-Stamp")
			value["status"], value["data"] = code, string(msg.Data)
			return value
		}))
	}
	step("batch", `{"seq":2,"batch":3}`)
	step("filtered", `{"seq":1,"batch":10,"next_by_subj":"batch.1"}`)
	step("last for", `{"multi_last":["batch.0","batch.2"]}`)
	step("up to", `{"multi_last":["batch.>"],"up_to_seq":5}`)
	step("nothing", `{"multi_last":["none"]}`)
}

func messageDelete(t *stage) {
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "DELETE", Subjects: []string{"delete"}}))
	for i := 1; i <= 5; i++ {
		t.put("delete", fmt.Sprintf("m%d", i))
	}
	t.see("erase", stream.SecureDeleteMsg(brief(), 2) == nil)
	t.see("no erase", stream.DeleteMsg(brief(), 5) == nil)
	t.see("again", failure(stream.SecureDeleteMsg(brief(), 2)))
	t.see("state", t.stateOf("DELETE"))
	t.see("next sequence", ack(t.put("delete", "m6")))
	check(stream.SecureDeleteMsg(brief(), 1))
	t.see("first moves", t.stateOf("DELETE"))
	denied := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "NODELETE", Subjects: []string{"nodelete"}, DenyDelete: true, DenyPurge: true}))
	t.put("nodelete", "x")
	t.see("denied delete", failure(denied.SecureDeleteMsg(brief(), 1)))
	t.see("denied purge", failure(denied.Purge(brief())))
}

func restartKill(t *stage) {
	reconnected := make(chan struct{}, 1)
	nc := t.connect(t.options["first"], nats.ReconnectWait(50*time.Millisecond), nats.MaxReconnects(-1),
		nats.ReconnectHandler(func(*nats.Conn) { reconnected <- struct{}{} }))
	t.js = must(jetstream.New(nc))
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: "KILL", Subjects: []string{"kill.*"}}))
	var last uint64
	var futures []jetstream.PubAckFuture
	for i := 0; i < 200; i++ {
		futures = append(futures, must(t.js.PublishAsync(fmt.Sprintf("kill.%d", i%4), []byte(fmt.Sprintf("m%d", i)), jetstream.WithMsgID(fmt.Sprintf("id-%d", i)))))
	}
	for _, future := range futures {
		select {
		case pa := <-future.Ok():
			last = max(last, pa.Sequence)
		case err := <-future.Err():
			panic(err)
		}
	}
	t.see("acknowledged", last)
	check(stream.SecureDeleteMsg(brief(), 100))
	c := t.consumer("KILL", jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute})
	acknowledge(fetch(c, 30, 2*time.Second)...)
	kv := must(t.js.CreateKeyValue(brief(), jetstream.KeyValueConfig{Bucket: "kept", History: 2}))
	must(kv.PutString(brief(), "a", "one"))
	must(kv.PutString(brief(), "a", "two"))
	// The reference writes consumer state a moment after the acknowledgement; the kill is not to race with that.
	time.Sleep(700 * time.Millisecond)
	t.ask("kill", "first")
	t.ask("start", "first")
	<-reconnected
	settle(func() error {
		_, err := t.js.Stream(brief(), "KILL")
		return err
	}, func(err error) bool { return err == nil }, 4*time.Second)
	t.see("state", t.stateOf("KILL"))
	t.see("progress", progress(t.consumerInfo("KILL", "c")))
	t.see("next message", delivery(fetch(must(t.js.Consumer(brief(), "KILL", "c")), 1, 2*time.Second)[0]))
	t.see("duplicate is known", ack(t.put("kill.0", "m5", jetstream.WithMsgID("id-5"))))
	t.see("next sequence", ack(t.put("kill.0", "new")))
	t.see("deleted stays deleted", raw(stream.GetMsg(brief(), 100)))
	t.see("kv", kvEntry(must(t.js.KeyValue(brief(), "kept")).Get(brief(), "a")))
	check(t.js.DeleteStream(brief(), "KILL"))
	check(t.js.DeleteStream(brief(), "KV_kept"))
}
