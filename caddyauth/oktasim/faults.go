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
	// Endpoint is a name of GET /calls.
	Endpoint string `json:"endpoint"`

	// Status and Body replace the answer. Body is a JSON string, whose text is
	// sent as it is, or any other JSON value. Neither: the real answer, after
	// the delay. A body without a status comes with 200.
	Status int             `json:"status,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`

	// Headers of the answer, for example X-Rate-Limit-Reset.
	Headers map[string]string `json:"headers,omitempty"`

	// DelayMS holds the answer back, in milliseconds.
	DelayMS int `json:"delay_ms,omitempty"`

	// Times is how many calls meet the fault. Default 0: all, until the list
	// is replaced.
	Times int `json:"times,omitempty"`
}

// maxDelay bounds a delay: longer than any client's patience.
const maxDelay = 10 * time.Minute

func (f Fault) check() error {
	switch {
	case !slices.Contains(endpointNames, f.Endpoint):
		return fmt.Errorf("endpoint is %q; it can be one of: %s", f.Endpoint, strings.Join(endpointNames, ", "))
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status is %d; it can be 200 to 599, or 0 for the real answer", f.Status)
	case f.DelayMS < 0 || time.Duration(f.DelayMS)*time.Millisecond > maxDelay:
		return fmt.Errorf("delay_ms is %d; it can be 0 to %d", f.DelayMS, maxDelay.Milliseconds())
	case f.Times < 0:
		return fmt.Errorf("times is %d; it must not be negative", f.Times)
	}
	return nil
}

// fault takes the first fault for that endpoint, and drops one that has been
// met often enough.
func (s *Server) fault(name string) *Fault {
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.Endpoint == name })
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

// answer waits, and reports whether it answered in place of the endpoint.
func (f *Fault) answer(w http.ResponseWriter, r *http.Request) bool {
	if f.DelayMS > 0 {
		select {
		case <-time.After(time.Duration(f.DelayMS) * time.Millisecond):
		case <-r.Context().Done():
			return true
		}
	}
	hasBody := len(f.Body) > 0 && !bytes.Equal(f.Body, []byte("null"))
	if f.Status == 0 && !hasBody {
		return false
	}
	out := reply{status: f.Status, kind: "application/json", content: f.Body, header: http.Header{}}
	if strings.HasPrefix(r.URL.Path, "/idp/idx/") {
		out.kind = typeION
	}
	if out.status == 0 {
		out.status = http.StatusOK
	}
	if !hasBody {
		out.content = nil
	}
	var text string
	if hasBody && json.Unmarshal(f.Body, &text) == nil {
		out.content = []byte(text)
		if strings.HasPrefix(strings.TrimSpace(text), "<") {
			out.kind = "text/html; charset=utf-8"
		}
	}
	for name, value := range f.Headers {
		out.header.Set(name, value)
	}
	if kind := out.header.Get("Content-Type"); kind != "" {
		out.kind = kind
	}
	out.write(w)
	return true
}
