// Core publish, and publish with subscribers. The clock runs from just before the first published byte to the
// last delivery (no subscribers: to the PONG that follows the last message).
package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"
)

const publishChunkBytes = 64 << 10

type subscriber struct {
	*connection
	received atomic.Int64
	done     chan time.Time
}

// encodePublishes returns whole PUB frames, about publishChunkBytes of them, and how many they are.
func encodePublishes(subject string, size int) ([]byte, int) {
	frame := append([]byte(fmt.Sprintf("PUB %s %d\r\n", subject, size)), bytes.Repeat([]byte{'x'}, size)...)
	frame = append(frame, '\r', '\n')
	count := publishChunkBytes / len(frame)
	if count < 1 {
		count = 1
	}
	return bytes.Repeat(frame, count), count
}

func subscribe(load *settings) (*subscriber, error) {
	c, err := dial(load.address, load.tls, load.deadline)
	if err != nil {
		return nil, err
	}
	s := &subscriber{connection: c, done: make(chan time.Time, 1)}
	c.onChunk = func() error {
		before, now := s.received.Load(), c.frames.messages
		s.received.Store(now)
		if before < load.messages && now >= load.messages {
			s.done <- time.Now()
		}
		if now > load.messages {
			return fmt.Errorf("%d messages arrived where %d were published", now, load.messages)
		}
		return nil
	}
	c.start()
	if err := c.write([]byte(fmt.Sprintf("SUB %s 1\r\n", load.subject))); err != nil {
		return nil, err
	}
	return s, c.roundTrip()
}

// publishAll writes every message; it waits while the slowest subscriber is further behind than leadBytes, so
// that no server is judged by how it treats slow consumers.
func publishAll(load *settings, publisher *connection, subscribers []*subscriber) (waits int64, err error) {
	chunk, perChunk := encodePublishes(load.subject, load.size)
	frameBytes := int64(len(chunk) / perChunk)
	lead := load.leadBytes / frameBytes
	if lead < int64(perChunk) {
		lead = int64(perChunk)
	}
	for sent := int64(0); sent < load.messages; {
		for _, s := range subscribers {
			for sent-s.received.Load() > lead {
				select {
				case err := <-s.failed:
					return waits, fmt.Errorf("a subscriber got %d of the %d messages sent: %w", s.received.Load(), sent, err)
				case <-time.After(100 * time.Microsecond):
				}
				waits++
			}
		}
		count := int64(perChunk)
		if load.messages-sent < count {
			count = load.messages - sent
		}
		if err := publisher.write(chunk[:count*frameBytes]); err != nil {
			return waits, err
		}
		sent += count
	}
	return waits, nil
}

func runCore(load *settings) (*result, error) {
	subscribers := make([]*subscriber, load.subscribers)
	for i := range subscribers {
		s, err := subscribe(load)
		if err != nil {
			return nil, fmt.Errorf("subscribing: %w", err)
		}
		subscribers[i] = s
	}
	publisher, err := dial(load.address, load.tls, load.deadline)
	if err != nil {
		return nil, err
	}
	publisher.start()
	if err := publisher.roundTrip(); err != nil {
		return nil, err
	}

	start := time.Now()
	waits, err := publishAll(load, publisher, subscribers)
	if err != nil {
		return nil, fmt.Errorf("publishing: %w", err)
	}
	if err := publisher.roundTrip(); err != nil {
		return nil, fmt.Errorf("publishing: %w", err)
	}
	published := time.Now()
	end := published
	for i, s := range subscribers {
		select {
		case at := <-s.done:
			if i == 0 || at.After(end) {
				end = at
			}
		case err := <-s.failed:
			return nil, fmt.Errorf("subscriber %d got %d of %d: %w", i, s.received.Load(), load.messages, err)
		}
	}
	for i, s := range subscribers {
		if err := s.roundTrip(); err != nil {
			return nil, err
		}
		if got := s.frames.messages; got != load.messages || s.frames.payloadBytes != got*int64(load.size) {
			return nil, fmt.Errorf("subscriber %d got %d messages, %d payload bytes", i, got, s.frames.payloadBytes)
		}
	}

	delivered := load.messages * int64(load.subscribers)
	if load.subscribers == 0 {
		delivered = load.messages
	}
	return &result{
		Delivered:        delivered,
		Seconds:          end.Sub(start).Seconds(),
		PublishSeconds:   published.Sub(start).Seconds(),
		PublishPerSecond: float64(load.messages) / published.Sub(start).Seconds(),
		PublisherWaits:   waits,
	}, nil
}
