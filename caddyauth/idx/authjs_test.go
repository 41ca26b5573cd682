package idx

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// submission is one form of one answer, as it is submitted, for both sides.
type submission struct {
	Index  *int       `json:"index,omitempty"` // among the remediations; nil for an action
	Name   string     `json:"name"`
	Href   string     `json:"href"`
	Posted url.Values `json:"posted"`

	rem *Remediation
}

// least is what a browser posts when the user does no more than is required.
func least(f Form) url.Values {
	v := plausible(f)
	for _, in := range f.Inputs {
		switch {
		case in.Kind == "boolean":
			v.Del(in.Name)
		case !in.Required:
			v.Set(in.Name, in.Value)
		case in.Value != "":
			v.Set(in.Name, in.Value)
		}
	}
	for _, in := range f.Script {
		if !in.Required {
			v.Del(in.Name)
		}
	}
	return v
}

// submissions are all forms of an answer, filled in both ways.
func submissions(r *Response) []submission {
	var all []submission
	add := func(rem *Remediation, index *int) {
		for _, f := range rem.Forms() {
			for _, posted := range []url.Values{plausible(f), least(f)} {
				all = append(all, submission{Index: index, Name: rem.Name, Href: rem.Href, Posted: posted, rem: rem})
			}
		}
	}
	for i, rem := range r.Remediations {
		add(rem, &i)
	}
	for _, a := range r.Actions {
		add(a, nil)
	}
	if r.Cancel != nil {
		add(r.Cancel, nil)
	}
	return all
}

type authJSResult struct {
	Body  json.RawMessage
	Error string
}

// authJS has Okta's own client submit the forms, in one process.
func authJS(t *testing.T, answers map[string][]byte, forms map[string][]submission) map[string][]authJSResult {
	t.Helper()
	const folder = "testdata/authjs"
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(folder, "node_modules", "@okta", "okta-auth-js"))
	}
	if err != nil {
		rig.Skip(t, "needs Node 20 or newer and its packages: run `npm ci` in caddyauth/idx/"+folder)
	}
	type item struct {
		Answer json.RawMessage `json:"answer"`
		Forms  []submission    `json:"forms"`
	}
	var job struct {
		Answers []item `json:"answers"`
	}
	files := slices.Sorted(maps.Keys(forms))
	for _, f := range files {
		job.Answers = append(job.Answers, item{answers[f], forms[f]})
	}
	in, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "bodies.mjs")
	command.Dir, command.Stdin = folder, bytes.NewReader(in)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	var results [][]authJSResult
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(files) {
		t.Fatalf("%d results for %d answers, %v", len(results), len(files), err)
	}
	byFile := map[string][]authJSResult{}
	for i, f := range files {
		byFile[f] = results[i]
	}
	return byFile
}

// difference is a member that the two bodies do not have in common. Ours and
// theirs are JSON, or "nothing".
type difference struct{ path, ours, theirs string }

func differences(path string, ours, theirs any) []difference {
	a, aok := ours.(object)
	b, bok := theirs.(object)
	oneSided := len(a)+len(b) > 0 && (ours == nil || theirs == nil)
	if !(aok && bok || oneSided) {
		d := difference{path, "nothing", "nothing"}
		if ours != nil {
			d.ours = string(raw(ours))
		}
		if theirs != nil {
			d.theirs = string(raw(theirs))
		}
		if d.ours != d.theirs {
			return []difference{d}
		}
		return nil
	}
	var all []difference
	names := object{}
	maps.Copy(names, a)
	maps.Copy(names, b)
	for _, n := range slices.Sorted(maps.Keys(names)) {
		all = append(all, differences(strings.TrimPrefix(path+"/"+n, "/"), a[n], b[n])...)
	}
	return all
}

// Where we differ from okta-auth-js we mean to, for one of these reasons.
const (
	uncheckedIsFalse = "an unchecked box is false, and no choice of several an empty list: okta-auth-js sends nothing, or the default that the user has just taken away"
	codeIsSqueezed   = "a one-time code loses its spaces"
	handleStandsIn   = "a form with an empty state handle is posted with the answer's: without one Okta finds no transaction"
	falsyIsSent      = "a default that is false or zero is sent like any other: okta-auth-js takes it for none"
	formIsNoValue    = "an object of which nothing is filled in is not sent: okta-auth-js sends what describes its form"
	relationDangles  = "okta-auth-js gives up on an answer that relates a field to what is not in it"
	actionUnseen     = "okta-auth-js looks one level below an authenticator for actions, and does not see a cancel inside a challenge"
)

