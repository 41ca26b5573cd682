package oktasim

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// A sender writes an answer to a fault's taste.
type sender = func(w http.ResponseWriter, r *http.Request, v value, out reply)

// nothing stands for the answer of a kind that sends none.
func nothing(*Server, *call, value) reply { return reply{status: http.StatusOK} }

// connectionFaults are about the way an answer comes, or does not.
var connectionFaults = []*faultKind{
	{
		name: "reset", instead: nothing, send: resetConnection, silent: true,
		does: "cuts the connection (RST) before the org has seen the request",
	},
	{
		name: "close", instead: nothing, send: closeConnection, silent: true,
		does: "closes the connection without an answer, before the org has seen the request",
	},
	{
		name: "lost_answer", send: resetConnection, silent: true,
		does: "does what was asked, then cuts the connection: a code is used, and its tokens never arrive",
	},
	{
		name: "hang", instead: nothing, send: hang, silent: true,
		does: "never answers and keeps the connection, as a firewall does that drops packets",
	},
	{
		name: "drip", takes: takesDuration("1s"), send: drip,
		does: "sends the body one byte at a time; value: the time between two bytes",
	},
	{
		name: "truncate", send: truncate,
		does: "announces the whole body, sends half of it, then cuts the connection",
	},
	{
		name: "flood", instead: nothing, takes: takesNumber("2000000000"), send: flood,
		does: "sends a body without end, of spaces, which are no error in JSON; value: bytes",
	},
	{
		name: "gzip_bomb", instead: nothing, takes: takesNumber("2000000000"), send: gzipBomb,
		does: "sends a compressed body that is a thousand times larger when unpacked; value: bytes unpacked",
	},
	{
		name: "endless_headers", instead: nothing, takes: takesNumber("2000000000"), send: endlessHeaders,
		does: "sends one header after another; value: bytes",
	},
	{
		name: "informational_flood", takes: takesNumber("10000"), send: informationalFlood,
		does: "sends answers 103 before the real one; value: how many",
	},
}

// closeConnection ends the connection, and the request, at once.
func closeConnection(http.ResponseWriter, *http.Request, value, reply) {
	panic(http.ErrAbortHandler)
}

func resetConnection(w http.ResponseWriter, r *http.Request, v value, out reply) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		closeConnection(w, r, v, out)
	}
	defer connection.Close()
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0) // to close is to reset
	}
}

func hang(_ http.ResponseWriter, r *http.Request, _ value, _ reply) {
	<-r.Context().Done()
}

func drip(w http.ResponseWriter, r *http.Request, v value, out reply) {
	whole := out.content
	out.content = nil
	w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
	out.write(w)
	for _, b := range whole {
		if http.NewResponseController(w).Flush() != nil || !pause(r, v.duration()) {
			return
		}
		w.Write([]byte{b})
	}
}

func truncate(w http.ResponseWriter, r *http.Request, v value, out reply) {
	w.Header().Set("Content-Length", strconv.Itoa(len(out.content)))
	out.content = out.content[:len(out.content)/2]
	out.write(w)
	http.NewResponseController(w).Flush()
	closeConnection(w, r, v, out)
}

// chunk is what a flood is made of.
var chunk = []byte(strings.Repeat(" ", 32<<10))

func pour(w io.Writer, bytes int) {
	for bytes > 0 {
		n, err := w.Write(chunk[:min(bytes, len(chunk))])
		if err != nil {
			return
		}
		bytes -= n
	}
}

func flood(w http.ResponseWriter, r *http.Request, v value, out reply) {
	out.kind = typeION
	out.write(w)
	pour(w, v.number())
}

func gzipBomb(w http.ResponseWriter, r *http.Request, v value, out reply) {
	out.kind = typeION
	w.Header().Set("Content-Encoding", "gzip")
	out.write(w)
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		panic(err) // a mistake in this package
	}
	pour(packed, v.number())
	packed.Close()
}

func endlessHeaders(w http.ResponseWriter, r *http.Request, v value, out reply) {
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		closeConnection(w, r, v, out)
	}
	defer connection.Close()
	fmt.Fprint(buffered, "HTTP/1.1 200 OK\r\n")
	value := strings.Repeat("x", 1<<10)
	for sent, i := 0, 0; sent < v.number(); i++ {
		n, err := fmt.Fprintf(buffered, "X-Flood-%d: %s\r\n", i, value)
		if err != nil {
			return
		}
		sent += n
	}
	fmt.Fprint(buffered, "Content-Length: 0\r\n\r\n")
	buffered.Flush()
}

func informationalFlood(w http.ResponseWriter, _ *http.Request, v value, out reply) {
	for range v.number() {
		w.WriteHeader(http.StatusEarlyHints)
	}
	out.write(w)
}
