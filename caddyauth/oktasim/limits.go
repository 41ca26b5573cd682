package oktasim

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits say how often the org lets itself be asked. Zero is no limit, and the
// zero value limits nothing; OktaLimits are Okta's own.
type Limits struct {
	// StateToken is the number of calls in 5 seconds of one sign-in.
	StateToken int `json:"state_token"`

	// User is the number of calls in 5 seconds of one user.
	User int `json:"user"`

	// Client is the number of calls in a minute of one client, from one
	// address and device. Whoever forwards neither address nor device makes
	// all its users one.
	Client int `json:"client"`

	// Concurrent is the number of calls at once of one client, from one
	// address and device.
	Concurrent int `json:"concurrent"`

	// Dialect is what a 429 of the IDX conversation speaks: "ion", or "api" as
	// everywhere else. Both were seen. Default: "ion".
	Dialect string `json:"dialect,omitempty"`
}

// OktaLimits returns the limits of an Identity Engine org.
func OktaLimits() Limits { return Limits{StateToken: 10, User: 20, Client: 60, Concurrent: 5} }

const limitsShape = `true (Okta's limits), false (none) or {"state_token":10,"user":20,"client":60,"concurrent":5,"dialect":"ion"|"api"}`

// UnmarshalJSON reads true as Okta's limits and false as none.
func (l *Limits) UnmarshalJSON(content []byte) error {
	var all bool
	if json.Unmarshal(content, &all) == nil {
		if *l = (Limits{}); all {
			*l = OktaLimits()
		}
		return nil
	}
	type plain Limits
	var given plain
	if err := decodeStrict(content, &given); err != nil {
		return err
	}
	*l = Limits(given)
	return nil
}

func (l Limits) check() error {
	if slices.Min([]int{l.StateToken, l.User, l.Client, l.Concurrent}) < 0 {
		return errors.New("a limit must not be negative; 0 is none")
	}
	if !slices.Contains([]string{"", "ion", "api"}, l.Dialect) {
		return fmt.Errorf("dialect is %q; it can be \"ion\" or \"api\"", l.Dialect)
	}
	return nil
}

const (
	burstWindow  = 5 * time.Second
	clientWindow = time.Minute
)

// limitedEndpoints are the calls of a sign-in. What is cached, and what comes
// after a sign-in, is not counted with them.
var limitedEndpoints = append([]string{"interact", "token"}, idxEndpoints...)

func (l Limits) none() bool {
	l.Dialect = ""
	return l == Limits{}
}

// A limiter counts calls in windows. It has no lock of its own.
type limiter struct {
	windows map[string]*window
	busy    map[string]int
}

// A window begins with the first call that is counted in it.
type window struct {
	ends  time.Time
	calls int
}

// A caller is who is counted for a call. Parts that are not known are empty.
type caller struct {
	stateToken string
	user       string
	client     string // with address and device
}

// A verdict is what the limiter says of a call: what the rate limit headers
// say, and whether it is one too many.
type verdict struct {
	limit, remaining int
	reset            time.Time
	refused          bool
}

// keptWindows is how many may be there before those that ended are dropped.
const keptWindows = 1000

// admit counts a call, also one that is refused. The verdict is of the limit
// that is nearest; nil: none applies. done must be called when the call is
// over.
func (l *limiter) admit(limits Limits, who caller, now time.Time) (v *verdict, done func()) {
	if l.windows == nil {
		l.windows = map[string]*window{}
	}
	if l.busy == nil {
		l.busy = map[string]int{}
	}
	if len(l.windows) > keptWindows {
		for key, w := range l.windows {
			if !now.Before(w.ends) {
				delete(l.windows, key)
			}
		}
	}
	for _, limit := range []struct {
		name, key string
		calls     int
		length    time.Duration
	}{
		{"state token", who.stateToken, limits.StateToken, burstWindow},
		{"user", who.user, limits.User, burstWindow},
		{"client", who.client, limits.Client, clientWindow},
	} {
		if limit.key == "" || limit.calls == 0 {
			continue
		}
		w := l.count(limit.name+" "+limit.key, limit.length, now)
		found := &verdict{limit.calls, max(limit.calls-w.calls, 0), w.ends, w.calls > limit.calls}
		if v == nil || found.refused && !v.refused || found.refused == v.refused && found.remaining < v.remaining {
			v = found
		}
	}
	if who.client == "" || limits.Concurrent == 0 {
		return v, func() {}
	}
	if l.busy[who.client] >= limits.Concurrent {
		// Okta says 0 and 0 of this limit; the time is only a hint.
		return &verdict{reset: now.Add(clientWindow), refused: true}, func() {}
	}
	l.busy[who.client]++
	return v, func() {
		if l.busy[who.client]--; l.busy[who.client] == 0 {
			delete(l.busy, who.client)
		}
	}
}

