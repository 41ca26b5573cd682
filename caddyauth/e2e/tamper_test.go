package e2e

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// asks sends a request with exactly this Cookie header, and tells whether it
// reached the application and what was answered.
func (w *world) asks(cookie string) (passed bool, status int) {
	w.Helper()
	w.echo.Reset()
	resp, body := w.site.Raw("GET /app HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + cookie + "\r\n\r\n")
	return len(w.echo.Requests()) > 0 || strings.Contains(body, UpstreamMark), resp.StatusCode
}

func flip(s string, i int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	next := alphabet[(strings.IndexByte(alphabet, s[i])+1)%len(alphabet)]
	return s[:i] + string(next) + s[i+1:]
}

// A session cookie that was changed in any way is no session, and never an
// error that lets the request pass.
//
// Rows: CVE-2026-25748, CVE-2023-35941, CVE-2021-29652, mod_auth_openidc
// 2026-08-10.
func TestCVE_2026_25748_EveryMutationOfTheSessionCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, pending := w.signedIn(), w.browser()
	pending.Open("/")
	session := b.Jar.Get("okta_auth").Value
	if passed, _ := w.asks("okta_auth=" + session); !passed {
		t.Fatal("the session cookie alone is no session")
	}
	refused := func(what, cookie string) {
		t.Helper()
		if passed, status := w.asks(cookie); passed || status != http.StatusUnauthorized {
			t.Errorf("%s: passed %v, status %d", what, passed, status)
		}
	}
	count, token, _ := strings.Cut(session, ".")
	for i := range len(token) {
		if i < 64 || i%7 == 0 || i > len(token)-64 {
			// The last character may hold bits that mean nothing; a decoder
			// that ignores them would accept another spelling of one token.
			refused("a changed character", "okta_auth="+count+"."+flip(token, i))
		}
	}
	for n := 0; n < len(session); n += 1 + n/9 {
		refused("cut to the first bytes", "okta_auth="+session[:n])
		refused("without the first bytes", "okta_auth="+session[n+1:])
	}
	long := strings.Repeat("A", 5000)
	for what, cookie := range map[string]string{
		"empty": "", "longer": session + "A", "longer by a block": session + session, "padded": session + "=", "quoted": `"` + session + `"`, "with a space": session + " A", "upper case": strings.ToUpper(session),
		"standard base64": strings.NewReplacer("-", "+", "_", "/").Replace(session) + "+", "not base64": "1.!!!", "too long": "1." + long, "no count": token, "count 0": "0." + token, "count 2": "2." + token,
		"count -1": "-1." + token, "a huge count": "99999999." + token, "count 1e9": "1e9." + token, "another version": count + "." + "Z" + token[1:], "JSON": `{"sub":"x"}`,
		"a JWT": "1.eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "percent-encoded": strings.ReplaceAll(session, ".", "%2E"), "NULs": "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "count only": "1.", "a dot": ".",
		"the sign-in in progress": pending.Jar.Get("_signin").Value, "the device's name": b.Jar.Get("_device").Value, "base64 twice": "1." + base64.RawURLEncoding.EncodeToString([]byte(token)),
	} {
		refused(what, "okta_auth="+cookie)
	}
	for what, cookie := range map[string]string{
		"another case": "Okta_Auth=", "a prefix": "__Host-okta_auth=", "the sign-in's name": "okta_auth_signin=", "the device's name": "okta_auth_device=", "a chunk's name": "okta_auth_1=", "another name": "session=", "with a quote around": `x="a; okta_auth"=`,
	} {
		refused("under "+what, cookie+session)
	}
	refused("as a bearer", "x=1\r\nAuthorization: Bearer "+session)
	refused("a sign-in in progress under its own name", "okta_auth_signin="+session)
}

