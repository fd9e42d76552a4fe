// Scenarios of what clients build on streams and requests: key-value and object stores, services.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nats.go/micro"
)

func viewScenarios() []scenario {
	return []scenario{
		{"kv.basic", kvBasic},
		{"kv.revisions", kvRevisions},
		{"kv.history", kvHistory},
		{"kv.keys", kvKeys},
		{"kv.watch", kvWatch},
		{"object.put_get", objectPutGet},
		{"object.info_list", objectInfoList},
		{"object.watch_link", objectWatchLink},
		{"service.basic", serviceBasic},
	}
}

var operations = map[jetstream.KeyValueOp]string{
	jetstream.KeyValuePut: "PUT", jetstream.KeyValueDelete: "DEL", jetstream.KeyValuePurge: "PURGE",
}

func entryOf(entry jetstream.KeyValueEntry) any {
	return object{"key": entry.Key(), "value": string(entry.Value()), "revision": entry.Revision(), "operation": operations[entry.Operation()]}
}

func kvEntry(entry jetstream.KeyValueEntry, err error) any {
	if err != nil {
		return failure(err)
	}
	return entryOf(entry)
}

func (t *stage) bucket(name string, history uint8, description string) jetstream.KeyValue {
	return must(t.js.CreateKeyValue(brief(), jetstream.KeyValueConfig{Bucket: name, History: history, Description: description}))
}

func kvBasic(t *stage) {
	kv := t.bucket("basic", 5, "a bucket")
	t.see("put", must(kv.PutString(brief(), "a.b", "one")))
	t.see("get", kvEntry(kv.Get(brief(), "a.b")))
	t.see("put again", must(kv.PutString(brief(), "a.b", "two")))
	t.see("get revision", kvEntry(kv.GetRevision(brief(), "a.b", 1)))
	t.see("missing", kvEntry(kv.Get(brief(), "none")))
	check(kv.Delete(brief(), "a.b"))
	t.see("deleted", kvEntry(kv.Get(brief(), "a.b")))
	status := must(kv.Status(brief()))
	t.see("status", object{"bucket": status.Bucket(), "values": status.Values(), "history": status.History(), "ttl": status.TTL()})
	t.see("stream", t.streamInfo("KV_basic"))
}

func kvRevisions(t *stage) {
	kv := t.bucket("revisions", 3, "")
	t.see("create", must(kv.Create(brief(), "k", []byte("one"))))
	_, err := kv.Create(brief(), "k", []byte("other"))
	t.see("create again", failure(err))
	t.see("update", must(kv.Update(brief(), "k", []byte("two"), 1)))
	_, err = kv.Update(brief(), "k", []byte("three"), 1)
	t.see("update wrong", failure(err))
	check(kv.Delete(brief(), "k"))
	t.see("create after delete", must(kv.Create(brief(), "k", []byte("again"))))
	t.see("get", kvEntry(kv.Get(brief(), "k")))
}

func kvHistory(t *stage) {
	kv := t.bucket("history", 3, "")
	for i := 1; i <= 5; i++ {
		must(kv.PutString(brief(), "k", fmt.Sprintf("v%d", i)))
	}
	must(kv.PutString(brief(), "other", "x"))
	check(kv.Delete(brief(), "k"))
	t.see("history", each(must(kv.History(brief(), "k")), entryOf))
	check(kv.Purge(brief(), "k"))
	t.see("after purge", each(must(kv.History(brief(), "k")), entryOf))
}

