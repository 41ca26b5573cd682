package redisstore_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

// proxy stands between a client and Redis, and sees whole commands and replies.
type proxy struct {
	address string

	mu    sync.Mutex
	conns int
	// answer is given each reply, the command it belongs to, and which reply of
	// which connection it is, both counted from 1. It returns what the client
	// gets; nil is nothing, for as long as the connection lives.
	answer func(connection, reply int, command, data []byte) []byte
}

func startProxy(t *testing.T, upstream string, answer func(connection, reply int, command, data []byte) []byte) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &proxy{address: listener.Addr().String(), answer: answer}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns++
			n := p.conns
			p.mu.Unlock()
			go p.serve(conn, upstream, n)
		}
	}()
	return p
}

func (p *proxy) serve(client net.Conn, upstream string, n int) {
	defer client.Close()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	defer server.Close()
	commands := make(chan []byte, 1000)
	go func() {
		defer server.Close()
		defer close(commands)
		for from := bufio.NewReader(client); ; {
			command, err := readMessage(from)
			if err != nil {
				return
			}
			commands <- command
			if _, err := server.Write(command); err != nil {
				return
			}
		}
	}()
	from := bufio.NewReader(server)
	for reply := 1; ; reply++ {
		data, err := readMessage(from)
		if err != nil {
			return
		}
		if data = p.answer(n, reply, <-commands, data); data != nil {
			if _, err := client.Write(data); err != nil {
				return
			}
		}
	}
}

// readMessage reads one value of RESP2 as it is on the wire.
func readMessage(from *bufio.Reader) ([]byte, error) {
	line, err := from.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(string(bytes.TrimSpace(line[1:])))
	switch line[0] {
	case '$':
		if n < 0 {
			return line, nil
		}
		body := make([]byte, n+2)
		if _, err := io.ReadFull(from, body); err != nil {
			return nil, err
		}
		return append(line, body...), nil
	case '*':
		for range n {
			part, err := readMessage(from)
			if err != nil {
				return nil, err
			}
			line = append(line, part...)
		}
	}
	return line, nil
}

func isRead(command []byte) bool {
	return bytes.Contains(bytes.ToLower(command), []byte("\r\ngetrange\r\n"))
}
