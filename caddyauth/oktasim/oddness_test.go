package oktasim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// odd tells what of an answer is odd.
func (f *flow) odd() document {
	text, _ := json.Marshal(f.answer)
	return document{"handle": len(f.answer["stateHandle"].(string)), "hints": strings.Count(string(text), "simulatorHint"), "extra": strings.Count(string(text), "simulatorExtra"), "step": strings.Join(f.step(), " ")}
}

func oddSequence(t *testing.T, oddness oktasim.Oddness) []document {
	o := start(t, &oktasim.Server{Oddness: oddness})
	var out []document
	for range 30 {
		f := o.begin()
		out = append(out, f.odd(), f.identify(ada, "wrong").odd())
	}
	return out
}

// The same seed and the same calls give the same oddness, so a test that
// failed fails again.
func TestOddnessIsTheSameForASeed(t *testing.T) {
	one := oddSequence(t, oktasim.Oddness{})
	expect(t, "the default", oddSequence(t, oktasim.Oddness{Seed: 1}), one)
	if other := oddSequence(t, oktasim.Oddness{Seed: 2}); slices.EqualFunc(other, one, func(a, b document) bool { return a["handle"] == b["handle"] }) {
		t.Error("another seed changes nothing")
	}
	lengths := map[any]bool{}
	for _, seen := range one {
		lengths[seen["handle"]] = true
	}
	if len(lengths) < 4 || !lengths[1503] {
		t.Errorf("lengths of handles: %v", lengths)
	}
}

func TestOddnessHasASwitchForEachThing(t *testing.T) {
	for _, seen := range oddSequence(t, oktasim.Oddness{Off: []string{oktasim.OddAll}}) {
		expect(t, "answer", seen, document{"handle": 43, "hints": 0, "extra": 0, "step": "identify"})
	}
	for _, seen := range oddSequence(t, oktasim.Oddness{Off: []string{oktasim.OddHandles}}) {
		expect(t, "handle", seen["handle"], any(43))
		expect(t, "extra", seen["extra"], any(1))
	}
	o := start(t, &oktasim.Server{})
	o.api("PUT", "/oddness", `{"off":["fields","messages"],"seed":9}`)
	expect(t, "extra", o.begin().identify(ada, "wrong").odd()["extra"], any(0))
	for body, want := range map[string]string{`{"off":["colours"]}`: `off has "colours"; it can have: handles,`, `{"on":[]}`: `unknown field "on"; expected {"off"`} {
		status, out := o.rawAPI("PUT", "/oddness", body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q", body, status, message)
		}
	}
}

// A client that keeps the handle of the first answer is sent back to the start.
func TestRotatedHandles(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Password: oktasim.SecondPage, RotateHandles: true}})
	f := o.begin()
	old := f.answer
	f.submit("identify", document{"identifier": ada})
	if f.answer["stateHandle"] == old["stateHandle"] {
		t.Fatal("the handle is the same")
	}
	wrong := f.answer["stateHandle"]
	expect(t, "after a wrong answer", f.passcode("wrong").answer["stateHandle"], wrong)
	f.passcode(adaPassword).code()
	f.answer = old
	f.submit("identify", document{"identifier": ada})
	expect(t, "messages", f.messages(), []string{"idx.session.expired"})
}
