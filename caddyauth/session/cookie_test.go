package session_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/session"
	"github.com/caddy-okta/caddy-okta/caddyauth/session/sessiontest"
)

var (
	secure = session.Cookie{Name: "okta", Secure: true}
	plain  = session.Cookie{Name: "okta"}
	shared = session.Cookie{Name: "okta", Secure: true, Domain: "example.com", SameSite: http.SameSiteStrictMode}
)

// browser keeps cookies as strictly as browsers do: it drops what is too long,
// and what breaks the rules of its prefix.
type browser struct {
	names  []string // oldest first, as RFC 6265 5.4 sends them
	values map[string]string
}

func (b *browser) receive(t *testing.T, h http.Header) {
	t.Helper()
	seen := map[string]bool{}
	for _, line := range h["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			t.Fatalf("%d bytes: %v", len(line), err)
		}
		if len(line) > 4096 {
			t.Errorf("%s: a line of %d bytes, no browser keeps it", c.Name, len(line))
			continue
		}
		host, sec := strings.HasPrefix(c.Name, "__Host-"), strings.HasPrefix(c.Name, "__Secure-")
		if c.Path != "/" || !c.HttpOnly || c.SameSite < http.SameSiteLaxMode || c.Secure != (host || sec) || sec != (c.Domain != "") {
			t.Errorf("attributes of %s: %s", c.Name, line[max(0, len(line)-100):])
			continue
		}
		if seen[c.Name] {
			t.Errorf("%s is set twice in one answer", c.Name)
		}
		seen[c.Name] = true
		if _, had := b.values[c.Name]; had && c.MaxAge < 0 {
			delete(b.values, c.Name)
			b.names = slices.DeleteFunc(b.names, func(n string) bool { return n == c.Name })
		} else if c.MaxAge >= 0 {
			if !had {
				b.names = append(b.names, c.Name)
			}
			if b.values == nil {
				b.values = map[string]string{}
			}
			b.values[c.Name] = c.Value
		}
	}
}

func (b *browser) request() *http.Request {
	var pairs []string
	for _, name := range b.names {
		pairs = append(pairs, name+"="+b.values[name])
	}
	return request(strings.Join(pairs, "; "))
}

func request(cookies ...string) *http.Request {
	r := &http.Request{Header: http.Header{}}
	for _, line := range cookies {
		r.Header.Add("Cookie", line)
	}
	return r
}

// filler is a value in which no two places look alike.
func filler(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d-", i)
	}
	return b.String()[:n]
}

// A value whose length was an exact multiple of the chunk size lost its last
// chunk, and the user signed in for ever.
//
// Rows: mod_auth_openidc 2026-08-11.
func TestModAuthOpenIDC_2026_08_11_ChunkBoundaries(t *testing.T) {
	for _, c := range []session.Cookie{secure, plain, shared} {
		for _, age := range []time.Duration{0, 12 * time.Hour} {
			h := http.Header{}
			c.Write(h, request(), filler(9000), age)
			first := h["Set-Cookie"][1] // the second line has no count in front
			_, rest, _ := strings.Cut(first, "=")
			part, _, _ := strings.Cut(rest, ";")
			size := len(part)
			if size < 3900 {
				t.Fatalf("chunks of %d bytes waste room", size)
			}
			lengths := []int{1, 2, 3}
			for chunks := 1; chunks <= 5; chunks++ {
				for off := -3; off <= 3; off++ {
					if n := chunks*size + off; n <= 5*size {
						lengths = append(lengths, n)
					}
				}
			}
			for _, n := range lengths {
				var b browser
				want, h := filler(n), http.Header{}
				c.Write(h, request(), want, age)
				b.receive(t, h)
				if got := c.Read(b.request()); len(got) != 1 || got[0] != want {
					t.Errorf("%s, age %v, %d bytes: %d values back", c.FullName(), age, n, len(got))
				}
				if want := (n + size - 1) / size; len(b.names) != want {
					t.Errorf("%d bytes: %d cookies, want %d", n, len(b.names), want)
				}
			}
			h = http.Header{}
			c.Write(h, request(), filler(5*size+1), age)
			if got := h["Set-Cookie"]; len(got) != 1 || !strings.Contains(got[0], "Max-Age=0") {
				t.Errorf("a value beyond five cookies: %d lines, want one that clears", len(got))
			}
		}
	}
}

