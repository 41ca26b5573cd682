package idx

import (
	"errors"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expected is what must become of a plan in one form.
type expected struct {
	chosen map[string]string // what identifies the form
	asked  []string          // names of inputs
	script []string
	fixed  map[string]any // values that are sent whatever is posted
}

// expect follows the options that the form is about.
func (e *expected) expect(plan []*planned, path string) {
	for _, p := range plan {
		name := strings.TrimPrefix(path+"/"+p.name, "/")
		switch p.sort {
		case sortAsked:
			e.asked = append(e.asked, name)
		case sortScript:
			e.script = append(e.script, name)
		case sortFixed, sortHidden:
			e.fixed[name] = p.value
		case sortMethod:
			if _, ok := e.chosen[name]; !ok {
				e.asked = append(e.asked, name)
			}
		case sortObject:
			e.expect(p.fields, name)
		case sortChoice:
			for _, option := range p.options {
				if option[0].value == e.chosen[name+"/id"] {
					e.expect(option, name)
				}
			}
		}
	}
}

func namesOf(inputs []Input) []string {
	var names []string
	for _, in := range inputs {
		names = append(names, in.Name)
	}
	return names
}

// paths are those of a body's values, objects that the answer fixes whole
// included as such.
func paths(body any, path string, whole map[string]any, into map[string]any) {
	o, ok := body.(object)
	if _, fixed := whole[path]; !ok || fixed && path != "" {
		into[path] = body
		return
	}
	for name, v := range o {
		paths(v, strings.TrimPrefix(path+"/"+name, "/"), whole, into)
	}
}

// Answers of other shapes than the recorded ones will come. Whatever fields stand
// in whatever nesting: what can be filled in is an input once, what is posted
// arrives under its path, what is fixed is sent from the answer, and nothing else
// leaves.
func TestAnyFormWorks(t *testing.T) {
	for seed := range uint64(200) {
		if checkSeed(t, seed); t.Failed() {
			return
		}
	}
}

// FuzzAnyForm is the same with more seeds.
func FuzzAnyForm(f *testing.F) {
	f.Fuzz(checkSeed)
}

// generated is the answer that a seed gives, and the plan behind it.
func generated(t *testing.T, seed uint64) ([]byte, []*planned) {
	t.Helper()
	answer, plan := (&generator{Rand: rand.New(rand.NewPCG(seed, 7))}).answer()
	b, err := encode(answer)
	if err != nil {
		t.Fatal(err)
	}
	return b, plan
}

func checkSeed(t *testing.T, seed uint64) {
	b, plan := generated(t, seed)
	forms := mustDecode(t, string(b)).Remediations[0].Forms()
	if len(forms) == 0 {
		t.Error("no form")
	}
	for _, f := range forms {
		checkForm(t, f, plan)
	}
	if t.Failed() {
		t.Fatalf("seed %d gives %s", seed, b)
	}
}

func checkForm(t *testing.T, f Form, plan []*planned) {
	t.Helper()
	e := &expected{chosen: map[string]string{}, fixed: map[string]any{}}
	for _, in := range f.Chosen {
		e.chosen[in.Name] = in.Value
	}
	e.expect(plan, "")
	sorted := func(names []string) []string { return slices.Sorted(slices.Values(names)) }
	if diff := cmp.Diff(sorted(e.asked), sorted(namesOf(f.Inputs))); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(e.script), sorted(namesOf(f.Script))); diff != "" {
		t.Errorf("for a script (-want +got):\n%s", diff)
	}
	for _, in := range slices.Concat(f.Inputs, f.Fixed) {
		if in.Label == "" || in.Secret && in.Value != "" {
			t.Errorf("input %+v", in)
		}
	}
	for _, posted := range []url.Values{plausible(f), least(f)} {
		body, err := f.Remediation.Fill(posted)
		if err != nil {
			t.Errorf("%v: %v", posted, err)
			continue
		}
		checkBody(t, e, posted, tree(t, string(body)))
	}
	// What the browser may not say, it may not say in any form.
	for name := range e.fixed {
		if _, mark := e.chosen[name]; mark {
			continue
		}
		posted := plausible(f)
		posted.Set(name, "browser")
		if _, err := f.Remediation.Fill(posted); !errors.As(err, new(*FillError)) {
			t.Errorf("%s: the browser sets a fixed value", name)
		}
	}
}

func checkBody(t *testing.T, e *expected, posted url.Values, body any) {
	t.Helper()
	sent := map[string]any{}
	paths(body, "", e.fixed, sent)
	delete(sent, stateHandle)
	for name, want := range e.fixed {
		got, ok := sent[name]
		if a, b := string(raw(want)), string(raw(got)); !ok || a != b {
			t.Errorf("%s: %s is sent, want %s", name, b, a)
		}
		delete(sent, name)
	}
	known := slices.Concat(e.asked, e.script, slices.Collect(maps.Keys(e.chosen)))
	for name, v := range sent {
		if !slices.Contains(known, name) {
			t.Errorf("%s: %v leaves, which nothing asks for", name, v)
		}
	}
	for name := range posted {
		_, fixed := e.fixed[name]
		if v, ok := sent[name]; !fixed && posted.Get(name) != "" && (!ok || v == nil) {
			t.Errorf("%s: what is posted is lost", name)
		}
	}
}