func (l *limiter) count(key string, length time.Duration, now time.Time) *window {
	w := l.windows[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(length)}
		l.windows[key] = w
	}
	w.calls++
	return w
}

// admit asks the limiter about a call. A refused call has an answer, which is
// then sent; done must be called when the call is over.
func (s *Server) admit(name string, c *call) (headers http.Header, refused *reply, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits.none() || !slices.Contains(limitedEndpoints, name) {
		return nil, nil, func() {}
	}
	v, release := s.limiter.admit(s.limits, s.caller(c), s.Now())
	done = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		release()
	}
	if v == nil {
		return nil, nil, done
	}
	limit, reset := strconv.Itoa(v.limit), epoch(v.reset)
	if v.refused {
		out := s.tooManyRequests(c, limit, reset)
		return nil, &out, done
	}
	return rateLimitHeaders(limit, strconv.Itoa(v.remaining), reset), nil, done
}

// tooManyRequests is a 429, in the dialect of the endpoint.
func (s *Server) tooManyRequests(c *call, limit, reset string) reply {
	out := apiError(http.StatusTooManyRequests, "E0000047")
	if strings.HasPrefix(c.request.URL.Path, "/idp/idx/") && s.limits.Dialect != "api" {
		out = c.ion(http.StatusTooManyRequests, answer{Messages: listOf(say(msgTooManyRequests))})
	}
	if out.header == nil {
		out.header = http.Header{}
	}
	for name, values := range rateLimitHeaders(limit, "0", reset) {
		out.header[name] = values
	}
	return out
}

// rateLimitHeaders tell a client how it stands. Reset is seconds of the epoch;
// empty: not said.
func rateLimitHeaders(limit, remaining, reset string) http.Header {
	h := http.Header{"X-Rate-Limit-Limit": {limit}, "X-Rate-Limit-Remaining": {remaining}}
	if reset != "" {
		h.Set("X-Rate-Limit-Reset", reset)
	}
	return h
}

// epoch is how X-Rate-Limit-Reset says a time.
func epoch(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// caller is who is counted for a call: before there is a sign-in, the client
// with the address and device that it tells of.
func (s *Server) caller(c *call) caller {
	tx := s.callersTransaction(c)
	if tx == nil {
		client, proven, problem := s.presented(c)
		if problem != nil {
			return caller{}
		}
		tx = &transaction{client: client}
		s.locate(tx, c, proven)
	}
	who := caller{
		stateToken: cmp.Or(tx.handle, tx.stateHandle), // the latter may rotate
		client:     strings.Join([]string{tx.client.ID, tx.address.String(), tx.device}, " "),
	}
	if tx.user != nil {
		who.user = loginKey(tx.identifier)
	}
	return who
}

// callersTransaction is the one that a call goes on with, or nil.
func (s *Server) callersTransaction(c *call) *transaction {
	var given struct{ StateHandle, StateToken, InteractionHandle string }
	_ = json.Unmarshal(c.body, &given) // not an object: no transaction
	for _, tx := range []*transaction{
		s.states[given.StateHandle], s.states[given.StateToken], s.transactions[given.InteractionHandle], s.codes[c.form.Get("interaction_code")], s.codes[c.form.Get("code")],
	} {
		if tx != nil {
			return tx
		}
	}
	return nil
}
