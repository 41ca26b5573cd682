package okta

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// everyCall makes each call there is, against an org that answers with h, and
// gives the errors by endpoint. Discovery stays good, so that the others run.
func everyCall(t *testing.T, f *fakeOrg, o *Org, d Device) map[string]error {
	t.Helper()
	ctx := t.Context()
	tokens := &Tokens{Access: testAccess, Claims: Claims{"sub": "00u1"}}
	errs := map[string]error{}
	_, errs["interact"] = o.Interact(ctx, d, InteractOptions{})
	_, errs["introspect"] = o.Introspect(ctx, d, testHandle)
	_, errs["proceed"] = o.Proceed(ctx, d, &idx.Remediation{Name: "identify", Href: f.srv.URL + identifyPath, Method: "POST"}, []byte(`{"credentials":{"passcode":"p4ssw0rd-of-ada"}}`))
	_, errs["token"] = o.Redeem(ctx, d, testCode, interaction)
	_, errs["userinfo"] = o.Complete(ctx, d, tokens, []string{"email"})
	errs["revoke"] = o.Revoke(ctx, d, "REFRESH-abcdef")
	return errs
}

// everywhere answers all paths but discovery with h.
func (f *fakeOrg) everywhere(h http.HandlerFunc) {
	for _, path := range []string{keysPath, tokenPath, userInfoPath, revokePath, interactPath, introspectPath, identifyPath} {
		f.handle(path, h)
	}
}

// secrets of the calls of everyCall.
var secrets = []string{testSecret, testHandle, testCode, interaction.Verifier, testAccess, "REFRESH-abcdef", "p4ssw0rd-of-ada", "device-token-of-ada"}

func mustHoldNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) {
			t.Errorf("%s holds the secret %q: %.300q", where, s, text)
		}
	}
}

// The org is taken over, or something in the way answers for it. Credentials
// must not follow where it sends us (CVE-2024-45336, RFC 9700 section 4.12).
//
// Rows: CVE-2024-45336, CVE-2023-45289, CVE-2025-4673, S-54.
func TestCVE_2024_45336_RedirectNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			evil := newFakeOrg(t)
			f := newFakeOrg(t)
			f.everywhere(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", "sid=1; Path=/")
				http.Redirect(w, r, evil.srv.URL+r.URL.Path, status)
			})
			for name, err := range everyCall(t, f, f.org(), Device{}) {
				if !isKind(err, NotOkta) {
					t.Errorf("%s: %v", name, err)
				}
			}
			// Discovery too.
			f.handle(metadataPath, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, evil.srv.URL+metadataPath, status)
			})
			if _, err := f.redeem(f.org()); !isKind(err, NotOkta) {
				t.Errorf("discovery: %v", err)
			}
			if len(evil.asked) > 0 {
				t.Errorf("followed: %v", evil.asked)
			}
		})
	}
}

// One user's cookies must never go out with another's call.
func TestNoCookieJar(t *testing.T) {
	f := newFakeOrg(t)
	f.everywhere(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "of-ada", Path: "/"})
		io.WriteString(w, "{}")
	})
	o := f.org()
	everyCall(t, f, o, Device{})
	everyCall(t, f, o, Device{Token: "device-token-of-bob"})
	for _, a := range f.asked {
		for _, c := range a.header.Values("Cookie") {
			if c != "DT=device-token-of-bob" {
				t.Errorf("%s %s with the cookie %q", a.method, a.url, c)
			}
		}
	}
}

// Addresses end in the logs of every proxy on the way.
//
// Rows: S-15, S-19.
func TestS15_SecretsStayOutOfAddresses(t *testing.T) {
	f := newFakeOrg(t)
	everyCall(t, f, f.org(), Device{Token: "device-token-of-ada"})
	if len(f.asked) < 7 {
		t.Fatalf("only %d calls", len(f.asked))
	}
	for _, a := range f.asked {
		mustHoldNoSecret(t, "the address of "+a.method, a.url)
		if strings.Contains(a.url, "?") {
			t.Errorf("%s %s has a query", a.method, a.url)
		}
	}
}

