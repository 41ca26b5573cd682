package oktasim

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A faultKind is a kind of misbehaviour that has a name. What it does stands
// in the functions that it has; most have one.
type faultKind struct {
	name  string
	at    []string  // the endpoints it is for; nil: all
	takes *argument // what Fault.Value is; nil: nothing
	does  string    // one sentence for people; the README has the same

	// instead answers in place of the endpoint, which never runs.
	instead func(*Server, *call, value) reply

	// alter changes the answer after the endpoint has run.
	alter func(*Server, *call, value, reply) reply

	// send writes the answer in another way than whole and at once; silent:
	// not at all.
	send   sender
	silent bool

	// token spoils the ID token while it is made.
	token func(value, *unsigned)
}

// An argument says what a kind takes as its value.
type argument struct {
	fallback string // when none is given
	check    func(string) error
}

// value is the fault's own, or its kind's.
func (f *Fault) value() value {
	if kind := f.kind(); f.Value == "" && kind != nil && kind.takes != nil {
		return value(kind.takes.fallback)
	}
	return value(f.Value)
}

var (
	idxEndpoints   = []string{"introspect", "identify", "challenge", "challenge/answer", "challenge/resend", "challenge/poll", "cancel"}
	tokenEndpoints = []string{"token", "refresh"}
	keysEndpoint   = []string{"keys"}
)

// faultKinds are all there are, grouped by what they spoil.
var faultKinds = slices.Concat(connectionFaults, bodyFaults, documentFaults, limitFaults, keyFaults, tokenFaults)

func faultNamed(name string) *faultKind {
	i := slices.IndexFunc(faultKinds, func(k *faultKind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return faultKinds[i]
}

func faultNames() []string {
	var out []string
	for _, kind := range faultKinds {
		out = append(out, kind.name)
	}
	return out
}

// A faultKindIs is a kind as GET /faults/kinds shows it.
type faultKindIs struct {
	Kind      string   `json:"kind"`
	Does      string   `json:"does"`
	Endpoints []string `json:"endpoints"` // "*": all
	Value     string   `json:"value,omitempty"`
}

func describeFaultKinds() []faultKindIs {
	var out []faultKindIs
	for _, kind := range faultKinds {
		is := faultKindIs{Kind: kind.name, Does: kind.does, Endpoints: kind.at}
		if kind.at == nil {
			is.Endpoints = []string{anyEndpoint}
		}
		if kind.takes != nil {
			is.Value = kind.takes.fallback
		}
		out = append(out, is)
	}
	return out
}

func takesDuration(fallback string) *argument {
	return &argument{fallback, func(value string) error {
		if d, err := time.ParseDuration(value); err != nil || d <= 0 || d > maxDelay {
			return errors.New(`expected a duration of at most 10 minutes, such as "250ms"`)
		}
		return nil
	}}
}

func takesNumber(fallback string) *argument {
	return &argument{fallback, func(value string) error {
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || n <= 0 {
			return errors.New(`expected a number greater than 0, such as "1000000"`)
		}
		return nil
	}}
}

func takesOrigin(fallback string) *argument {
	return &argument{fallback, func(value string) error {
		if u, err := url.Parse(value); err != nil || u.Scheme == "" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return errors.New(`expected scheme and host, such as "https://evil.example"`)
		}
		return nil
	}}
}

func takesText(fallback string) *argument {
	return &argument{fallback, func(string) error { return nil }}
}

func takesOneOf(values ...string) *argument {
	return &argument{values[0], func(value string) error {
		if !slices.Contains(values, value) {
			return errors.New("it can be one of: " + strings.Join(values, ", "))
		}
		return nil
	}}
}

// A value is what a fault gives to its kind; it was checked.
type value string

func (v value) number() int {
	n, _ := strconv.Atoi(string(v))
	return n
}

func (v value) duration() time.Duration {
	d, _ := time.ParseDuration(string(v))
	return d
}