func TestWriteAttributes(t *testing.T) {
	for _, c := range []struct {
		cookie session.Cookie
		age    time.Duration
		want   string
	}{
		{secure, 0, "__Host-okta=1.v; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{plain, 0, "okta=1.v; Path=/; HttpOnly; SameSite=Lax"},
		{shared, 0, "__Secure-okta=1.v; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Strict"},
		{session.Cookie{Name: "okta", Secure: true, SameSite: http.SameSiteNoneMode}, 0, "__Host-okta=1.v; Path=/; HttpOnly; Secure; SameSite=None"},
		{session.Cookie{Name: "okta", SameSite: http.SameSiteDefaultMode}, 0, "okta=1.v; Path=/; HttpOnly; SameSite=Lax"},
		{plain, time.Hour, "okta=1.v; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"},
		{plain, time.Millisecond, "okta=1.v; Max-Age=1; Path=/; HttpOnly; SameSite=Lax"},
	} {
		h := http.Header{}
		c.cookie.Write(h, request(), "v", c.age)
		if diff := cmp.Diff([]string{c.want}, h["Set-Cookie"]); diff != "" {
			t.Error(diff)
		}
	}
}

// A session that shrinks must not leave chunks of the one before.
func TestShrinkingValue(t *testing.T) {
	var b browser
	for _, n := range []int{15_000, 5000, 100, 9000, 1} {
		h := http.Header{}
		secure.Write(h, b.request(), filler(n), time.Hour)
		b.receive(t, h)
		if got := secure.Read(b.request()); len(got) != 1 || got[0] != filler(n) {
			t.Errorf("%d bytes: %d values", n, len(got))
		}
		if want := n/4000 + 1; len(b.names) != want {
			t.Errorf("%d bytes: the browser keeps %v", n, b.names)
		}
	}
}

// The cookie that should have removed the session lacked Secure, browsers
// ignored it, and sign-out did nothing.
//
// Rows: CVE-2025-55162.
func TestCVE_2025_55162_SignOutRemovesEveryChunk(t *testing.T) {
	for _, c := range []session.Cookie{secure, plain, shared} {
		var b browser
		h := http.Header{}
		c.Write(h, request(), filler(9000), time.Hour)
		b.receive(t, h)
		h = http.Header{}
		c.Clear(h, b.request())
		b.receive(t, h)
		if len(b.names) != 0 {
			t.Errorf("%v survive", b.names)
		}
	}
	h := http.Header{}
	secure.Clear(h, request())
	want := []string{"__Host-okta=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax"}
	if diff := cmp.Diff(want, h["Set-Cookie"]); diff != "" {
		t.Error(diff)
	}
}

func TestLastWriteWins(t *testing.T) {
	h := http.Header{"Set-Cookie": {"theirs=1"}}
	secure.Write(h, request(), filler(9000), 0)
	secure.Write(h, request(), "v", 0)
	if got := h["Set-Cookie"]; len(got) != 2 || got[0] != "theirs=1" {
		t.Errorf("%d lines", len(got))
	}
	secure.Clear(h, request())
	if got := h["Set-Cookie"]; len(got) != 2 || !strings.Contains(got[1], "Max-Age=0") {
		t.Errorf("%d lines after clearing", len(got))
	}
}

// With a chunk missing, the rest was taken for the whole. The seal guards
// against it as well; reading never gets that far.
//
// Rows: mod_auth_openidc 2026-08-10.
func TestModAuthOpenIDC_2026_08_10_MissingAndSwappedChunks(t *testing.T) {
	store := cookieStore(t)
	store.MaxBytes = 16_000
	s := sessiontest.New("ada")
	s.Claims["groups"] = filler(8000)
	token, err := store.Save(t.Context(), sessiontest.Host, "", s)
	if err != nil {
		t.Fatal(err)
	}
	var whole browser
	h := http.Header{}
	plain.Write(h, request(), token, 0)
	whole.receive(t, h)
	if len(whole.names) != 3 {
		t.Fatalf("%d cookies, this test wants 3", len(whole.names))
	}
	v := []string{whole.values["okta"], whole.values["okta_1"], whole.values["okta_2"]}
	for name, c := range map[string]struct {
		cookies []string
		want    bool
	}{
		"whole":              {[]string{"okta=" + v[0], "okta_1=" + v[1], "okta_2=" + v[2]}, true},
		"in another order":   {[]string{"okta_2=" + v[2], "okta=" + v[0], "okta_1=" + v[1]}, true},
		"a chunk too many":   {[]string{"okta=" + v[0], "okta_1=" + v[1], "okta_2=" + v[2], "okta_3=x"}, true},
		"first missing":      {[]string{"okta_1=" + v[1], "okta_2=" + v[2]}, false},
		"middle missing":     {[]string{"okta=" + v[0], "okta_2=" + v[2]}, false},
		"last missing":       {[]string{"okta=" + v[0], "okta_1=" + v[1]}, false},
		"last empty":         {[]string{"okta=" + v[0], "okta_1=" + v[1], "okta_2="}, false},
		"swapped":            {[]string{"okta=" + v[0], "okta_1=" + v[2], "okta_2=" + v[1]}, false},
		"count lowered":      {[]string{"okta=2" + v[0][1:], "okta_1=" + v[1], "okta_2=" + v[2]}, false},
		"count raised":       {[]string{"okta=4" + v[0][1:], "okta_1=" + v[1], "okta_2=" + v[2], "okta_3=A"}, false},
		"cut short":          {[]string{"okta=" + v[0], "okta_1=" + v[1], "okta_2=" + v[2][:len(v[2])-1]}, false},
		"chunk named zero":   {[]string{"okta_0=" + v[0], "okta_1=" + v[1], "okta_2=" + v[2]}, false},
		"chunk in its long":  {[]string{"okta=" + v[0], "okta_01=" + v[1], "okta_2=" + v[2]}, false},
		"another upper case": {[]string{"OKTA=" + v[0], "OKTA_1=" + v[1], "OKTA_2=" + v[2]}, false},
	} {
		r := request(strings.Join(c.cookies, "; "))
		if got := opened(t, store, plain, r) != nil; got != c.want {
			t.Errorf("%s: signed in %v, want %v", name, got, c.want)
		}
	}
}

// opened does what the handler does: the first value that opens.
func opened(t testing.TB, store session.Store, c session.Cookie, r *http.Request) *session.Session {
	t.Helper()
	for _, token := range c.Read(r) {
		s, err := store.Load(t.Context(), sessiontest.Host, token)
		if err != nil {
			t.Fatal(err)
		}
		if s != nil {
			return s
		}
	}
	return nil
}

// A sibling domain sets a cookie of our name for a longer path, and browsers
// send the longer path first. Whoever takes the first one signs the user out
// (S-34, S-35); here the genuine one is found wherever it stands.
//
// Rows: S-34, S-35.
func TestS34_TossedCookies(t *testing.T) {
	store := cookieStore(t)
	token, err := store.Save(t.Context(), sessiontest.Host, "", sessiontest.New("ada"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []session.Cookie{plain, secure, shared} {
		name := c.FullName()
		good := name + "=1." + token
		for _, lines := range [][]string{
			{good},
			{good + "; NAME=1.evil"},
			{"NAME=1.evil; " + good},
			{"NAME=evil; NAME; NAME=; NAME=5.x; NAME=9.x; " + good},
			{"NAME=2.evil; NAME_1=evil; " + good},
			{"__Host-okta=1.evil; __Secure-okta=1.evil; okta=1.evil; " + good},
			{"other=1", good},
			{good + "; " + good},
			{"$Version=1; " + good},
			{"  \t " + good + " ;"},
		} {
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], "NAME", name)
			}
			if opened(t, store, c, request(lines...)) == nil {
				t.Errorf("signed out by %.60q", lines)
			}
		}
	}
	big := http.Header{}
	plain.Write(big, request(), filler(6000), 0)
	var b browser
	b.receive(t, big)
	r := b.request()
	r.Header.Set("Cookie", "okta=2.evil; okta_1=evil; "+r.Header.Get("Cookie"))
	if got := plain.Read(r); !slices.Contains(got, filler(6000)) {
		t.Errorf("tossed chunks hide the genuine value among %d", len(got))
	}
}

