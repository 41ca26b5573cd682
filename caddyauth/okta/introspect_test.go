package okta

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

const form = `{"version":"1.0.0","stateHandle":"STATE","remediation":{"type":"array","value":[{"name":"identify","href":"http://x/idp/idx/identify","method":"POST","value":[{"name":"identifier"}]}]},
	"messages":{"type":"array","value":[{"message":"Try again","class":"ERROR"}]}}`

// What comes instead of an answer, and what it is taken for. Five of these are
// panics in Okta's own SDK.
//
// Rows: F-05.
func TestF05_IDXAnswers(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		kind   Kind // "": an answer
	}{
		"a form":                {200, form, ""},
		"400 with a form":       {400, form, ""},
		"401 with a form":       {401, form, ""},
		"403 with a form":       {403, form, ""},
		"429 with a form":       {429, form, ""},
		"401, expired":          {401, `{"version":"1.0.0","messages":{"value":[{"message":"The session has expired.","i18n":{"key":"idx.session.expired"},"class":"ERROR"}]}}`, ""},
		"301 with a form":       {301, form, NotOkta},
		"500 with a form":       {500, form, NotOkta},
		"{}":                    {200, `{}`, NotOkta},
		"500 {}":                {500, `{}`, NotOkta},
		"429 {}":                {429, `{}`, RateLimited},
		"400 null":              {400, `null`, NotOkta},
		"null":                  {200, `null`, NotOkta},
		"[]":                    {200, `[]`, NotOkta},
		"a string":              {200, `"x"`, NotOkta},
		"a number":              {200, `7`, NotOkta},
		"HTML":                  {200, `<!doctype html><title>Blocked</title>`, NotOkta},
		"500 HTML":              {500, `<html>Bad Gateway</html>`, NotOkta},
		"empty":                 {200, ``, NotOkta},
		"204":                   {204, ``, NotOkta},
		"truncated":             {200, form[:len(form)/2], NotOkta},
		"10,001 deep":           {200, `{"version":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}`, NotOkta},
		"429 ION":               {429, `{"version":"1.0.0","messages":{"type":"array","value":[{"message":"Too many requests","i18n":{"key":"tooManyRequests"},"class":"ERROR"}]}}`, RateLimited},
		"429 E0000047":          {429, `{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests."}`, RateLimited},
		"429 HTML":              {429, `<html>`, RateLimited},
		"503 E0000047":          {503, `{"errorCode":"E0000047"}`, NotOkta},
		"remediation of a type": {200, `{"version":"1.0.0","remediation":"x","messages":7,"user":[],"app":null}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			f.answer(introspectPath, tt.status, tt.body)
			f.answer(identifyPath, tt.status, tt.body)
			o := f.org()
			check := func(a *Answer, err error) {
				t.Helper()
				if tt.kind != "" {
					if !isKind(err, tt.kind) {
						t.Errorf("got %v, %v", a, err)
					}
					return
				}
				if err != nil || a.Status != tt.status || a.Rejected() != (tt.status >= 400) || a.Size != len(tt.body) {
					t.Errorf("got %+v, %v", a, err)
				}
			}
			check(o.Introspect(t.Context(), Device{}, testHandle))
			check(o.Proceed(t.Context(), Device{}, &idx.Remediation{Name: "identify", Href: f.srv.URL + identifyPath}, []byte("{}")))
		})
	}
}

// X-Rate-Limit-Reset is the server's; only a moment within the hour is told on.
//
// Rows: F-07.
func TestF07_RateLimitReset(t *testing.T) {
	f := newFakeOrg(t)
	now := f.clock
	for reset, want := range map[string]time.Time{
		"":                    {},
		"near":                now.Add(30 * time.Second),
		"hour":                now.Add(time.Hour),
		"far":                 {},
		"past":                {},
		"ms":                  {},
		"junk":                {},
		"1e300":               {},
		"-1":                  {},
		"9223372036854775807": {},
	} {
		value := reset
		switch reset {
		case "near":
			value = strconv.FormatInt(want.Unix(), 10)
		case "hour":
			value = strconv.FormatInt(want.Unix(), 10)
		case "far":
			value = strconv.FormatInt(now.Add(25*time.Hour).Unix(), 10)
		case "past":
			value = strconv.FormatInt(now.Unix()-1, 10)
		case "ms":
			value = strconv.FormatInt(now.Add(30*time.Second).UnixMilli(), 10)
		}
		f.handle(introspectPath, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Rate-Limit-Reset", value)
			w.WriteHeader(429)
		})
		_, err := f.org().Introspect(t.Context(), Device{}, testHandle)
		var e *Error
		if !errors.As(err, &e) || e.Kind != RateLimited || !e.RetryAt.Equal(want) {
			t.Errorf("reset %q: %v, retry at %v, want %v", reset, err, e.RetryAt, want)
		}
	}
	if n := len(f.calls(introspectPath)); n != 10 {
		t.Errorf("%d calls: a limit must not be run into again", n)
	}
}

// The request is Okta's: the handle under its name, the media type, and who
// the browser is.
func TestIntrospectRequest(t *testing.T) {
	f := newFakeOrg(t)
	f.answer(introspectPath, 200, form)
	d := Device{UserAgent: "Browser/1", AcceptLanguage: "de", Address: "203.0.113.7", Token: "device-token"}
	if _, err := f.org().Introspect(t.Context(), d, `h"\`); err != nil {
		t.Fatal(err)
	}
	a := f.calls(introspectPath)[0]
	if a.body != `{"interactionHandle":"h\"\\"}` || a.header.Get("Content-Type") != ionJSON || a.header.Get("Accept") != ionJSON {
		t.Errorf("sent %s %v", a.body, a.header)
	}
	for name, want := range map[string]string{"User-Agent": "Browser/1", "Accept-Language": "de", "X-Forwarded-For": "203.0.113.7", "X-Device-Token": "device-token", "Cookie": "DT=device-token"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
