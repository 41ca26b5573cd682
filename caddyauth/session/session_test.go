package session_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Rows: S-31, F-11.
func TestS31_Expired(t *testing.T) {
	limits := session.Limits{Lifetime: 12 * time.Hour, Idle: time.Hour}
	for _, c := range []struct {
		name          string
		limits        session.Limits
		created, used time.Duration // before noon
		want          bool
	}{
		{"fresh", limits, 0, 0, false},
		{"one second left", limits, 12*time.Hour - time.Second, 0, false},
		{"constant use does not outlive the lifetime", limits, 12 * time.Hour, 0, true},
		{"one second of idleness left", limits, 3 * time.Hour, time.Hour - time.Second, false},
		{"idle", limits, 3 * time.Hour, time.Hour, true},
		{"idle is off", session.Limits{Lifetime: 12 * time.Hour}, 11 * time.Hour, 11 * time.Hour, false},
		{"no lifetime is no session, not an endless one", session.Limits{Idle: time.Hour}, 0, 0, true},
		{"a replica's clock is a little ahead", limits, -4 * time.Minute, -4 * time.Minute, false},
		{"a clock was a year ahead", limits, -365 * 24 * time.Hour, 0, true},
		{"used in a year", limits, 0, -365 * 24 * time.Hour, true},
		{"a long remember is nothing to who did not ask", session.Limits{Lifetime: 12 * time.Hour, Remember: 48 * time.Hour}, 13 * time.Hour, 0, true},
	} {
		s := &session.Session{CreatedAt: noon.Add(-c.created), UsedAt: noon.Add(-c.used)}
		if got := c.limits.Expired(s, noon); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if !limits.Expired(&session.Session{}, noon) {
		t.Error("a session without times is valid")
	}
}

// "Keep me signed in" lengthens a session where the operator says so and
// nowhere else: a browser's wish is no policy.
func TestRemember(t *testing.T) {
	const day = 24 * time.Hour
	plain := session.Limits{Lifetime: 12 * time.Hour, Idle: time.Hour}
	kept := session.Limits{Lifetime: 12 * time.Hour, Idle: time.Hour, Remember: 7 * day}
	for _, c := range []struct {
		name          string
		limits        session.Limits
		created, used time.Duration // before noon
		want          bool
	}{
		{"remembered, and remember is off", plain, 13 * time.Hour, 0, true},
		{"remembered, unused, and remember is off", plain, 2 * time.Hour, 2 * time.Hour, true},
		{"remembered and unused for days", kept, 6 * day, 5 * day, false},
		{"one second left", kept, 7*day - time.Second, 0, false},
		{"over", kept, 7 * day, 0, true},
	} {
		s := &session.Session{CreatedAt: noon.Add(-c.created), UsedAt: noon.Add(-c.used), Remember: true}
		if got := c.limits.Expired(s, noon); got != c.want {
			t.Errorf("%s: expired %v, want %v", c.name, got, c.want)
		}
	}
	s := &session.Session{CreatedAt: noon, UsedAt: noon, Remember: true}
	if got := kept.Ends(s); !got.Equal(noon.Add(7 * day)) {
		t.Errorf("ends %v", got)
	}
	if kept.DueTouch(s, noon.Add(day)) || !plain.DueTouch(s, noon.Add(day)) {
		t.Error("a session that cannot be idle is worth no touch, and any other is")
	}
	if kept.Longest() != 7*day || plain.Longest() != 12*time.Hour {
		t.Error("the longest-lived session decides how long a mark is needed")
	}
}

// What follows from the claims is made once an owner, and never out of an
// older session's.
func TestDerive(t *testing.T) {
	s, made := sessiontest.New("ada"), 0
	derive := func(s *session.Session, owner any) string {
		return s.Derive(owner, func() any { made++; return s.Subject }).(string)
	}
	before, after := new(int), new(int) // two configurations
	derive(s, before)
	derive(s, before)
	if made != 1 {
		t.Errorf("made %d times for one owner", made)
	}
	derive(s, after)
	derive(s, after)
	if made != 2 {
		t.Errorf("made %d times for two owners", made)
	}
	clone := s.Clone()
	clone.Subject = "bob"
	if got := derive(clone, after); got != "bob" {
		t.Errorf("a clone takes over what was derived from another: %q", got)
	}
}

func TestCloneLeavesNothingOut(t *testing.T) {
	s := sessiontest.New("ada")
	if diff := sessiontest.Diff(s, s.Clone()); diff != "" {
		t.Error(diff)
	}
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).IsZero() {
			t.Errorf("the suite's session has no %s: nothing would notice if it were lost", f.Name)
		}
	}
}

