package oktasim

import (
	"net/http"
	"strings"
	"time"
)

// A loggedCall is one request, as GET /calls/log and the page of calls show
// it. It holds no password, code, handle or token: see redaction.
type loggedCall struct {
	ID       int               `json:"id"` // from 1 on, also when older calls are dropped
	Time     time.Time         `json:"time"`
	Endpoint string            `json:"endpoint,omitempty"` // a name of GET /calls; none: a page of a browser's
	Request  string            `json:"request"`            // method and route
	Headers  map[string]string `json:"headers"`
	Body     any               `json:"body,omitempty"`
	Status   int               `json:"status"`          // 0: no answer, or none yet
	Fault    string            `json:"fault,omitempty"` // what it met
}

// keptCalls bounds the log.
const keptCalls = 500

// A callLog is the latest calls, oldest first.
type callLog struct {
	calls []*loggedCall
	last  int // the latest id
}

func (l *callLog) add(entry *loggedCall) {
	l.last++
	entry.ID = l.last
	if len(l.calls) == keptCalls {
		l.calls = l.calls[1:]
	}
	l.calls = append(l.calls, entry)
}

// after is the calls whose id is greater, never nil. They are copies: the
// status of a call changes when it is answered.
func (l *callLog) after(id int) []loggedCall {
	out := []loggedCall{}
	for _, entry := range l.calls {
		if entry.ID > id {
			out = append(out, *entry)
		}
	}
	return out
}

// shownHeaders are those by which a client, a browser or a device is told
// apart; of the others, an org makes nothing.
var shownHeaders = []string{
	"User-Agent", "Accept", "Accept-Language", "Content-Type", "Origin",
	"X-Okta-User-Agent-Extended", "X-Forwarded-For",
}

// secretHeaders are shown as their length and hash.
var secretHeaders = []string{"X-Device-Token", "X-Device-Fingerprint", "Dpop"}

func (s *Server) logged(name string, c *call) *loggedCall {
	h := c.request.Header
	entry := &loggedCall{Time: s.Now(), Endpoint: name, Request: c.request.Pattern, Headers: map[string]string{}}
	for _, name := range shownHeaders {
		if value := h.Get(name); value != "" {
			entry.Headers[name] = shorten(value)
		}
	}
	for _, name := range secretHeaders {
		if value := h.Get(name); value != "" {
			entry.Headers[name] = s.redaction.hide(value)
		}
	}
	if scheme, value, _ := strings.Cut(h.Get("Authorization"), " "); scheme != "" {
		entry.Headers["Authorization"] = shorten(scheme) + " " + s.redaction.hide(value)
	}
	var cookies []string
	for _, cookie := range c.request.Cookies() {
		cookies = append(cookies, shorten(cookie.Name)+"="+s.redaction.hide(cookie.Value))
	}
	if cookies != nil {
		entry.Headers["Cookie"] = strings.Join(cookies, "; ")
	}
	entry.Body = s.redactedBody(c)
	if c.fault != nil {
		entry.Fault = c.fault.name()
	}
	return entry
}

// name says in one word what a fault does.
func (f *Fault) name() string {
	switch {
	case f.Kind != "":
		return f.Kind
	case f.Status != 0:
		return http.StatusText(f.Status)
	case len(f.Body) > 0:
		return "body"
	}
	return "delay"
}
