package oktasim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Oddness is what the org does differently from one answer to the next, within
// what a client of Okta's has to bear. It is on, so that no client learns by
// heart what only this simulator does.
type Oddness struct {
	// Off lists what is not to be odd: OddHandles, OddFields, OddOrder,
	// OddMessages, or OddAll. Default: none.
	Off []string `json:"off"`

	// Seed decides what is odd when: with the same seed, the same calls are
	// answered in the same odd ways. Default: 1.
	Seed uint64 `json:"seed"`
}

// What can be odd.
const (
	OddHandles  = "handles"  // state handles of several lengths, up to 1.5 kB
	OddFields   = "fields"   // members that no documentation has
	OddOrder    = "order"    // forms after the first in another order
	OddMessages = "messages" // empty lists and unknown members beside messages
	OddAll      = "all"
)

var oddThings = []string{OddHandles, OddFields, OddOrder, OddMessages, OddAll}

const oddnessShape = `{"off":["handles","fields","order","messages"] or ["all"],"seed":1}`

func (o Oddness) check() error {
	for _, name := range o.Off {
		if !slices.Contains(oddThings, name) {
			return fmt.Errorf("off has %q; it can have: %s", name, strings.Join(oddThings, ", "))
		}
	}
	return nil
}

// A quirk is the oddness of a running org. The order of calls decides what
// comes next, so the lock must be held.
type quirk struct {
	Oddness
	dice *rand.Rand
}

func newQuirk(o Oddness) quirk {
	if o.Seed == 0 {
		o.Seed = 1
	}
	o.Off = append([]string{}, o.Off...)
	return quirk{o, rand.New(rand.NewPCG(o.Seed, 0))}
}

func (q *quirk) odd(name string) bool {
	return !slices.Contains(q.Off, name) && !slices.Contains(q.Off, OddAll)
}

// stateHandleLengths are what was seen of Okta's: opaque texts of some tens of
// characters, and encrypted ones that no cookie can hold.
var stateHandleLengths = []int{40, 64, 43, 1500, 102}

// handleLength is how long the next state handle is.
func (q *quirk) handleLength() int {
	if !q.odd(OddHandles) {
		return stateHandleLengths[0]
	}
	return stateHandleLengths[q.dice.IntN(len(stateHandleLengths))]
}

// touch makes an IDX answer odd.
func (q *quirk) touch(out reply) reply {
	document := documentOf(out)
	if document == nil || document["version"] == nil {
		return out
	}
	if q.odd(OddOrder) {
		q.reorder(document)
	}
	if q.odd(OddMessages) {
		q.annotate(document)
	}
	if q.odd(OddFields) {
		q.embellish(document)
	}
	out.content = encode(document)
	return out
}

// reorder shuffles the forms after the first, which is the one to show. The
// fields of a form keep their order: Okta's clients go by it.
func (q *quirk) reorder(document map[string]any) {
	if forms := listIn(document, "remediation"); len(forms) > 2 {
		siblings := forms[1:]
		q.dice.Shuffle(len(siblings), func(i, j int) { siblings[i], siblings[j] = siblings[j], siblings[i] })
	}
}

// annotate puts an empty list of links, and what nobody knows, beside a
// message, as Okta puts the former beside some.
func (q *quirk) annotate(document map[string]any) {
	for _, said := range listIn(document, "messages") {
		if said, ok := said.(map[string]any); ok && said["links"] == nil && q.dice.IntN(2) == 0 {
			said["links"] = []any{}
			said["simulatorHint"] = map[string]any{"key": "ignore.me"}
		}
	}
}

// embellish adds members that a client has to ignore.
func (q *quirk) embellish(document map[string]any) {
	document["simulatorExtra"] = map[string]any{"type": "object", "value": map[string]any{"seen": q.dice.IntN(1000), "list": []any{nil, true, 1.5}}}
	for _, form := range listIn(document, "remediation") {
		form, ok := form.(map[string]any)
		if !ok || q.dice.IntN(2) == 0 {
			continue
		}
		form["simulatorHint"] = []any{"ignore me", q.dice.IntN(1000)}
		for _, field := range listIn(form, "value") {
			if field, ok := field.(map[string]any); ok {
				field["simulatorHint"] = nil
			}
		}
	}
	for _, name := range []string{"authenticators", "authenticatorEnrollments"} {
		for _, item := range listIn(document, name) {
			if item, ok := item.(map[string]any); ok {
				item["simulatorExtra"] = q.dice.IntN(1000)
			}
		}
	}
}
