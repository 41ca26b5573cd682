package oktasim

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

const clockShape = `{"advance":"10m"} or {"offset":"-5m"}`

// farthest keeps the org within a range of times that every client can read.
const farthest = 100 * 365 * 24 * time.Hour

// A clock is the org's own: another clock and how far it is off.
type clock struct {
	base   func() time.Time
	offset atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

func (s *Server) getClock(*http.Request) (any, error) {
	return map[string]string{
		"now":    s.Now().UTC().Format(time.RFC3339Nano),
		"offset": time.Duration(s.clock.offset.Load()).String(),
	}, nil
}

// postClock moves the org's clock: on from where it is, or to a distance from
// the real one. Codes, tokens and sign-ins grow old, and a client meets skew.
func (s *Server) postClock(r *http.Request) (any, error) {
	var given struct {
		Advance *string `json:"advance"`
		Offset  *string `json:"offset"`
	}
	if err := readStrict(r.Body, &given, clockShape); err != nil {
		return nil, err
	}
	offset, name, value := time.Duration(s.clock.offset.Load()), "advance", given.Advance
	if given.Offset != nil {
		offset, name, value = 0, "offset", given.Offset
	}
	if value == nil || given.Advance != nil && given.Offset != nil {
		return nil, errors.New("give one of advance and offset; expected " + clockShape)
	}
	by, err := time.ParseDuration(*value)
	if err != nil {
		return nil, fmt.Errorf("%s is %q; expected a duration such as \"10m\" or \"-30s\"", name, *value)
	}
	if offset += by; offset.Abs() > farthest {
		return nil, fmt.Errorf("%s is %q; the clock can be off by a hundred years", name, *value)
	}
	s.clock.offset.Store(int64(offset))
	return s.getClock(r)
}