// A cookie that claimed 99999999 chunks made the server look for each.
// CVE-2023-28625: odd Cookie headers crashed it.
//
// Rows: CVE-2024-24814, CVE-2023-28625.
func TestCVE_2024_24814_ChunkBombs(t *testing.T) {
	for _, line := range []string{
		"", ";", "=", ";;=;", "okta", "okta=", "okta=.", "okta=1", "okta=1.", "okta==;=okta",
		"okta=99999999.x", "okta=-1.x", "okta=1e9.x", "okta=0.x", "okta=6.x", "okta=\x00.x",
		"okta_99999999=x", "okta_=x", "okta_-1=x", "okta_1=x", "okta_\x00=x",
		strings.Repeat("okta=5.x; okta_1=y; okta_2=y; okta_3=y; okta_4=y; ", 500),
		strings.Repeat("a=b; ", 3001),
		"okta=1." + strings.Repeat("x", 1<<20),
		strings.Repeat(";", 1<<20),
		strings.Repeat("okta=5.x;", 100_000),
	} {
		r := request(line)
		values := plain.Read(r)
		size := 0
		for _, v := range values {
			size += len(v)
		}
		if len(values) > 16 || size > 1<<20 {
			t.Errorf("%.40q: %d values of %d bytes", line, len(values), size)
		}
		h := http.Header{}
		plain.Write(h, r, "v", 0)
		plain.Clear(h, r)
		if n := len(h["Set-Cookie"]); n > 17 {
			t.Errorf("%.40q: %d Set-Cookie lines", line, n)
		}
		session.Strip(r.Header, plain)
	}
}