// reason is the one for which we differ, or "" when there is none.
func reason(s submission, d difference) string {
	last := d.path[strings.LastIndex(d.path, "/")+1:]
	switch {
	case (d.ours == "false" || d.ours == "[]") && s.offers(d.path) && s.Posted.Get(d.path) == "":
		return uncheckedIsFalse
	case !s.offers(d.path) && d.theirs == "nothing" && (d.ours == "false" || d.ours == "0"):
		return falsyIsSent
	case d.ours == "nothing" && last == "value" && strings.HasSuffix(d.path, "/form/value"):
		return formIsNoValue
	case (last == "passcode" || last == "totp") && d.ours == strings.ReplaceAll(d.theirs, " ", ""):
		return codeIsSqueezed
	case d.path == stateHandle && d.theirs == `""`:
		return handleStandsIn
	}
	return ""
}

// offers says whether some form has an input of the name.
func (s submission) offers(name string) bool {
	return slices.ContainsFunc(s.rem.Forms(), func(f Form) bool { return slices.Contains(namesOf(f.Inputs), name) })
}

// What a browser posts becomes the body that okta-auth-js sends for the same
// form and values, for every form of every recorded answer.
func TestBodiesAreThoseOfAuthJS(t *testing.T) {
	counts := compareAll(t, rig.Corpus(t))
	want := map[string]int{uncheckedIsFalse: 16, codeIsSqueezed: 52, handleStandsIn: 2}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("differences by reason (-want +got):\n%s", diff)
	}
}

// The same for answers of other shapes.
func TestGeneratedBodiesAreThoseOfAuthJS(t *testing.T) {
	answers := map[string][]byte{"a cancel inside a challenge": []byte(`{"version":"1.0.0","currentAuthenticator":{"type":"object","value":{"contextualData":{
		"challenge":{"type":"object","value":{"cancel":{"rel":["create-form"],"name":"cancel-polling","href":"https://org.example/cancel","method":"POST","value":[]}}}}}}}`)}
	for seed := range uint64(300) {
		answers["seed "+strconv.FormatUint(seed, 10)], _ = generated(t, seed)
	}
	counts := compareAll(t, answers)
	for _, why := range []string{uncheckedIsFalse, falsyIsSent, formIsNoValue, relationDangles, actionUnseen} {
		if counts[why] == 0 {
			t.Errorf("no longer so: %s", why)
		}
	}
}

// compareAll counts the differences between the two bodies of every form, by
// reason; one without a reason fails the test.
func compareAll(t *testing.T, answers map[string][]byte) map[string]int {
	t.Helper()
	forms := map[string][]submission{}
	for name, b := range answers {
		if all := submissions(mustDecode(t, string(b))); len(all) > 0 {
			forms[name] = all
		}
	}
	results := authJS(t, answers, forms)
	compared, counts := 0, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		for i, s := range forms[name] {
			compared++
			for _, why := range s.compare(t, results[name][i]) {
				if why == "" {
					t.Errorf("in %s", name)
					continue
				}
				counts[why]++
			}
		}
	}
	t.Logf("%d submissions of %d answers compared", compared, len(forms))
	return counts
}

// compare returns the reason for each difference, "" for what has none.
func (s submission) compare(t *testing.T, theirs authJSResult) []string {
	t.Helper()
	switch {
	case theirs.Error == "":
	case theirs.Error == "not seen":
		return []string{actionUnseen}
	case strings.HasPrefix(theirs.Error, "Cannot resolve relatesTo"):
		return []string{relationDangles}
	default:
		t.Errorf("%s: okta-auth-js fails: %s", s.Name, theirs.Error)
		return []string{""}
	}
	body, err := s.rem.Fill(s.Posted)
	if err != nil {
		t.Errorf("%s: %v", s.Name, err)
		return []string{""}
	}
	var reasons []string
	for _, d := range differences("", tree(t, string(body)), tree(t, string(theirs.Body))) {
		why := reason(s, d)
		if why == "" {
			t.Errorf("%s: %s: we send %s, okta-auth-js %s", s.Name, d.path, d.ours, d.theirs)
		}
		reasons = append(reasons, why)
	}
	return reasons
}
