// Publishes into a stream with a window of unacknowledged messages. Every message asks for its PubAck on a reply
// subject of its own, as client libraries do; every ack's sequence is checked. The clock runs from just before
// the first published byte to the last ack.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	replyPrefix = "_INBOX.blaster."
	tokenDigits = 10
	// latencySlots counts ack times in microseconds; what is longer falls into the last slot.
	latencySlots = 2_000_000
)

// ackSequence reads the sequence of a PubAck; an error reply or a duplicate is an error.
func ackSequence(payload []byte) (int64, error) {
	at := bytes.Index(payload, []byte(`"seq":`))
	if at < 0 || bytes.Contains(payload, []byte(`"error"`)) || bytes.Contains(payload, []byte(`"duplicate"`)) {
		return 0, fmt.Errorf("the ack says %q", payload)
	}
	seq := int64(0)
	for at += len(`"seq":`); at < len(payload); at++ {
		if digit := payload[at]; digit >= '0' && digit <= '9' {
			seq = seq*10 + int64(digit-'0')
		} else if digit != ' ' {
			break
		}
	}
	if seq == 0 {
		return 0, fmt.Errorf("the ack says %q", payload)
	}
	return seq, nil
}

// window counts what is sent and acknowledged. All fields are guarded by the mutex.
type window struct {
	sync.Mutex
	room       *sync.Cond
	sent       int64
	acked      int64
	firstSeq   int64
	lastSeq    int64
	disordered int64
	failure    error
	// sentAt holds the time of sending of the message numbered i at i modulo the window's size.
	sentAt    []time.Time
	latencies []uint32
	lastAckAt time.Time
}

func (w *window) fail(err error) {
	w.Lock()
	if w.failure == nil {
		w.failure = err
	}
	w.Unlock()
	w.room.Broadcast()
}

// acknowledge counts the acks of one read; now is taken once per read.
func (w *window) acknowledge(sequences []int64) {
	w.Lock()
	now := time.Now()
	for _, seq := range sequences {
		if w.firstSeq == 0 {
			w.firstSeq = seq
		} else if seq != w.lastSeq+1 {
			w.disordered++
		}
		w.lastSeq = seq
		micros := now.Sub(w.sentAt[w.acked%int64(len(w.sentAt))]).Microseconds()
		if micros >= latencySlots {
			micros = latencySlots - 1
		}
		w.latencies[micros]++
		w.acked++
	}
	w.lastAckAt = now
	w.Unlock()
	w.room.Signal()
}

// waitForRoom blocks until at least wanted messages may be sent, and returns how many may be.
func (w *window) waitForRoom(wanted int64) (int64, error) {
	w.Lock()
	defer w.Unlock()
	for {
		if w.failure != nil {
			return 0, w.failure
		}
		if room := int64(len(w.sentAt)) - (w.sent - w.acked); room >= wanted {
			return room, nil
		}
		w.room.Wait()
	}
}

func (w *window) noteSent(count int64) {
	w.Lock()
	now := time.Now()
	for i := int64(0); i < count; i++ {
		w.sentAt[(w.sent+i)%int64(len(w.sentAt))] = now
	}
	w.sent += count
	w.Unlock()
}

func (w *window) percentile(fraction float64) float64 {
	target, seen := int64(fraction*float64(w.acked)), int64(0)
	for micros, count := range w.latencies {
		if seen += int64(count); seen > target {
			return float64(micros)
		}
	}
	return latencySlots
}

// stampTokens writes the reply tokens of the next count messages into the pre-encoded frames.
func stampTokens(chunk []byte, frameBytes, tokenAt int, number, count int64) {
	for i := int64(0); i < count; i++ {
		token := chunk[int(i)*frameBytes+tokenAt:]
		for rest, digit := number+i, tokenDigits-1; digit >= 0; digit-- {
			token[digit] = byte('0' + rest%10)
			rest /= 10
		}
	}
}

func publishWindowed(load *settings, publisher *connection, w *window) error {
	token := fmt.Sprintf("%0*d", tokenDigits, 0)
	head := "PUB " + load.subject + " " + replyPrefix
	frame := []byte(head + token + fmt.Sprintf(" %d\r\n", load.size))
	frame = append(frame, bytes.Repeat([]byte{'x'}, load.size)...)
	frame = append(frame, '\r', '\n')
	perChunk := int64(publishChunkBytes/len(frame) + 1)
	chunk := bytes.Repeat(frame, int(perChunk))
	// An eighth of the window is gathered before it is refilled, so that the generator does not write one by one.
	refill := load.window / 8
	if refill < 1 {
		refill = 1
	}
	for sent := int64(0); sent < load.messages; {
		wanted := refill
		if load.messages-sent < wanted {
			wanted = load.messages - sent
		}
		count, err := w.waitForRoom(wanted)
		if err != nil {
			return err
		}
		if count > perChunk {
			count = perChunk
		}
		if load.messages-sent < count {
			count = load.messages - sent
		}
		stampTokens(chunk, len(frame), len(head), sent, count)
		w.noteSent(count)
		if err := publisher.write(chunk[:count*int64(len(frame))]); err != nil {
			return err
		}
		sent += count
	}
	_, err := w.waitForRoom(load.window)
	return err
}

func runJetStream(load *settings) (*result, error) {
	if load.window < 1 {
		return nil, errors.New("-window must be at least 1")
	}
	publisher, err := dial(load.address, load.tls, load.deadline)
	if err != nil {
		return nil, err
	}
	w := &window{sentAt: make([]time.Time, load.window), latencies: make([]uint32, latencySlots)}
	w.room = sync.NewCond(&w.Mutex)
	sequences := make([]int64, 0, load.window)
	publisher.frames.onMessage = func(payload []byte) error {
		seq, err := ackSequence(payload)
		sequences = append(sequences, seq)
		return err
	}
	publisher.onChunk = func() error {
		if len(sequences) > 0 {
			w.acknowledge(sequences)
			sequences = sequences[:0]
		}
		return nil
	}
	publisher.start()
	if err := publisher.write([]byte("SUB " + replyPrefix + "* 1\r\n")); err != nil {
		return nil, err
	}
	if err := publisher.roundTrip(); err != nil {
		return nil, err
	}
	go func() { w.fail(<-publisher.failed) }()

	start := time.Now()
	if err := publishWindowed(load, publisher, w); err != nil {
		return nil, fmt.Errorf("%d of %d acknowledged: %w", w.acked, load.messages, err)
	}
	w.Lock()
	defer w.Unlock()
	if w.lastSeq-w.firstSeq+1 != load.messages {
		return nil, fmt.Errorf("sequences %d to %d for %d messages", w.firstSeq, w.lastSeq, load.messages)
	}
	seconds := w.lastAckAt.Sub(start).Seconds()
	return &result{
		Delivered:        load.messages,
		Seconds:          seconds,
		PublishSeconds:   seconds,
		PublishPerSecond: float64(load.messages) / seconds,
		AckP50Micros:     w.percentile(0.50),
		AckP99Micros:     w.percentile(0.99),
		AcksDisordered:   w.disordered,
	}, nil
}