func TestOwns(t *testing.T) {
	for name, want := range map[string]bool{
		"__Host-okta": true, "__Host-okta_1": true, "__Host-okta_12": true, "__Host-okta_0": true,
		"okta": false, "__host-okta": false, "__Host-okta_": false, "__Host-okta_x": false,
		"__Host-okta_1x": false, "__Host-oktapus": false, "": false, "__Host-okta-1": false,
	} {
		if got := secure.Owns(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

// A cookie of the domain and one of the host never meet: switching from one to the
// other leaves no twin that hides the new one.
func TestOwnsByPrefix(t *testing.T) {
	for name, owner := range map[string]session.Cookie{"__Host-okta": secure, "__Secure-okta": shared, "okta": plain, "__Host-okta_1": secure, "__Secure-okta_4": shared} {
		for _, c := range []session.Cookie{secure, plain, shared} {
			if got, want := c.Owns(name), c == owner; got != want {
				t.Errorf("%s of %+v: owned %v, want %v", name, c, got, want)
			}
		}
	}
}

func TestPresent(t *testing.T) {
	for line, want := range map[string]bool{
		"": false, "okta": true, "okta=": true, " okta =1.x": true, "a=1; okta=x": true,
		"okta_1=x": false, "oktapus=x": false, "a=okta": false,
	} {
		if got := plain.Present(request(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		cookie session.Cookie
		ok     bool
	}{
		{secure, true}, {plain, true}, {shared, true},
		{session.Cookie{Name: "SESSION-id_x.y!app"}, true},
		{session.Cookie{Name: "okta_auth"}, true},
		{session.Cookie{Name: "app1"}, true},
		{session.Cookie{Name: "okta", Secure: true, SameSite: http.SameSiteNoneMode}, true},
		{session.Cookie{}, false},
		{session.Cookie{Name: "a b"}, false},
		{session.Cookie{Name: "a;b"}, false},
		{session.Cookie{Name: "a=b"}, false},
		{session.Cookie{Name: "a\r\nSet-Cookie: b"}, false},
		{session.Cookie{Name: "sitzung-für"}, false},
		{session.Cookie{Name: strings.Repeat("a", 81)}, false},
		{session.Cookie{Name: "__Host-okta"}, false},
		{session.Cookie{Name: "__host-okta"}, false},
		{session.Cookie{Name: "__Http-okta"}, false},
		{session.Cookie{Name: "okta_1"}, false},
		{session.Cookie{Name: "okta_12"}, false},
		{session.Cookie{Name: "okta", SameSite: http.SameSiteNoneMode}, false},
		{session.Cookie{Name: "okta", Domain: "example.com"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "com"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: ".example.com"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "example.com."}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "Example.com"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "192.0.2.1"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "::1"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "example.com; Path=/x"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "-a.example.com"}, false},
		{session.Cookie{Name: "okta", Secure: true, Domain: "example.com:8443"}, false},
	} {
		if err := c.cookie.Check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.cookie, err)
		}
	}
	for host, want := range map[string]bool{
		"example.com": true, "app.example.com": true, "a.b.example.com": true,
		"badexample.com": false, "com": false, "example.com.evil.org": false, "": false,
	} {
		if got := shared.Covers(host); got != want {
			t.Errorf("%q covered: %v", host, got)
		}
	}
	if !secure.Covers("anything.example.org") {
		t.Error("a cookie of one host is good wherever it was set")
	}
}

func FuzzCookie(f *testing.F) {
	store := cookieStore(f)
	store.MaxBytes = 20_000
	var genuine []string // as the browser sends them
	// Each worker is a process that seals its own: the ids are what they share.
	ids := []string{"short", "long"}
	for i, n := range []int{10, 6000} {
		s := sessiontest.New("ada")
		s.ID, s.Claims["groups"] = ids[i], filler(n)
		token, err := store.Save(f.Context(), sessiontest.Host, "", s)
		if err != nil {
			f.Fatal(err)
		}
		h, pairs := http.Header{}, []string(nil)
		plain.Write(h, request(), token, 0)
		for _, line := range h["Set-Cookie"] {
			pair, _, _ := strings.Cut(line, ";")
			pairs = append(pairs, pair)
		}
		genuine = append(genuine, strings.Join(pairs, "; "))
	}
	for _, g := range genuine {
		f.Add(g)
		f.Add("okta=2.x; " + g)
		f.Add(g[:len(g)-3])
		f.Add(strings.Replace(g, "okta_1", "okta_2", 1))
	}
	f.Add("okta=99999999.x; okta_1=")
	f.Add(";;=;")
	f.Fuzz(func(t *testing.T, line string) {
		s := opened(t, store, plain, request(line))
		if s != nil && !slices.Contains(ids, s.ID) {
			t.Errorf("a session that nobody made: %q", s.ID)
		}
		r := request(line)
		session.Strip(r.Header, plain)
		if got := plain.Read(r); len(got) != 0 {
			t.Errorf("%d values left after Strip", len(got))
		}
		once := r.Header.Clone()
		session.Strip(r.Header, plain)
		if diff := cmp.Diff(once, r.Header); diff != "" {
			t.Errorf("a second Strip changes what the first left:\n%s", diff)
		}
	})
}
