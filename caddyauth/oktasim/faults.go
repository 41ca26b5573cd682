package oktasim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Fault is misbehaviour on purpose at one endpoint.
type Fault struct {
	// Endpoint is a name of GET /calls, or "*" for every one of them.
	Endpoint string `json:"endpoint"`

	// Kind is a kind of misbehaviour that has a name; GET /faults/kinds lists
	// them. Value is what the kind takes, where it takes something; absent, it
	// has a default.
	Kind  string `json:"kind,omitempty"`
	Value string `json:"value,omitempty"`

	// Status and Body replace the answer. Body is a JSON string, whose text is
	// sent as it is, or any other JSON value. Neither: the real answer, after
	// the delay. A body without a status comes with 200.
	Status int             `json:"status,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`

	// Headers of the answer, the real one too, for example
	// X-Rate-Limit-Reset.
	Headers map[string]string `json:"headers,omitempty"`

	// DelayMS holds the answer back, in milliseconds.
	DelayMS int `json:"delay_ms,omitempty"`

	// Times is how many calls meet the fault. Default 0: all, until the list
	// is replaced.
	Times int `json:"times,omitempty"`
}

// anyEndpoint stands for every endpoint that is counted.
const anyEndpoint = "*"

// maxDelay bounds a delay: longer than any client's patience.
const maxDelay = 10 * time.Minute

func (f *Fault) check() error {
	switch {
	case f.Endpoint != anyEndpoint && !slices.Contains(endpointNames, f.Endpoint):
		return fmt.Errorf("endpoint is %q; it can be one of: %s, *", f.Endpoint, strings.Join(endpointNames, ", "))
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status is %d; it can be 200 to 599, or 0 for the real answer", f.Status)
	case f.DelayMS < 0 || time.Duration(f.DelayMS)*time.Millisecond > maxDelay:
		return fmt.Errorf("delay_ms is %d; it can be 0 to %d", f.DelayMS, maxDelay.Milliseconds())
	case f.Times < 0:
		return fmt.Errorf("times is %d; it must not be negative", f.Times)
	}
	return f.checkKind()
}

func (f *Fault) checkKind() error {
	kind := f.kind()
	switch {
	case f.Kind == "" && f.Value != "":
		return fmt.Errorf("value is %q, but there is no kind that takes it", f.Value)
	case f.Kind == "":
		return nil
	case kind == nil:
		return fmt.Errorf("kind is %q; it can be one of: %s", f.Kind, strings.Join(faultNames(), ", "))
	case kind.at != nil && f.Endpoint != anyEndpoint && !slices.Contains(kind.at, f.Endpoint):
		return fmt.Errorf("kind %q does nothing at %q; it is for: %s", f.Kind, f.Endpoint, strings.Join(kind.at, ", "))
	case f.Value == "":
		return nil
	case kind.takes == nil:
		return fmt.Errorf("value is %q, but kind %q takes none", f.Value, f.Kind)
	}
	if err := kind.takes.check(f.Value); err != nil {
		return fmt.Errorf("value of kind %q is %q; %w", f.Kind, f.Value, err)
	}
	return nil
}

// meets reports whether a call of that endpoint meets the fault.
func (f *Fault) meets(endpoint string) bool {
	if f.Endpoint != anyEndpoint {
		return f.Endpoint == endpoint
	}
	kind := f.kind()
	return kind == nil || kind.at == nil || slices.Contains(kind.at, endpoint)
}

// fault takes the first fault for that endpoint, and drops one that has been
// met often enough.
func (s *Server) fault(endpoint string) *Fault {
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.meets(endpoint) })
	if i < 0 {
		return nil
	}
	found := s.faults[i]
	if found.Times == 1 {
		s.faults = slices.Delete(s.faults, i, i+1)
	} else if found.Times > 1 {
		s.faults[i].Times--
	}
	return &found
}

// The methods below do nothing to a nil fault, which is a call that meets none.

func (f *Fault) kind() *faultKind {
	if f == nil {
		return nil
	}
	return faultNamed(f.Kind)
}

// wait holds the answer back. It reports false when nobody waits any more.
func (f *Fault) wait(r *http.Request) bool {
	if f == nil || f.DelayMS == 0 {
		return true
	}
	return pause(r, time.Duration(f.DelayMS)*time.Millisecond)
}

func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// replacement is what comes in place of the endpoint's answer, if something
// does: the org then never saw the request, and the same step can be tried
// again.
func (f *Fault) replacement(s *Server, c *call) (reply, bool) {
	if f == nil {
		return reply{}, false
	}
	hasBody := len(f.Body) > 0 && !bytes.Equal(f.Body, []byte("null"))
	kind := f.kind()
	if f.Status == 0 && !hasBody {
		if kind == nil || kind.instead == nil {
			return reply{}, false
		}
		return kind.instead(s, c, f.value()), true
	}
	out := reply{status: f.Status, kind: "application/json", header: http.Header{}}
	if strings.HasPrefix(c.request.URL.Path, "/idp/idx/") {
		out.kind = typeION
	}
	if out.status == 0 {
		out.status = http.StatusOK
	}
	if !hasBody {
		return out, true
	}
	out.content = f.Body
	var text string
	if json.Unmarshal(f.Body, &text) == nil {
		out.content = []byte(text)
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			out.kind = "text/html; charset=utf-8"
		}
	}
	return out, true
}

// alter spoils an answer, real or not.
func (f *Fault) alter(s *Server, c *call, out reply) reply {
	if f == nil {
		return out
	}
	if kind := f.kind(); kind != nil && kind.alter != nil {
		out = kind.alter(s, c, f.value(), out)
	}
	if len(f.Headers) > 0 {
		header := http.Header{}
		for name, values := range out.header {
			header[name] = values
		}
		for name, value := range f.Headers {
			header.Set(name, value)
		}
		out.header = header
		if kind := header.Get("Content-Type"); kind != "" {
			out.kind = kind
		}
	}
	return out
}

// silent reports whether nothing that the org says reaches the client.
func (f *Fault) silent() bool {
	kind := f.kind()
	return kind != nil && kind.silent
}

// send writes an answer, in the fault's way if it has one.
func (f *Fault) send(w http.ResponseWriter, r *http.Request, out reply) {
	if kind := f.kind(); kind != nil && kind.send != nil {
		kind.send(w, r, f.value(), out)
		return
	}
	out.write(w)
}
