// Reads server frames from a socket chunk by chunk and counts messages exactly, at a cost far below that of a
// client library. It checks every frame's shape and length and never looks at a subject. Called by core.go and
// jetstream.go, one reader per connection.
package main

import (
	"bytes"
	"errors"
	"fmt"
)

const readBufferBytes = 256 << 10

// frameReader consumes a byte stream of MSG, HMSG, PING, PONG, INFO, +OK and -ERR frames.
type frameReader struct {
	messages     int64
	payloadBytes int64
	pings        int
	pongs        int

	// onMessage, when set, sees each whole payload; then a frame must fit in the read buffer.
	onMessage func(payload []byte) error

	// skip is what is left of a message body, its CR LF included. Invariant: 0 while a control line is awaited.
	skip int
	// lastLine is the previous MSG control line and lastBody its body length: equal lines need no parsing.
	lastLine []byte
	lastBody int
}

var errBodyEnd = errors.New("a message body does not end with CR LF")

// consume takes what it can from chunk and returns how many bytes it took; the rest must come again, with more.
func (f *frameReader) consume(chunk []byte) (int, error) {
	at := 0
	for at < len(chunk) {
		if f.skip > 0 {
			took, err := f.skipBody(chunk[at:])
			if err != nil {
				return at, err
			}
			at += took
			continue
		}
		rest := chunk[at:]
		lineLength, body, err := f.controlLine(rest)
		if err != nil || lineLength == 0 {
			return at, err
		}
		if body < 0 {
			at += lineLength
			continue
		}
		if f.onMessage != nil {
			if len(rest) < lineLength+body {
				return at, nil
			}
			payload := rest[lineLength : lineLength+body-2]
			if rest[lineLength+body-2] != '\r' || rest[lineLength+body-1] != '\n' {
				return at, errBodyEnd
			}
			f.messages++
			f.payloadBytes += int64(len(payload))
			if err := f.onMessage(payload); err != nil {
				return at, err
			}
			at += lineLength + body
			continue
		}
		f.skip = body
		f.payloadBytes += int64(body - 2)
		at += lineLength
	}
	return at, nil
}

// skipBody passes over the rest of a message body and counts the message when its end is seen.
func (f *frameReader) skipBody(rest []byte) (int, error) {
	if len(rest) < f.skip {
		f.skip -= len(rest)
		return len(rest), nil
	}
	end := f.skip
	if rest[end-1] != '\n' || (end > 1 && rest[end-2] != '\r') {
		return 0, errBodyEnd
	}
	f.skip = 0
	f.messages++
	return end, nil
}

// controlLine returns the line's length (0: not complete yet) and the body length after it (-1: none).
func (f *frameReader) controlLine(rest []byte) (int, int, error) {
	if n := len(f.lastLine); n > 0 && len(rest) >= n && bytes.Equal(rest[:n], f.lastLine) {
		return n, f.lastBody, nil
	}
	newline := bytes.IndexByte(rest, '\n')
	if newline < 0 {
		return 0, 0, nil
	}
	line := rest[:newline+1]
	switch {
	case bytes.HasPrefix(line, []byte("MSG ")), bytes.HasPrefix(line, []byte("HMSG ")):
		size, err := trailingNumber(line)
		if err != nil {
			return 0, 0, err
		}
		f.lastLine = append(f.lastLine[:0], line...)
		f.lastBody = size + 2
		return len(line), size + 2, nil
	case bytes.HasPrefix(line, []byte("PING")):
		f.pings++
	case bytes.HasPrefix(line, []byte("PONG")):
		f.pongs++
	case bytes.HasPrefix(line, []byte("INFO ")), bytes.HasPrefix(line, []byte("+OK")):
	default:
		return 0, 0, fmt.Errorf("the server said %q", bytes.TrimSpace(line))
	}
	return len(line), -1, nil
}

// trailingNumber reads the last decimal of a line that ends with CR LF: MSG's and HMSG's total size.
func trailingNumber(line []byte) (int, error) {
	value, scale := 0, 1
	at := len(line) - 3
	for ; at >= 0 && line[at] >= '0' && line[at] <= '9'; at-- {
		value += int(line[at]-'0') * scale
		scale *= 10
	}
	if scale == 1 || len(line) < 3 || line[len(line)-2] != '\r' || line[at] != ' ' {
		return 0, fmt.Errorf("cannot read the size of %q", line)
	}
	return value, nil
}
