package redisstore

import (
	"bytes"
	"errors"
	"net"
	"strconv"
	"strings"
	"syscall"
)

// conn is a connection to Redis. The client makes room for whatever length a reply
// states, and follows lists into lists: a few bytes from whoever answers in place of
// Redis would end the process. So what comes is looked at before the client has it.
type conn struct {
	net.Conn
	socket syscall.Conn
	in     replies
	failed error
	ended  *lastError
}

// SyscallConn shows the socket, also under TLS. The pool looks at a socket before it
// hands it out, and finds the ones that a restart of Redis has closed; without this it
// cannot look, and each dead connection costs a command.
func (c *conn) SyscallConn() (syscall.RawConn, error) { return c.socket.SyscallConn() }

func (c *conn) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	n, err := c.Conn.Read(p)
	if c.failed = c.in.see(p[:n]); c.failed != nil {
		return 0, c.failed
	}
	if err != nil {
		c.ended.note(err)
	}
	return n, err
}

const (
	// maxReply is about how much memory one reply may take, in bytes. The longest of
	// ours are a thousand marks and, in a Cluster, the list of all commands.
	maxReply = 16 << 20
	// listCost and itemCost are what the client takes for a list, on its stack too, and
	// for the place of an item in it.
	listCost, itemCost = 256, 16
	// maxStart is as much of a line as says what it is.
	maxStart = 32
)

var errReply = errors.New("the reply is none of Redis', or longer than any that is asked for")

// replies follows the replies on a connection, by the elements that they consist of
// (RESP): what is a line by itself, a text of a stated length, or a list of elements.
type replies struct {
	start   []byte // of the line that is being read
	text    int    // bytes that are to come of a text and the line's end after it
	pending int    // elements that are to come of the reply
	cost    int    // of the reply up to now
}

// see is told of the bytes as they come.
func (r *replies) see(p []byte) error {
	for len(p) > 0 {
		part := p
		if r.text > 0 {
			part = p[:min(len(p), r.text)]
			r.text -= len(part)
		} else {
			end := bytes.IndexByte(p, '\n')
			if end >= 0 {
				part = p[:end+1]
			}
			r.start = append(r.start, part[:min(len(part), maxStart-len(r.start))]...)
			if end >= 0 {
				if err := r.element(string(r.start)); err != nil {
					return err
				}
				r.start = r.start[:0]
			}
		}
		if r.cost += len(part); r.cost+r.text > maxReply {
			return errReply
		}
		if r.pending == 0 && r.text == 0 && len(r.start) == 0 {
			r.cost = 0
		}
		p = p[len(part):]
	}
	return nil
}

// element reads the line that an element is, or begins with.
func (r *replies) element(line string) error {
	r.pending = max(r.pending, 1) - 1
	kind := line[0]
	if !strings.ContainsRune("$=!*~>%|", rune(kind)) {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(line[1:], "\r\n"))
	if err != nil || n < -1 || n > maxReply {
		return errReply
	}
	switch items := max(n, 0); kind {
	case '$', '=', '!':
		if n >= 0 {
			r.text = n + len("\r\n")
		}
		return nil
	case '%': // keys and values
		r.list(2 * items)
	case '|': // likewise, of what then comes
		r.list(2*items + 1)
	default:
		r.list(items)
	}
	return nil
}

func (r *replies) list(items int) {
	r.pending += items
	r.cost += listCost + items*itemCost
}
