package sessiontest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
)

// A store keeps a session whole or says that it is too large, at sign-in and by
// name of the claim; groups that were cut would be rules that were changed. A
// token travels in as many cookies as it needs.
func sizes(t *testing.T, o Opened) {
	for _, n := range []int{0, 10, 200, 1000} {
		want := WithGroups("ada", n)
		token, err := o.Store.Save(t.Context(), Host, "", want)
		var tooLarge *session.TooLargeError
		switch {
		case errors.As(err, &tooLarge):
			if n <= 10 {
				t.Errorf("%d groups: refused: %v", n, err)
			}
			if tooLarge.Part != `the claim "groups"` || tooLarge.Size <= tooLarge.Max {
				t.Errorf("%d groups: refused with %+v", n, tooLarge)
			}
			continue
		case err != nil:
			t.Errorf("%d groups: save: %v", n, err)
			continue
		}
		if diff := Diff(want, load(t, o, throughCookies(t, token))); diff != "" {
			t.Errorf("%d groups (-saved +loaded):\n%s", n, diff)
		}
	}
}

// throughCookies returns what comes back of a token that was sent to a browser.
func throughCookies(t *testing.T, token string) string {
	t.Helper()
	cookie := session.Cookie{Name: "okta", Secure: true}
	r, h := &http.Request{Header: http.Header{}}, http.Header{}
	cookie.Write(h, r, token, time.Hour)
	var pairs []string
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		pairs = append(pairs, pair)
	}
	r.Header.Set("Cookie", strings.Join(pairs, "; "))
	values := cookie.Read(r)
	if len(values) != 1 {
		t.Fatalf("a token of %d bytes: %d values come back", len(token), len(values))
	}
	return values[0]
}

// listTells is for stores that know which sessions there are.
func listTells(t *testing.T, o Opened) {
	lister, ok := o.Store.(session.Lister)
	if !ok {
		return
	}
	var tokens []string
	bySubject := map[string]*session.Session{}
	for i := range 5 {
		s := New(fmt.Sprintf("user%d", i))
		s.CreatedAt = s.CreatedAt.Add(time.Duration(i-10) * time.Minute)
		tokens, bySubject[s.Subject] = append(tokens, save(t, o, "", s)), s
	}
	list := func(who *session.Who, limit int) ([]session.Info, bool) {
		infos, more, err := lister.List(t.Context(), who, limit)
		if err != nil {
			t.Fatal(err)
		}
		return infos, more
	}

	infos, more := list(nil, 100)
	if len(infos) != 5 || more {
		t.Fatalf("%d sessions listed, more %v; want 5 and no more", len(infos), more)
	}
	for i, info := range infos {
		s := bySubject[fmt.Sprintf("user%d", 4-i)] // newest first
		if info.Handle != session.Handle(o.Keyring, s.ID) || info.Site != Host || !info.CreatedAt.Equal(s.CreatedAt) ||
			!info.UsedAt.Equal(s.UsedAt) || !info.EndsAt.Equal(Limits.Ends(s)) {
			t.Errorf("entry %d is not %s's: %+v", i, s.Subject, info)
		}
		if text := fmt.Sprintf("%+v", info); strings.Contains(text, s.ID) || strings.Contains(text, s.RefreshToken) || strings.Contains(text, tokens[4-i]) {
			t.Errorf("the list has a secret of %s's", s.Subject)
		}
	}
	if infos, more := list(nil, 2); len(infos) != 2 || !more {
		t.Errorf("of a list of two: %d, more %v", len(infos), more)
	}
	ada := bySubject["user3"]
	for _, who := range whos(o, ada) {
		infos, more := list(&who, 100)
		if want := map[bool]int{true: 5, false: 1}[who.Kind == session.Everybody]; len(infos) != want || more {
			t.Errorf("by %s: %d sessions, more %v; want %d", who.Kind, len(infos), more, want)
		}
		if who.Kind != session.Everybody && len(infos) == 1 && infos[0].Handle != session.Handle(o.Keyring, ada.ID) {
			t.Errorf("by %s: another's session", who.Kind)
		}
	}
	if infos, _ := list(&session.Who{Kind: session.ByEmail, Value: "nobody@example.com"}, 100); len(infos) != 0 {
		t.Errorf("nobody has %d sessions", len(infos))
	}
	if err := o.Store.Delete(t.Context(), Host, tokens[0]); err != nil {
		t.Fatal(err)
	}
	if infos, _ := list(nil, 100); len(infos) != 4 {
		t.Errorf("%d sessions listed after one was deleted, want 4", len(infos))
	}
}
