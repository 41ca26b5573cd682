package idx

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// plausible is what a user might post in a form.
func plausible(f Form) url.Values {
	v := url.Values{}
	for _, in := range f.Chosen {
		v.Set(in.Name, in.Value)
	}
	for _, in := range append(append([]Input(nil), f.Inputs...), f.Script...) {
		switch {
		case in.Kind == "boolean":
			v.Set(in.Name, "true")
		case in.Kind == "select":
			v.Set(in.Name, in.Choices[len(in.Choices)-1].Value)
		case in.Type == "number" || in.Type == "integer":
			v.Set(in.Name, strings.Repeat("7", max(1, in.MinLength)))
		default:
			s := "typed value" + strings.Repeat("x", in.MinLength)
			if in.MaxLength > 0 && len(s) > in.MaxLength {
				s = strings.Repeat("x", in.MaxLength)
			}
			v.Set(in.Name, s)
		}
	}
	return v
}

// Every form of every recorded answer can be filled, the body is JSON and bears
// the state handle of its own form.
func TestCorpusFormsFill(t *testing.T) {
	forms := 0
	for name, b := range rig.Corpus(t) {
		r, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r.AllMessages()
		all := append(append([]*Remediation(nil), r.Remediations...), r.Actions...)
		if r.Cancel != nil {
			all = append(all, r.Cancel)
		}
		for _, rem := range all {
			if len(rem.Forms()) == 0 && !rem.IsLink() {
				t.Errorf("%s: %s: no form", name, rem.Name)
			}
			for _, f := range rem.Forms() {
				forms++
				body, err := rem.Fill(plausible(f))
				if err != nil {
					t.Errorf("%s: %s %q: %v", name, rem.Name, f.Label, err)
					continue
				}
				var got map[string]any
				if err := json.Unmarshal(body, &got); err != nil {
					t.Errorf("%s: %s: %v", name, rem.Name, err)
				}
				for _, field := range rem.Fields {
					want := field.Value
					if want == "" {
						want = r.StateHandle
					}
					if field.Name == "stateHandle" && got["stateHandle"] != want {
						t.Errorf("%s: %s: not the form's own state handle", name, rem.Name)
					}
				}
			}
		}
	}
	if forms < 400 {
		t.Errorf("only %d forms in the corpus", forms)
	}
}

// visible lists the names of the fields that a user can fill in, as the answer
// itself has them: read here from the JSON, not through what is tested.
func visible(items []any, path string, into map[string]bool) {
	for _, item := range items {
		f := asObject(item)
		name := strings.TrimPrefix(path+"/"+asString(f["name"]), "/")
		inside := list(asObject(f["form"])["value"])
		if inside == nil {
			inside = list(asObject(asObject(f["value"])["form"])["value"])
		}
		forms := false
		for _, o := range list(f["options"]) {
			for _, holder := range []object{asObject(o), asObject(asObject(o)["value"])} {
				if form, ok := holder["form"]; ok {
					forms = true
					visible(list(form), name, into)
				}
			}
		}
		switch {
		case inside != nil:
			visible(inside, name, into)
		case forms || f["visible"] == false || f["mutable"] == false || f["type"] == "object":
		default:
			into[name] = true
		}
	}
}

// What a user can fill in is an input, or the choice that a form stands for, and
// never twice in one form.
func TestCorpusFieldsAreInputs(t *testing.T) {
	total := 0
	for name, b := range rig.Corpus(t) {
		r, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, item := range list(r.root["remediation"]) {
			rem := r.Remediations[i]
			if rem.IsLink() {
				continue
			}
			want := map[string]bool{}
			visible(list(asObject(item)["value"]), "", want)
			total += len(want)
			for _, f := range rem.Forms() {
				seen := map[string]bool{}
				for _, in := range append(append([]Input(nil), f.Chosen...), f.Inputs...) {
					if seen[in.Name] {
						t.Errorf("%s: %s: %s twice", name, rem.Name, in.Name)
					}
					seen[in.Name] = true
					delete(want, in.Name)
				}
			}
			for missing := range want {
				t.Errorf("%s: %s: %s is no input", name, rem.Name, missing)
			}
		}
	}
	t.Logf("%d fields", total)
}

// Whatever a page shows of an answer holds no state handle: see
// TestViewsCarryNoStateHandle.
func TestCorpusCarriesNoHandle(t *testing.T) {
	for name, b := range rig.Corpus(t) {
		r, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		views(t, r)
		for _, rem := range append(r.Remediations, r.Actions...) {
			for _, f := range rem.Forms() {
				f.Remediation, f.Authenticator = nil, nil
				shown, err := json.Marshal(f)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range handles(r.root) {
					if strings.Contains(string(shown), h) {
						t.Errorf("%s: %s: a state handle is in the form", name, rem.Name)
					}
				}
			}
		}
	}
}
