// Words that all scenarios share: waiting, gathering, and values in the shape that scenarios.json describes.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type object = map[string]any

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func contains(list []string, word string) bool {
	for _, one := range list {
		if one == word {
			return true
		}
	}
	return false
}

// brief bounds one call.
func brief() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	time.AfterFunc(6*time.Second, cancel)
	return ctx
}

// failure says an error in words that every client can say; see ../README.md.
func failure(err error) any {
	if err == nil {
		return "no error"
	}
	var refused jetstream.JetStreamError
	if errors.As(err, &refused) && refused.APIError() != nil {
		return apiError(refused.APIError().Code, int(refused.APIError().ErrorCode), refused.APIError().Description)
	}
	var legacy nats.JetStreamError
	if errors.As(err, &legacy) && legacy.APIError() != nil {
		return apiError(legacy.APIError().Code, int(legacy.APIError().ErrorCode), legacy.APIError().Description)
	}
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoStreamResponse):
		return "no responders"
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, nats.ErrAuthorization):
		return "authorization violation"
	case errors.Is(err, nats.ErrMaxPayload):
		return "max payload"
	case errors.Is(err, jetstream.ErrMsgNotFound), errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrObjectNotFound):
		return "not found"
	}
	// Some calls put the API error's text into an error of their own.
	if found := apiErrorText.FindStringSubmatch(err.Error()); found != nil {
		return apiError(must(strconv.Atoi(found[1])), must(strconv.Atoi(found[2])), found[3])
	}
	return err.Error()
}

var apiErrorText = regexp.MustCompile(`code=(\d+) err_code=(\d+) description=(.*)$`)

func apiError(code int, errCode int, description string) any {
	if errCode == 10037 {
		return "not found"
	}
	return object{"code": code, "err_code": errCode, "description": description}
}

// outcome is the value, or the error in words.
func outcome[T any](value T, err error) any {
	if err != nil {
		return failure(err)
	}
	return value
}

