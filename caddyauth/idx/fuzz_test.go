package idx

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// FuzzDecode takes any bytes through the whole engine. Whatever Okta, or someone
// in its place, answers: no panic, what comes out stays in proportion to what
// went in, and a body holds only fields that the form names.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		withFields(choices),
		withFields(`{"name":"identifier","required":true},{"name":"credentials","type":"object","form":{"value":[{"name":"passcode","secret":true}]}},{"name":"rememberMe","type":"boolean"}`),
		withFields(`{"name":"p","form":{"value":[{"name":"a.b","type":"number"},{"name":"s","options":[{"label":"display","value":{"type":"object","value":{"inputType":"radio","options":[{"label":"A","value":1}]}}}]}]}},{"name":"p","form":{"value":[{"name":"c","messages":{"value":[{"message":"No."}]}}]}}`),
		withFields(`{"name":"consent","type":"boolean","required":"true","visible":false},{"name":"authenticator","value":{"form":{"value":[{"name":"channel","options":["qrcode","sms"]}]}}}`),
		`{"version":"1.0.0","messages":{"type":"array","value":[{"message":"Gone.","i18n":{"key":"idx.session.expired","params":["a",1]},"class":"ERROR"}]}}`,
		`{"currentAuthenticator":{"value":{"contextualData":{"challenge":{"value":{"cancel":{"rel":["create-form"],"name":"cancel","href":"h","value":[]}}}}}}}`,
		`{"stateHandle":"02.long-enough-to-be-one","messages":[{"message":"a","i18n":{"key":"idx.error.code.access_denied.device_assurance.remediation.option_index"},"deviceRemediation":{"value":{"ports":["1"]}}}],
			"authenticatorChallenge":{"value":{"challengeMethod":"LOOPBACK","ports":[1],"domain":"http://localhost","href":"x"}},"currentAuthenticator":{"value":{"settings":{"complexity":{"minLength":8},"daysToExpiry":1},
			"contextualData":{"qrcode":{"href":"data:image/png;base64,AAAA"},"samedevice":{"setupOVUrl":"y"},"questions":[{"questionKey":"k"}],"enrolledQuestion":{"questionKey":"k"}}}}}`,
		`{"error":"invalid_request","error_description":"No."}`,
	} {
		f.Add([]byte(seed))
	}
	if os.Getenv("IDX_CORPUS") != "" {
		for _, answer := range rig.Corpus(f) {
			f.Add(answer)
		}
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		r, err := Decode(answer)
		if err != nil {
			return
		}
		r.Expired()
		views(t, r)
		for _, rem := range slices.Concat(r.Remediations, r.Actions, []*Remediation{r.Cancel}) {
			if rem != nil {
				exercise(t, rem, len(answer))
			}
		}
	})
}

// views reads everything that is typed, and looks for state handles in it.
func views(t *testing.T, r *Response) {
	all := []any{r.DeviceChallenge(), r.DeviceEnrollment(), r.Captcha(), r.Client(), r.AutofillChallenge(), r.Value("authenticatorChallenge"), r.Value("client")}
	for _, rem := range append(slices.Concat(r.Remediations, r.Actions), &Remediation{Authenticator: r.Authenticator}) {
		a := rem.Authenticator
		all = append(all, a.Contextual(), a.PasswordPolicy(), a.GracePeriod())
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range handles(r.root) {
		if quoted, _ := json.Marshal(h); bytes.Contains(data, quoted[1:len(quoted)-1]) {
			t.Fatal("a state handle is handed out")
		}
	}
	grouped := 0
	if a := r.Assurance(); a != nil {
		for _, m := range []Message{a.Title, a.Explanation} {
			if !m.isZero() {
				grouped++
			}
		}
		grouped += len(a.Help) + len(a.Others)
		for _, o := range a.Options {
			if grouped += len(o.Steps); !o.Title.isZero() {
				grouped++
			}
		}
		if grouped != len(r.Messages) {
			t.Fatalf("%d of %d messages are grouped", grouped, len(r.Messages))
		}
	}
	for _, m := range r.AllMessages() {
		m.Advice()
		m.Device()
	}
}

func exercise(t *testing.T, rem *Remediation, size int) {
	rem.ContentType()
	forms := rem.Forms()
	if n := weight(forms); n > 20*size+2*maxWeight {
		t.Fatalf("an answer of %d bytes gives forms of %d", size, n)
	}
	for _, form := range forms {
		posted := plausible(form)
		body, err := rem.Fill(posted)
		if err != nil {
			continue // the plausible is not always right, and refusing is fine
		}
		var sent map[string]json.RawMessage
		if err := json.Unmarshal(body, &sent); err != nil {
			t.Fatalf("body is no JSON object: %v", err)
		}
		for name := range sent {
			if !slices.ContainsFunc(rem.Fields, func(f *Field) bool { return f.Name == name }) {
				t.Fatalf("%q leaves, which no field is named", name)
			}
		}
		const stray = "a name that no fixture and no answer has"
		posted.Set(stray, "x")
		if _, err := rem.Fill(posted); err == nil {
			t.Fatal("an unknown name is accepted")
		}
		posted.Del(stray)
		for _, name := range settled(rem) {
			posted.Set(name, "of the browser")
			if body, err := rem.Fill(posted); err == nil {
				t.Fatalf("the browser sets %q: %s", name, body)
			}
			posted.Del(name)
		}
		posted[stateHandle] = []string{"02.of-the-browser"}
		if _, err := rem.Fill(posted); err == nil {
			t.Fatal("the browser sets the state handle")
		}
	}
}

// settled are the names whose values are the answer's in every way to fill in the
// remediation.
func settled(rem *Remediation) []string {
	var names, open []string
	for _, v := range rem.variants() {
		for _, l := range v.leaves {
			if l.role.filled() || l.role == chosen {
				open = append(open, l.Name)
			} else {
				names = append(names, l.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool { return slices.Contains(open, n) })
}