// A server that repeats what it was sent must not bring it into our log.
//
// Rows: S-52.
func TestS52_ErrorsHoldNoSecret(t *testing.T) {
	repeat := map[string]http.HandlerFunc{
		"OAuth": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"error":"invalid_request","error_description":%q}`, said(r))
		},
		"Okta API": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Okta-Request-Id", said(r))
			w.WriteHeader(429)
			fmt.Fprintf(w, `{"errorCode":%q,"errorSummary":%q}`, said(r), said(r))
		},
		"long": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			// Cut in the middle of a secret, it would not be found any more.
			fmt.Fprintf(w, `{"error":"x","error_description":%q}`, strings.Repeat("x", 290)+said(r))
		},
		"HTML": func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>"+said(r)) },
		"no protocol": func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"+said(r))
			conn.Close()
		},
		"wrong types": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"interaction_handle":[%q],"access_token":[%q],"sub":%q}`, said(r), said(r), said(r))
		},
	}
	for name, h := range repeat {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			// The fake has read the body already; it is in what was asked.
			f.everywhere(func(w http.ResponseWriter, r *http.Request) {
				f.mu.Lock()
				last := f.asked[len(f.asked)-1]
				f.mu.Unlock()
				h(w, r.WithContext(context.WithValue(r.Context(), saidKey{}, last)))
			})
			for endpoint, err := range everyCall(t, f, f.org(), Device{Token: "device-token-of-ada"}) {
				if err != nil {
					mustHoldNoSecret(t, endpoint+"'s error", err.Error())
				}
			}
			mustHoldNoSecret(t, "the log", f.log.String())
		})
	}
}

type saidKey struct{}

// said is all that a request carried.
func said(r *http.Request) string {
	a := r.Context().Value(saidKey{}).(asked)
	var all []string
	for _, v := range a.form {
		all = append(all, v...)
	}
	return strings.Join(append(all, a.body, r.Header.Get("Authorization"), r.Header.Get("Cookie")), " ")
}

// Answers without end, of every sort, cost a megabyte and an error.
//
// Rows: F-06, CVE-2026-26998.
func TestF06_AnswerTooLarge(t *testing.T) {
	chunk := []byte(strings.Repeat(`{"a":"b"},`, 6<<10))
	const size = 2 << 30
	tests := map[string]http.HandlerFunc{
		"2 GB": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(size))
			for n := 0; n < size; n += len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"gzip bomb": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			zeros := make([]byte, 1<<20)
			for range 64 {
				if _, err := z.Write(zeros); err != nil {
					return
				}
			}
			z.Close()
		},
		"headers without end": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for range 10_000 {
				if _, err := fmt.Fprintf(conn, "X-More: %s\r\n", chunk[:1024]); err != nil {
					return
				}
			}
		},
		"1xx without end": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			for range 100_000 {
				if _, err := io.WriteString(conn, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"); err != nil {
					return
				}
			}
		},
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakeOrg(t)
			f.everywhere(h)
			for endpoint, err := range everyCall(t, f, f.org(), Device{}) {
				if !isKind(err, Unreachable) {
					t.Errorf("%s: %v", endpoint, err)
				}
			}
			f.handle(metadataPath, h)
			if _, err := f.redeem(f.org()); !isKind(err, Unreachable) {
				t.Errorf("discovery: %v", err)
			}
		})
	}
}

// A megabyte, to the byte, is still read.
//
// Rows: F-06.
func TestF06_LargestAnswer(t *testing.T) {
	f := newFakeOrg(t)
	const frame = `{"version":"1.0.0","x":""}`
	for extra, ok := range map[int]bool{0: true, 1: false} {
		f.answer(introspectPath, 200, strings.Replace(frame, `""`, `"`+strings.Repeat("x", maxBody-len(frame)+extra)+`"`, 1))
		if _, err := f.org().Introspect(t.Context(), Device{}, testHandle); (err == nil) != ok {
			t.Errorf("%d bytes more than the limit: %v", extra, err)
		}
	}
}

// An answer that drips ends with the deadline of the whole call.
//
// Rows: F-04.
func TestF04_SlowDrip(t *testing.T) {
	f := newFakeOrg(t)
	f.everywhere(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	o := f.org(func(c *Config) { c.Timeout = 50 * time.Millisecond })
	for endpoint, err := range everyCall(t, f, o, Device{}) {
		if !isKind(err, Unreachable) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// A user who leaves ends the call.
func TestCanceled(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := o.Introspect(ctx, Device{}, testHandle)
	if !isKind(err, Unreachable) || !errors.Is(err, context.Canceled) {
		t.Errorf("introspect: %v", err)
	}
	_, err = o.Interact(ctx, Device{}, InteractOptions{})
	if !isKind(err, Unreachable) || !errors.Is(err, context.Canceled) {
		t.Errorf("interact: %v", err)
	}
}

// Nobody listens there: an error of the right kind, without the address.
//
// Rows: F-02.
func TestF02_NobodyListens(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	f.srv.Close()
	for endpoint, err := range everyCall(t, f, o, Device{}) {
		if !isKind(err, Unreachable) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}