func TestDueTouch(t *testing.T) {
	for _, c := range []struct{ idle, after time.Duration }{
		{time.Hour, 6 * time.Minute},
		{24 * time.Hour, 144 * time.Minute},
		{5 * time.Minute, time.Minute},
		{time.Minute, 15 * time.Second},
	} {
		limits, s := session.Limits{Lifetime: 48 * time.Hour, Idle: c.idle}, &session.Session{UsedAt: noon}
		if limits.DueTouch(s, noon.Add(c.after-time.Second)) || !limits.DueTouch(s, noon.Add(c.after)) {
			t.Errorf("idle %v: not due after exactly %v", c.idle, c.after)
		}
	}
	if (session.Limits{Lifetime: time.Hour}).DueTouch(&session.Session{}, noon) {
		t.Error("without an idle limit a touch serves nothing")
	}
}

// A fleet runs two versions during an upgrade, and a store may hold what
// another program wrote: neither is a session, and neither is an error.
//
// Rows: mod_auth_openidc 2026-08-11.
func TestModAuthOpenIDC_2026_08_11_UnmarshalRefusesWhatItDidNotWrite(t *testing.T) {
	good, err := session.Marshal(sessiontest.New("ada"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := session.Unmarshal(good); !ok {
		t.Fatal("a genuine record is refused")
	}
	for name, data := range map[string]string{
		"empty":            "",
		"version only":     "\x01",
		"next version":     "\x02" + string(good[1:]),
		"no version":       string(good[1:]),
		"cut short":        string(good[:len(good)-1]),
		"something behind": string(good) + "{}",
		"null":             "\x01null",
		"list":             "\x01[]",
		"no id":            "\x01" + `{"s":"ada","t":1}`,
		"no subject":       "\x01" + `{"i":"x","t":1}`,
		"no creation":      "\x01" + `{"i":"x","s":"ada"}`,
		"time is a word":   "\x01" + `{"i":"x","s":"ada","t":"now"}`,
		"time overflows":   "\x01" + `{"i":"x","s":"ada","t":1e300}`,
	} {
		if s, ok := session.Unmarshal([]byte(data)); ok || s != nil {
			t.Errorf("%s: a session", name)
		}
	}
}

// What the first version of this program kept, byte for byte: an upgrade signs
// nobody out (F-20), and what it did not know is empty.
//
// Rows: F-20.
func TestF20_RecordOfTheFirstVersion(t *testing.T) {
	const old = "\x01" + `{"i":"id","o":"https://acme.okta.com","s":"00u1","l":"Ada@example.com","e":"ada@example.com",` +
		`"c":{"groups":["Everyone"],"name":null},"t":1772366400,"u":1772366460,"a":1772366300,"r":"refresh","x":1772370000}`
	want := &session.Session{
		ID: "id", Issuer: "https://acme.okta.com", Subject: "00u1", Login: "Ada@example.com", Email: "ada@example.com",
		Claims:    map[string]any{"groups": []any{"Everyone"}, "name": nil},
		CreatedAt: noon, UsedAt: noon.Add(time.Minute), AuthTime: noon.Add(-100 * time.Second),
		RefreshToken: "refresh", TokenExpiresAt: noon.Add(time.Hour),
	}
	got, ok := session.Unmarshal([]byte(old))
	if !ok {
		t.Fatal("an older record is no session")
	}
	if diff := sessiontest.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// The other way round: a field of the next version is left alone by this one.
	if _, ok := session.Unmarshal([]byte(strings.TrimSuffix(old, "}") + `,"zz":{"new":1}}`)); !ok {
		t.Error("a field that is not known makes a record unreadable")
	}
}

func TestLongNumbersSurvive(t *testing.T) {
	s := sessiontest.New("ada")
	s.Claims = map[string]any{"employee": json.Number("12345678901234567890")}
	data, err := session.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	back, _ := session.Unmarshal(data)
	if got := back.Claims["employee"]; got != json.Number("12345678901234567890") {
		t.Errorf("got %v", got)
	}
}

func FuzzUnmarshal(f *testing.F) {
	good, _ := session.Marshal(sessiontest.New("ada"))
	f.Add(good)
	f.Add([]byte("\x01" + `{"i":"x","s":"ada","t":-9223372036854775808,"u":9223372036854775807}`))
	for _, version := range []string{"\x00", "\x02", "\xff", "{"} {
		f.Add(append([]byte(version), good[1:]...))
	}
	f.Add([]byte("\x01" + `{"i":"x","s":"ada","t":1,"at":"access","it":"id","n":1,"ao":true,"k":true}`))
	f.Add([]byte("\x02{}"))
	f.Add([]byte("\x01null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := session.Unmarshal(data)
		if !ok {
			return
		}
		sessiontest.Limits.Expired(s, noon)
		if len(s.Claims) == 0 {
			s.Claims = nil // an empty list is not written
		}
		again, err := session.Marshal(s)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, ok := session.Unmarshal(again)
		if !ok {
			t.Fatal("what was written again cannot be read")
		}
		if data[0] != 1 || sessiontest.Diff(s, back) != "" {
			t.Fatalf("version %d, or another session than before:\n%s", data[0], sessiontest.Diff(s, back))
		}
	})
}
