// One raw connection to the server under test: handshake, a reading loop that feeds a frameReader and answers
// PING, and writes that are safe beside it.
package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"
)

type connection struct {
	// socket is Go's own: blocking sockets outside its poller were measured and are slower with many connections.
	socket net.Conn
	frames *frameReader

	writing sync.Mutex

	// onChunk runs after each read has been counted, on the reading goroutine.
	onChunk func() error
	pongs   chan struct{}
	failed  chan error
}

// dial connects, over TLS where asked to, and says CONNECT; the deadline holds for the whole life of the connection.
func dial(address string, withTLS bool, deadline time.Time) (*connection, error) {
	socket, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	if err := socket.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if withTLS {
		if socket, err = secure(socket); err != nil {
			return nil, err
		}
	}
	c := &connection{socket: socket, frames: &frameReader{}, pongs: make(chan struct{}, 16), failed: make(chan error, 1)}
	connect := `CONNECT {"verbose":false,"pedantic":false,"lang":"blaster","version":"1","protocol":1,"headers":true,"no_responders":true}`
	return c, c.write([]byte(connect + "\r\n"))
}

// secure reads INFO, which comes in clear, and then shakes hands. Whose certificate it is does not matter here.
func secure(socket net.Conn) (net.Conn, error) {
	one := make([]byte, 1)
	for one[0] != '\n' {
		if _, err := socket.Read(one); err != nil {
			return nil, fmt.Errorf("reading INFO: %w", err)
		}
	}
	secured := tls.Client(socket, &tls.Config{InsecureSkipVerify: true})
	return secured, secured.Handshake()
}

func (c *connection) write(data []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.socket.Write(data)
	return err
}

// start begins reading; onChunk and frames.onMessage must be set before.
func (c *connection) start() {
	go func() {
		if err := c.readAll(); err != nil {
			c.failed <- err
		}
	}()
}

func (c *connection) readAll() error {
	buffer := make([]byte, readBufferBytes)
	have := 0
	for {
		n, err := c.socket.Read(buffer[have:])
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		have += n
		pings, pongs := c.frames.pings, c.frames.pongs
		took, err := c.frames.consume(buffer[:have])
		if err != nil {
			return err
		}
		copy(buffer, buffer[took:have])
		have -= took
		if have == len(buffer) {
			return fmt.Errorf("a frame is larger than the read buffer of %d bytes", len(buffer))
		}
		if answers := c.frames.pings - pings; answers > 0 {
			if err := c.write(bytes.Repeat([]byte("PONG\r\n"), answers)); err != nil {
				return err
			}
		}
		if c.onChunk != nil {
			if err := c.onChunk(); err != nil {
				return err
			}
		}
		for ; pongs < c.frames.pongs; pongs++ {
			c.pongs <- struct{}{}
		}
	}
}

// roundTrip returns when the server has answered everything written before.
func (c *connection) roundTrip() error {
	if err := c.write([]byte("PING\r\n")); err != nil {
		return err
	}
	select {
	case <-c.pongs:
		return nil
	case err := <-c.failed:
		return err
	}
}
