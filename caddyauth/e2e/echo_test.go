package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// UpstreamMark is in every answer of the application: whoever sees it without
// a session has been served protected content.
const UpstreamMark = "upstream-content-7f3a"

// Echo is an application behind the site. It reads its socket by itself, since
// net/http would canonicalise the very thing that tests are about.
type Echo struct {
	// Addr is its host:port.
	Addr string

	mu     sync.Mutex
	seen   []EchoRequest
	answer func(*EchoRequest) string
}

// EchoRequest is one request as the application received it.
type EchoRequest struct {
	Line   string      `json:"line"`   // "GET /a?b HTTP/1.1"
	Header [][2]string `json:"header"` // in order, names as they were spelled
	Body   string      `json:"body"`
	// Trailer is what followed a chunked body.
	Trailer [][2]string `json:"trailer,omitempty"`
}

// StartEcho runs the application until the test ends. It answers 200 with the
// request as JSON, and echoes bytes on an upgrade.
func StartEcho(t testing.TB) *Echo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	e := &Echo{Addr: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go e.serve(conn)
		}
	}()
	return e
}

// Answer makes the application answer with the raw response that f returns;
// nil brings back the default, and so does an empty one for that request. A
// response to an upgrade is followed by an echo of bytes when its status is 101.
func (e *Echo) Answer(f func(*EchoRequest) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

// Requests returns what was received since the start or the last Reset.
func (e *Echo) Requests() []EchoRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]EchoRequest(nil), e.seen...)
}

// Reset forgets what was received.
func (e *Echo) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = nil
}

// Last returns the latest request, and fails the test when there is none.
func (e *Echo) Last(t testing.TB) EchoRequest {
	t.Helper()
	all := e.Requests()
	if len(all) == 0 {
		t.Fatal("the application received nothing")
	}
	return all[len(all)-1]
}

// Values returns the values of every header of that name, in any case.
func (r EchoRequest) Values(name string) []string {
	var out []string
	for _, h := range r.Header {
		if strings.EqualFold(h[0], name) {
			out = append(out, h[1])
		}
	}
	return out
}

// Alias returns the values of every header that an application could take for
// that one: any case, and any of - _ . between the words. Trailers count.
func (r EchoRequest) Alias(name string) []string {
	var out []string
	for _, h := range slices.Concat(r.Header, r.Trailer) {
		if bareName(h[0]) == bareName(name) {
			out = append(out, h[1])
		}
	}
	return out
}

func bareName(name string) string {
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
}

// Target is the request target: path and query as they were sent.
func (r EchoRequest) Target() string {
	fields := strings.Fields(r.Line)
	if len(fields) < 2 {
		return ""
	}
	return fields[1]
}

func (e *Echo) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		request, err := readEchoRequest(in)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.seen = append(e.seen, *request)
		script := e.answer
		e.mu.Unlock()
		answer := ""
		if script != nil {
			answer = script(request)
		}
		if answer == "" {
			answer = defaultAnswer(request)
		}
		if head, _, found := strings.Cut(answer, "\r\n\r\n"); found && strings.HasPrefix(request.Line, "HEAD ") {
			answer = head + "\r\n\r\n" // a body would be taken for the next answer
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
		if strings.HasPrefix(answer, "HTTP/1.1 101") {
			_, _ = io.Copy(conn, in)
			return
		}
	}
}

func readEchoRequest(in *bufio.Reader) (*EchoRequest, error) {
	line, err := readLine(in)
	if err != nil {
		return nil, err
	}
	r := &EchoRequest{Line: line}
	if r.Header, err = readHeader(in); err != nil {
		return nil, err
	}
	var body io.Reader = strings.NewReader("")
	if values := r.Values("Transfer-Encoding"); len(values) > 0 {
		body = httputil.NewChunkedReader(in)
	} else if values := r.Values("Content-Length"); len(values) > 0 {
		n, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			return nil, err
		}
		body = io.LimitReader(in, n)
	}
	content, err := io.ReadAll(body)
	if err == nil && len(r.Values("Transfer-Encoding")) > 0 {
		r.Trailer, err = readHeader(in)
	}
	r.Body = string(content)
	return r, err
}

// readHeader reads lines up to an empty one.
func readHeader(in *bufio.Reader) ([][2]string, error) {
	header := [][2]string{}
	for {
		line, err := readLine(in)
		if line == "" || err != nil {
			return header, err
		}
		name, value, _ := strings.Cut(line, ":")
		header = append(header, [2]string{name, strings.Trim(value, " \t")})
	}
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), err
}

func defaultAnswer(r *EchoRequest) string {
	if upgrade := r.Values("Upgrade"); len(upgrade) > 0 {
		return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + upgrade[0] + "\r\n\r\n"
	}
	body, _ := json.Marshal(map[string]any{"mark": UpstreamMark, "request": r}) // strings only
	return RawAnswer(200, string(body), "Content-Type: application/json")
}

// RawAnswer is a response with these header lines.
func RawAnswer(status int, body string, lines ...string) string {
	head := append([]string{fmt.Sprintf("HTTP/1.1 %d Whatever", status), fmt.Sprintf("Content-Length: %d", len(body))}, lines...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + body
}