// mod_auth_openidc 2026-08-10 and -11, CVE-2024-24814: chunks that are missing,
// swapped, or of two sessions; counts from nowhere.
//
// Rows: CVE-2024-24814, mod_auth_openidc 2026-08-10, mod_auth_openidc
// 2026-08-11.
func TestCVE_2024_24814_ChunksOfTheSessionCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.signedIn(), w.browser()
	other.SignIn("/", grace, gracePassword)
	_, mine, _ := strings.Cut(b.Jar.Get("okta_auth").Value, ".")
	_, hers, _ := strings.Cut(other.Jar.Get("okta_auth").Value, ".")
	cut := func(s string) (string, string, string) { return s[:100], s[100:200], s[200:] }
	a0, a1, a2 := cut(mine)
	_, b1, b2 := cut(hers)
	if passed, _ := w.asks("okta_auth=3." + a0 + "; okta_auth_1=" + a1 + "; okta_auth_2=" + a2); !passed {
		t.Error("a session in three chunks is refused")
	}
	if passed, _ := w.asks("okta_auth_2=" + a2 + "; app=1; okta_auth_1=" + a1 + "; okta_auth=3." + a0); !passed {
		t.Error("the order of the cookies counts")
	}
	for what, cookie := range map[string]string{
		"the last is missing": "okta_auth=3." + a0 + "; okta_auth_1=" + a1, "one is missing": "okta_auth=3." + a0 + "; okta_auth_2=" + a2, "the first is missing": "okta_auth_1=" + a1 + "; okta_auth_2=" + a2,
		"two are swapped": "okta_auth=3." + a0 + "; okta_auth_1=" + a2 + "; okta_auth_2=" + a1, "one is another session's": "okta_auth=3." + a0 + "; okta_auth_1=" + b1 + "; okta_auth_2=" + a2,
		"the last is another's": "okta_auth=3." + a0 + "; okta_auth_1=" + a1 + "; okta_auth_2=" + b2, "too few are counted": "okta_auth=2." + a0 + "; okta_auth_1=" + a1 + "; okta_auth_2=" + a2,
		"a leading zero": "okta_auth=3." + a0 + "; okta_auth_01=" + a1 + "; okta_auth_2=" + a2, "too many are counted": "okta_auth=4." + a0 + "; okta_auth_1=" + a1 + "; okta_auth_2=" + a2,
		"an empty one": "okta_auth=3." + a0 + "; okta_auth_1=; okta_auth_2=" + a2, "one is doubled": "okta_auth=4." + a0 + "; okta_auth_1=" + a1 + "; okta_auth_2=" + a1 + "; okta_auth_3=" + a2,
	} {
		if passed, status := w.asks(cookie); passed || status != http.StatusUnauthorized {
			t.Errorf("%s: passed %v, status %d", what, passed, status)
		}
	}
}

// A cookie of our name that somebody planted beside the real one neither hides
// it nor stops anybody; what is dead is cleared.
//
// Rows: S-34, S-35, F-27.
func TestS34_TossedCookiesAreHealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.signedIn(), w.browser()
	other.SignIn("/", grace, gracePassword)
	good, hers := "okta_auth="+b.Jar.Get("okta_auth").Value, "okta_auth="+other.Jar.Get("okta_auth").Value
	for what, cookie := range map[string]string{
		"good first": good + "; okta_auth=1.evil", "evil first": "okta_auth=1.evil; " + good, "five evil ones": strings.Repeat("okta_auth=1.evil; ", 5) + good, "the same twice": good + "; " + good,
		"an odd one": "okta_auth=; " + good, "chunks from nowhere": "okta_auth_1=x; okta_auth_9=y; " + good, "on two lines": "okta_auth=1.x\r\nCookie: " + good,
	} {
		if passed, status := w.asks(cookie); !passed {
			t.Errorf("%s: refused with %d", what, status)
		} else {
			expectHeader(t, w.echo.Last(t), "X-Forwarded-User", ada)
		}
	}
	if passed, _ := w.asks(good + "; " + hers); !passed || len(w.echo.Last(t).Values("X-Forwarded-User")) != 1 {
		t.Error("two good sessions make none, or two users")
	}

	// A dead session is cleared with the page, and signing in works.
	for _, dead := range []string{"1.evil", "3.evil", "", strings.Repeat("x", 4000)} {
		b := w.browser()
		for _, name := range []string{"okta_auth", "okta_auth_1", "okta_auth_signin", "okta_auth_device"} {
			b.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: name, Value: dead, Path: "/"})
		}
		b.SignIn("/", ada, adaPassword)
		if !b.SignedIn("/") {
			t.Errorf("with dead cookies %.10q nobody can sign in", dead)
		}
	}

	// Tossed for a longer path, it always sorts first.
	victim := w.browser()
	for _, name := range []string{"okta_auth", "okta_auth_signin", "okta_auth_device"} {
		victim.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: name, Value: "1.evil", Path: "/app"})
		victim.Jar.Put(mustParse(w.site.URL), &http.Cookie{Name: name, Value: "1.evil", Path: "/.okta"})
	}
	victim.SignIn("/app/x", ada, adaPassword)
	if !victim.SignedIn("/app/y") {
		t.Error("cookies that were tossed for a longer path keep the victim out")
	}
}

