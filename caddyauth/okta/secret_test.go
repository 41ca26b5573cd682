package okta

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

const invalidClient = `{"error":"invalid_client","error_description":"The client secret supplied for a confidential client is invalid."}`

// takes makes the org refuse every other client secret.
func (f *fakeOrg) takes(accepted ...string) {
	for path, good := range map[string]string{
		interactPath: `{"interaction_handle":"h"}`, revokePath: ``,
		tokenPath: `{"access_token":"a","token_type":"Bearer","id_token":"` + f.idToken + `"}`,
	} {
		f.handle(path, func(w http.ResponseWriter, r *http.Request) {
			if !slices.Contains(accepted, r.PostForm.Get("client_secret")) {
				w.WriteHeader(401)
				io.WriteString(w, invalidClient)
				return
			}
			io.WriteString(w, good)
		})
	}
}

// sent lists the secrets of the calls to a path, and forgets the calls.
func (f *fakeOrg) sent(path string) (secrets []string) {
	for _, a := range f.calls(path) {
		secrets = append(secrets, strings.Join(a.form["client_secret"], ","))
	}
	f.set(func() { f.asked = nil })
	return secrets
}

// A client secret is changed at Okta and here at different moments. Nobody's
// sign-in fails in between, and the wrong one is not tried at each call.
func TestClientSecretIsChangedWithoutAGap(t *testing.T) {
	const older, newer, newest = "secret-of-last-year", "secret-of-this-year", "secret-of-next-year"
	f := newFakeOrg(t)
	f.idToken = rs256(header(), f.goodClaims(), 0)
	var current []string
	o := f.org(func(c *Config) {
		c.ClientSecret = "not used beside Secrets"
		c.Secrets = func() []string { return current }
	})
	call := map[string]func() error{
		interactPath: func() error { _, err := o.Interact(t.Context(), Device{}, InteractOptions{}); return err },
		tokenPath:    func() error { _, err := f.redeem(o); return err },
		revokePath:   func() error { return o.Revoke(t.Context(), Device{}, "REFRESH-abcdef") },
	}
	for _, step := range []struct {
		name    string
		given   []string
		takes   []string
		path    string
		want    []string // the secrets that are sent, one call after the other
		refused bool
	}{
		{"one", []string{older}, []string{older}, interactPath, []string{older}, false},
		{"a new one that Okta does not know yet", []string{newer, older}, []string{older}, interactPath, []string{newer, older}, false},
		{"the one that worked goes first", []string{newer, older}, []string{older}, tokenPath, []string{older}, false},
		{"and everywhere", []string{newer, older}, []string{older}, revokePath, []string{older}, false},
		{"the old one is gone at Okta", []string{newer, older}, []string{newer}, tokenPath, []string{older, newer}, false},
		{"from then on", []string{newer, older}, []string{newer}, interactPath, []string{newer}, false},
		{"another new one, both work", []string{newest, newer}, []string{newest, newer}, revokePath, []string{newest}, false},
		{"the newest goes first", []string{newest, newer}, []string{newest, newer}, interactPath, []string{newest}, false},
		{"none works: one extra call", []string{newest, newer, older}, []string{older}, tokenPath, []string{newest, newer}, true},
		{"the same twice is one", []string{newest, newest}, nil, interactPath, []string{newest}, true},
		{"one that is wrong", []string{newest}, nil, revokePath, []string{newest}, true},
		{"none at the moment", nil, nil, interactPath, []string{""}, true},
		{"it works again", []string{newest}, []string{newest}, interactPath, []string{newest}, false},
	} {
		current = step.given
		f.takes(step.takes...)
		err := call[step.path]()
		if e, _ := AsError(err); step.refused != (err != nil) || step.refused && (e.Kind != Refused || e.Code != "invalid_client") {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := f.sent(step.path); !slices.Equal(got, step.want) {
			t.Errorf("%s: sent %q, want %q", step.name, got, step.want)
		}
		for _, s := range []string{older, newer, newest} {
			if err != nil && strings.Contains(err.Error(), s) || strings.Contains(f.log.String(), s) {
				t.Errorf("%s: a secret is in the error %v or in the log", step.name, err)
			}
		}
	}
	if n := strings.Count(f.log.String(), "two client secrets"); n != 2 {
		t.Errorf("%d warnings, want one for each secret that was refused:\n%s", n, f.log.String())
	}
}

// A second call is for "the secret is wrong" alone: any other answer may be
// about what the first call has used up.
func TestOtherRefusalsAreNotTriedAgain(t *testing.T) {
	for status, body := range map[int]string{
		400: `{"error":"invalid_grant"}`, 401: `{"error":"invalid_token"}`, 429: `{"errorCode":"E0000047"}`,
		500: invalidClient, 302: invalidClient, 403: "<html>invalid_client",
	} {
		f := newFakeOrg(t)
		f.answer(tokenPath, status, body)
		o := f.org(func(c *Config) { c.Secrets = func() []string { return []string{"first-secret", "second-secret"} } })
		if _, err := f.redeem(o); err == nil || len(f.calls(tokenPath)) != 1 {
			t.Errorf("%d %s: %d calls, %v", status, body, len(f.calls(tokenPath)), err)
		}
	}
	f := newFakeOrg(t)
	f.answer(tokenPath, 401, invalidClient)
	if _, err := f.redeem(f.org(func(c *Config) { c.ClientSecret = "" })); err == nil || !slices.Equal(f.sent(tokenPath), []string{""}) {
		t.Errorf("a public client: %v", err)
	}
	// The first call's secret is not repeated from the second one's answer.
	f.answer(tokenPath, 401, `{"error":"invalid_client","error_description":"neither first-secret nor second-secret"}`)
	_, err := f.redeem(f.org(func(c *Config) { c.Secrets = func() []string { return []string{"first-secret", "second-secret"} } }))
	if err == nil || strings.Contains(err.Error(), "first-secret") || strings.Contains(err.Error(), "second-secret") {
		t.Errorf("secrets in the error: %v", err)
	}
}

func TestClientSecretsAtOnce(t *testing.T) {
	f := newFakeOrg(t)
	f.takes("good")
	o := f.org(func(c *Config) { c.Secrets = func() []string { return []string{"wrong", "good"} } })
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := o.Revoke(t.Context(), Device{}, "REFRESH-abcdef"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