// settle asks again until isDone or the deadline, and returns the last answer.
func settle[T any](ask func() T, isDone func(T) bool, wait time.Duration) T {
	until := time.Now().Add(wait)
	for {
		answer := ask()
		if isDone(answer) || time.Now().After(until) {
			return answer
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// take gathers the next messages of a subscription.
func take(sub *nats.Subscription, count int) []*nats.Msg {
	var list []*nats.Msg
	for len(list) < count {
		msg, err := sub.NextMsg(5 * time.Second)
		if err != nil {
			panic(fmt.Errorf("%d of %d messages: %w", len(list), count, err))
		}
		list = append(list, msg)
	}
	return list
}

func each[T any, R any](list []T, f func(T) R) []R {
	result := make([]R, 0, len(list))
	for _, one := range list {
		result = append(result, f(one))
	}
	return result
}

func dataOf(msg *nats.Msg) string { return string(msg.Data) }

func plain(msg *nats.Msg) object { return object{"subject": msg.Subject, "data": string(msg.Data)} }

func headerLists(headers nats.Header) object {
	lists := object{}
	for key, values := range headers {
		if key != "Status" && key != "Description" {
			lists[key] = values
		}
	}
	return lists
}

// status is the code and the text of a status message; 0 when it is none.
func status(msg *nats.Msg) (int, string) {
	code, err := strconv.Atoi(msg.Header.Get("Status"))
	if err != nil {
		return 0, ""
	}
	return code, msg.Header.Get("Description")
}

func ack(pa *jetstream.PubAck) object {
	return object{"stream": pa.Stream, "seq": pa.Sequence, "duplicate": pa.Duplicate}
}

func state(s jetstream.StreamState) object {
	return object{"messages": s.Msgs, "bytes": s.Bytes, "first_seq": s.FirstSeq, "last_seq": s.LastSeq, "num_deleted": s.NumDeleted}
}

func progress(info *jetstream.ConsumerInfo) object {
	return object{
		"delivered":       object{"consumer_seq": info.Delivered.Consumer, "stream_seq": info.Delivered.Stream},
		"ack_floor":       object{"consumer_seq": info.AckFloor.Consumer, "stream_seq": info.AckFloor.Stream},
		"num_ack_pending": info.NumAckPending,
		"num_redelivered": info.NumRedelivered,
		"num_pending":     info.NumPending,
	}
}

func delivery(msg jetstream.Msg) object {
	meta := must(msg.Metadata())
	return object{
		"subject":      msg.Subject(),
		"data":         string(msg.Data()),
		"stream_seq":   meta.Sequence.Stream,
		"consumer_seq": meta.Sequence.Consumer,
		"delivered":    meta.NumDelivered,
		"pending":      meta.NumPending,
	}
}

func streamSeq(msg jetstream.Msg) uint64 { return must(msg.Metadata()).Sequence.Stream }

func fingerprint(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// pattern is bytes that say where they are.
func pattern(length int) []byte {
	data := make([]byte, length)
	for i := range data {
		data[i] = byte(i*31 + (i >> 8))
	}
	return data
}

// fill creates a stream with messages m1, m2, ... on `name.0`, `name.1`, `name.2` in turn (name in lower case).
func (t *stage) fill(name string, count int, storage jetstream.StorageType) jetstream.Stream {
	subject := strings.ToLower(name)
	stream := must(t.js.CreateStream(brief(), jetstream.StreamConfig{Name: name, Subjects: []string{subject + ".>"}, Storage: storage}))
	for i := 1; i <= count; i++ {
		t.put(fmt.Sprintf("%s.%d", subject, i%3), fmt.Sprintf("m%d", i))
	}
	return stream
}

func (t *stage) put(subject string, data string, options ...jetstream.PublishOpt) *jetstream.PubAck {
	return must(t.js.Publish(brief(), subject, []byte(data), options...))
}

func (t *stage) streamInfo(name string, options ...jetstream.StreamInfoOpt) *jetstream.StreamInfo {
	return must(must(t.js.Stream(brief(), name)).Info(brief(), options...))
}

func (t *stage) stateOf(name string) object { return state(t.streamInfo(name).State) }

func (t *stage) consumerInfo(stream string, name string) *jetstream.ConsumerInfo {
	return must(must(t.js.Consumer(brief(), stream, name)).Info(brief()))
}

// add creates a consumer, pull or push, and returns what the server said about it.
func (t *stage) add(stream string, config jetstream.ConsumerConfig) (*jetstream.ConsumerInfo, error) {
	if config.DeliverSubject != "" {
		consumer, err := t.js.CreatePushConsumer(brief(), stream, config)
		if err != nil {
			return nil, err
		}
		return consumer.CachedInfo(), nil
	}
	consumer, err := t.js.CreateConsumer(brief(), stream, config)
	if err != nil {
		return nil, err
	}
	return consumer.CachedInfo(), nil
}

func (t *stage) consumer(stream string, config jetstream.ConsumerConfig) jetstream.Consumer {
	return must(t.js.CreateConsumer(brief(), stream, config))
}

func fetch(consumer jetstream.Consumer, count int, expires time.Duration) []jetstream.Msg {
	batch := must(consumer.Fetch(count, jetstream.FetchMaxWait(expires)))
	var list []jetstream.Msg
	for msg := range batch.Messages() {
		list = append(list, msg)
	}
	check(batch.Error())
	return list
}

// next is one message, or nil when none came in time.
func next(consumer jetstream.Consumer, expires time.Duration) jetstream.Msg {
	list := fetch(consumer, 1, expires)
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func acknowledge(list ...jetstream.Msg) {
	for _, msg := range list {
		check(msg.DoubleAck(brief()))
	}
}

// gather sends a request by hand and collects what comes up to a status for which isEnd holds.
func (t *stage) gather(subject string, request string, isEnd func(code int) bool) []*nats.Msg {
	inbox := nats.NewInbox()
	// A synchronous subscription would turn the status 503 into an error.
	messages := make(chan *nats.Msg, 100)
	sub := must(t.nc.ChanSubscribe(inbox, messages))
	defer sub.Unsubscribe()
	check(t.nc.PublishRequest(subject, inbox, []byte(request)))
	deadline := time.After(3 * time.Second)
	var list []*nats.Msg
	for {
		select {
		case msg := <-messages:
			list = append(list, msg)
			if code, _ := status(msg); isEnd(code) {
				return list
			}
		case <-deadline:
			return list
		}
	}
}

// pull sends a pull request by hand: payloads, then the closing status.
func (t *stage) pull(stream string, consumer string, request string) []any {
	list := t.gather("$JS.API.CONSUMER.MSG.NEXT."+stream+"."+consumer, request, func(code int) bool { return code >= 400 })
	result := []any{}
	for _, msg := range list {
		if code, text := status(msg); code == 0 {
			result = append(result, string(msg.Data))
		} else {
			result = append(result, object{"code": code, "text": text, "headers": headerLists(msg.Header)})
		}
	}
	return result
}