// Cookie headers that no browser sends.
//
// Rows: CVE-2023-28625, CVE-2025-58186, F-26.
func TestCVE_2023_28625_OddCookieHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, cookie := range []string{
		";", "=", ";;=;", "okta_auth", "okta_auth=", "=okta_auth=1.x", strings.Repeat("a=b; ", 3001), strings.Repeat("okta_auth=1.x; ", 500), "okta_auth=" + strings.Repeat("x", 10<<10),
		"\xff\xfe=\xff", "okta_auth=\x80", "$Version=1; okta_auth=x; $Path=/", `okta_auth="1.x; y"`, strings.Repeat("okta_auth_1=x; okta_auth_2=y; okta_auth_3=z; ", 60) + strings.Repeat("okta_auth=5.x; ", 60) + "okta_auth_4=w",
	} {
		if passed, status := w.asks(cookie); passed || status >= 500 {
			t.Errorf("%.60q: passed %v, status %d", cookie, passed, status)
		}
		resp, _ := w.site.Raw("GET /app HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/html\r\nCookie: " + cookie + "\r\n\r\n")
		if resp.StatusCode != 401 && resp.StatusCode != 431 {
			t.Errorf("%.60q: the page has status %d", cookie, resp.StatusCode)
		}
	}
}

// A cookie belongs to one site, one prefix and one application at Okta, also
// where several share a host and a key.
//
// Rows: CVE-2023-35941.
func TestCVE_2023_35941_CookiesOfAnotherSite(t *testing.T) {
	t.Parallel()
	org, echo := StartOrg(t), StartEcho(t)
	public := org.State().PublicClientID
	block := func(port string, lines ...string) string {
		return SiteBlock("http://localhost:{$PORT"+port+"}", GateBlock(org, append(lines, `key "the same key for all of these sites"`)...), "reverse_proxy "+echo.Addr)
	}
	site := StartSite(t, block("")+block("2")+SiteBlock("http://localhost:{$PORT3}",
		"okta_auth {\n issuer "+org.State().Issuer+"\n client_id "+public+"\n public_url http://localhost:{$PORT}\n key \"the same key for all of these sites\"\n}", "reverse_proxy "+echo.Addr))
	b := NewBrowser(t, site)
	b.SignIn("/", ada, adaPassword)
	if b.Get(site.URLOf(2)+"/").Status != http.StatusUnauthorized {
		t.Error("a session of one site is one of another with another address")
	}
	if b.Get(site.URLOf(3)+"/").Status != http.StatusUnauthorized {
		t.Error("a session for one application at Okta is one for another")
	}
	if !b.SignedIn("/") {
		t.Error("and the session is gone where it was good")
	}
}