func kvKeys(t *stage) {
	kv := t.bucket("keys", 1, "")
	for _, key := range []string{"b", "a.x", "a.y", "gone", "purged"} {
		must(kv.PutString(brief(), key, key))
	}
	check(kv.Delete(brief(), "gone"))
	check(kv.Purge(brief(), "purged"))
	list := func(lister jetstream.KeyLister, err error) []string {
		check(err)
		keys := []string{}
		for key := range lister.Keys() {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		return keys
	}
	t.see("keys", list(kv.ListKeys(brief())))
	t.see("filtered", list(kv.ListKeysFiltered(brief(), "a.*")))
}

// watched gathers entries, without the mark that everything there was has come.
func watched(watcher jetstream.KeyWatcher, count int) []any {
	list := []any{}
	deadline := time.After(5 * time.Second)
	for len(list) < count {
		select {
		case entry := <-watcher.Updates():
			if entry != nil {
				list = append(list, entryOf(entry))
			}
		case <-deadline:
			panic(fmt.Sprintf("%d of %d entries", len(list), count))
		}
	}
	check(watcher.Stop())
	return list
}

func kvWatch(t *stage) {
	kv := t.bucket("watch", 5, "")
	must(kv.PutString(brief(), "a", "a1"))
	must(kv.PutString(brief(), "a", "a2"))
	must(kv.PutString(brief(), "b", "b1"))
	all := must(kv.WatchAll(brief()))
	must(kv.PutString(brief(), "c", "c1"))
	check(kv.Delete(brief(), "a"))
	check(kv.Purge(brief(), "b"))
	t.see("all", watched(all, 5))
	one := must(kv.Watch(brief(), "c", jetstream.IncludeHistory()))
	must(kv.PutString(brief(), "c", "c2"))
	t.see("one key with history", watched(one, 2))
}

func (t *stage) objects(name string, description string) jetstream.ObjectStore {
	return must(t.js.CreateObjectStore(brief(), jetstream.ObjectStoreConfig{Bucket: name, Description: description}))
}

func objectPutGet(t *stage) {
	store := t.objects("files", "objects")
	put := must(store.Put(brief(), jetstream.ObjectMeta{Name: "big", Description: "three chunks"}, bytes.NewReader(pattern(300_000))))
	t.see("put", object{"name": put.Name, "size": put.Size, "chunks": put.Chunks, "digest": put.Digest})
	got := must(store.GetBytes(brief(), "big"))
	t.see("get", object{"bytes": len(got), "sha256": fingerprint(got)})
	empty := must(store.PutBytes(brief(), "empty", nil))
	t.see("empty", object{"size": empty.Size, "chunks": empty.Chunks, "digest": empty.Digest})
	t.see("missing", outcome(store.GetBytes(brief(), "none")))
	again := must(store.PutBytes(brief(), "big", pattern(1000)))
	t.see("overwritten", object{"size": again.Size, "chunks": again.Chunks})
	t.see("state", t.streamInfo("OBJ_files").State.Msgs)
}

func objectNames(store jetstream.ObjectStore) []string {
	names := each(must(store.List(brief())), func(info *jetstream.ObjectInfo) string { return info.Name })
	sort.Strings(names)
	return names
}

func objectInfoList(t *stage) {
	store := t.objects("lists", "")
	must(store.Put(brief(), jetstream.ObjectMeta{Name: "b", Description: "second"}, bytes.NewReader(pattern(10))))
	must(store.PutBytes(brief(), "a", pattern(20)))
	info := must(store.GetInfo(brief(), "b"))
	t.see("info", object{"name": info.Name, "description": info.Description, "size": info.Size, "digest": info.Digest})
	t.see("list", objectNames(store))
	check(store.Delete(brief(), "a"))
	t.see("after delete", objectNames(store))
	status := must(store.Status(brief()))
	t.see("status", object{"bucket": status.Bucket(), "storage": word(status.Storage()), "sealed": status.Sealed()})
	t.see("stream", t.streamInfo("OBJ_lists").Config)
}

func objectWatchLink(t *stage) {
	store := t.objects("links", "")
	target := must(store.PutBytes(brief(), "target", pattern(50)))
	link := must(store.AddLink(brief(), "alias", target))
	t.see("link", link.Opts.Link)
	t.see("through the link", len(must(store.GetBytes(brief(), "alias"))))
	watch := func() jetstream.ObjectWatcher { return must(store.Watch(brief(), jetstream.IncludeHistory())) }
	gather := func(watcher jetstream.ObjectWatcher, count int) []object {
		list := []object{}
		for len(list) < count {
			if info := <-watcher.Updates(); info != nil {
				list = append(list, object{"name": info.Name, "deleted": info.Deleted})
			}
		}
		check(watcher.Stop())
		return list
	}
	t.see("watch", gather(watch(), 2))
	live := watch()
	check(store.Delete(brief(), "alias"))
	t.see("watch a delete", gather(live, 3))
}

func serviceBasic(t *stage) {
	service := must(micro.AddService(t.nc, micro.Config{Name: "adder", Version: "1.2.3", Description: "adds", Metadata: map[string]string{"a": "b"}}))
	add := micro.HandlerFunc(func(request micro.Request) {
		var numbers []int
		if json.Unmarshal(request.Data(), &numbers) != nil {
			check(request.Error("400", "not a list", nil))
			return
		}
		sum := 0
		for _, number := range numbers {
			sum += number
		}
		check(request.Respond([]byte(fmt.Sprint(sum))))
	})
	check(service.AddGroup("math").AddEndpoint("add", add, micro.WithEndpointMetadata(map[string]string{"kind": "sum"})))
	check(t.nc.Flush())
	ask := func(subject string, data string) *nats.Msg {
		return must(t.nc.Request(subject, []byte(data), 2*time.Second))
	}
	t.see("answer", string(ask("math.add", "[1,2,3]").Data))
	t.see("error", headerLists(ask("math.add", "{}").Header))
	var ping micro.Ping
	check(json.Unmarshal(ask("$SRV.PING.adder", "").Data, &ping))
	t.see("ping", object{"type": ping.Type, "name": ping.Name, "version": ping.Version})
	var info micro.Info
	check(json.Unmarshal(ask("$SRV.INFO.adder", "").Data, &info))
	t.see("info", object{"description": info.Description, "endpoints": each(info.Endpoints, func(e micro.EndpointInfo) object {
		return object{"name": e.Name, "subject": e.Subject, "queue_group": e.QueueGroup}
	})})
	var stats micro.Stats
	check(json.Unmarshal(ask("$SRV.STATS.adder."+ping.ID, "").Data, &stats))
	t.see("stats", each(stats.Endpoints, func(e *micro.EndpointStats) object {
		return object{"name": e.Name, "num_requests": e.NumRequests, "num_errors": e.NumErrors}
	}))
	check(service.Stop())
	_, err := t.nc.Request("math.add", []byte("[1]"), time.Second)
	t.see("stopped", failure(err))
}
