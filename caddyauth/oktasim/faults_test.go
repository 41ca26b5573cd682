package oktasim_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// A seen is what a client saw of one answer.
type seen struct {
	status  int
	header  http.Header
	body    string
	err     error // of the request, or of reading its answer
	early   int   // answers 1xx
	address string
}

// look asks for the key set, a small answer, and forgives everything.
func (o *org) look(patience time.Duration) seen { return o.lookAt(o.issuer()+"/v1/keys", patience) }

func (o *org) lookAt(address string, patience time.Duration) seen {
	o.Helper()
	out := seen{address: address}
	request, _ := http.NewRequest(http.MethodGet, address, nil)
	request = request.WithContext(httptrace.WithClientTrace(o.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { out.early++; return nil },
	}))
	client := http.Client{
		Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	response, err := client.Do(request)
	if err != nil {
		out.err = err
		return out
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	out.status, out.header, out.body, out.err = response.StatusCode, response.Header, string(content), err
	return out
}

func (o *org) spoil(fault document) {
	o.Helper()
	content, _ := json.Marshal([]document{fault})
	o.api("PUT", "/faults", string(content))
}

// What a client sees of each kind of fault that is about the connection or
// about bytes.
func TestFaultsOfConnectionsAndBodies(t *testing.T) {
	const patient = time.Minute
	tests := []struct {
		kind, value string
		patience    time.Duration
		check       func(seen) bool
	}{
		{"reset", "", patient, func(s seen) bool { return errors.Is(s.err, syscall.ECONNRESET) || errors.Is(s.err, io.EOF) }},
		{"close", "", patient, func(s seen) bool { return errors.Is(s.err, io.EOF) }},
		{"lost_answer", "", patient, func(s seen) bool { return s.err != nil && s.status == 0 }},
		{"hang", "", 2 * time.Second, func(s seen) bool { return s.err != nil && s.status == 0 }},
		{"drip", "1ms", patient, func(s seen) bool { return s.err == nil && strings.HasPrefix(s.body, `{"keys":[{`) }},
		{"truncate", "", patient, func(s seen) bool {
			return s.status == 200 && errors.Is(s.err, io.ErrUnexpectedEOF) && len(s.body) > 100
		}},
		{"flood", "3000000", patient, func(s seen) bool { return s.status == 200 && len(s.body) == 1<<20 && strings.TrimSpace(s.body) == "" }},
		{"gzip_bomb", "1000000", patient, func(s seen) bool {
			unpacked, err := gzip.NewReader(strings.NewReader(s.body))
			if err != nil || s.header.Get("Content-Encoding") != "gzip" {
				return false
			}
			n, err := io.Copy(io.Discard, unpacked)
			return err == nil && n == 1_000_000 && len(s.body) < 20_000
		}},
		{"endless_headers", "20000000", patient, func(s seen) bool { return s.err != nil && strings.Contains(s.err.Error(), "header") }},
		{"informational_flood", "20", patient, func(s seen) bool { return s.early == 20 || s.err != nil }},
		{"proxy_page", "", patient, func(s seen) bool {
			return s.status == 502 && strings.HasPrefix(s.header.Get("Content-Type"), "text/html") && s.header.Get("X-Okta-Request-Id") == ""
		}},
		{"empty", "", patient, func(s seen) bool { return s.status == 200 && s.body == "" }},
		{"half", "", patient, func(s seen) bool {
			return s.err == nil && strings.HasPrefix(s.body, `{"keys":[{`) && !json.Valid([]byte(s.body))
		}},
		{"wrong_type", "", patient, func(s seen) bool { return s.header.Get("Content-Type") == "text/html" && json.Valid([]byte(s.body)) }},
		{"wrong_type", "text/plain", patient, func(s seen) bool { return s.header.Get("Content-Type") == "text/plain" }},
		{"invalid_utf8", "", patient, func(s seen) bool { return s.status == 200 && !utf8.ValidString(s.body) }},
		{"redirect", "", patient, func(s seen) bool { return s.status == 302 && s.header.Get("Location") == s.address }},
		{"redirect", "http://elsewhere.example/", patient, func(s seen) bool { return s.header.Get("Location") == "http://elsewhere.example/" }},
		{"duplicate_keys", "", patient, func(s seen) bool { return json.Valid([]byte(s.body)) && strings.Count(s.body, `"keys"`) == 2 }},
		{"deep", "3", patient, func(s seen) bool {
			return json.Valid([]byte(s.body)) && strings.HasPrefix(s.body, `{"deep":[[[]]],"keys"`)
		}},
		{"wrong_types", "", patient, func(s seen) bool { return strings.HasPrefix(s.body, `{"keys":{"0":[`) }},
		{"without", "keys", patient, func(s seen) bool { return s.body == "{}" }},
		{"no_keys", "", patient, func(s seen) bool { return s.body == `{"keys":[]}` }},
		{"bad_keys", "", patient, func(s seen) bool { return strings.Count(s.body, `"kid"`) == 5 }},
	}
	o := start(t, &oktasim.Server{})
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			o := &org{t, o.url, o.manage}
			o.spoil(document{"endpoint": "keys", "kind": test.kind, "value": test.value, "times": 1})
			if got := o.look(test.patience); !test.check(got) {
				t.Errorf("%d %v %v %.300q", got.status, got.header, got.err, got.body)
			}
			if got := o.look(patient); got.status != 200 || !strings.HasPrefix(got.body, `{"keys":[{`) || got.header.Get("X-Okta-Request-Id") == "" {
				t.Errorf("afterwards: %d %v %.300q", got.status, got.err, got.body)
			}
		})
	}
}

// A sign-in meets a fault in its middle; where the org has not seen the
// request, the same step can be tried again.
func TestFaultsOfTheConversation(t *testing.T) {
	o := start(t, &oktasim.Server{})
	check := func(f *flow, kind, value string, ok func(document) bool) {
		t.Helper()
		o.spoil(document{"endpoint": "introspect", "kind": kind, "value": value, "times": 1})
		if f.introspect(); !ok(f.answer) {
			t.Errorf("%s %s: %v", kind, value, f.answer)
		}
	}
	f := o.begin()
	check(f, "without", "", func(a document) bool { return a["stateHandle"] == nil && a["cancel"] == nil && a["remediation"] != nil })
	check(f, "unknown_remediation", "", func(document) bool { return f.step()[0] == "select-hologram" })
	check(f, "unknown_remediation", "dance", func(document) bool { return f.step()[0] == "dance" })
	check(f, "many_options", "300", func(a document) bool {
		fields := list(a["remediation"])[0].(document)["value"].([]any)
		return len(fields[len(fields)-1].(document)["options"].([]any)) == 300
	})
	check(f, "other_host", "https://evil.example", func(a document) bool {
		return strings.HasPrefix(list(a["remediation"])[0].(document)["href"].(string), "https://evil.example/idp/idx/")
	})
	check(f, "odd_message", "", func(a document) bool {
		m := list(a["messages"])
		return len(m) == 1 && m[0].(document)["class"] == "NOTICE" && len(m[0].(document)["links"].([]any)) == 2
	})
	check(f, "wrong_types", "", func(a document) bool { return a["version"] == 42.0 })
	o.spoil(document{"endpoint": "identify", "kind": "double_messages"})
	f.introspect().identify(ada, "wrong")
	expect(t, "messages", f.messages(), []string{"errors.E0000004", "errors.E0000004"})
	o.api("PUT", "/faults", "[]")
	f.introspect().identify(ada, adaPassword).tokens()
}

func TestFaultsOfDiscoveryAndUserinfo(t *testing.T) {
	o := start(t, &oktasim.Server{})
	discovery := func() document {
		var out document
		_ = json.Unmarshal([]byte(o.lookAt(o.issuer()+"/.well-known/openid-configuration", time.Minute).body), &out)
		return out
	}
	o.spoil(document{"endpoint": "discovery", "kind": "other_issuer"})
	expect(t, "issuer", discovery()["issuer"], any("http://evil.localhost:9/oauth2/default"))
	o.spoil(document{"endpoint": "discovery", "kind": "other_host"})
	expect(t, "keys", discovery()["jwks_uri"], any("http://evil.localhost:9/oauth2/default/v1/keys"))
	o.api("PUT", "/faults", "[]")
	f := o.begin().identify(ada, adaPassword)
	token := f.tokens()
	o.spoil(document{"endpoint": "userinfo", "kind": "other_subject"})
	claims, err := f.userinfo(token)
	expect(t, "error", err, nil)
	expect(t, "subject", claims["sub"], any("00uSomebodyElse00001"))
}

// Every client must send a user back to the start when a code was lost on the
// way: the org has spent it.
func TestLostAnswerSpendsTheCode(t *testing.T) {
	o := start(t, &oktasim.Server{})
	f := o.begin().identify(ada, adaPassword)
	o.spoil(document{"endpoint": "token", "kind": "lost_answer", "times": 1})
	if _, err := f.redeem(); err == nil {
		t.Fatal("no error")
	}
	_, err := f.redeem()
	if err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Fatalf("%v", err)
	}
	f = o.begin().identify(ada, adaPassword)
	o.spoil(document{"endpoint": "token", "kind": "reset", "times": 1})
	if _, err := f.redeem(); err == nil {
		t.Fatal("no error")
	}
	f.tokens() // a reset comes before the org has seen the code
	f = o.begin().identify(ada, adaPassword)
	o.spoil(document{"endpoint": "token", "kind": "used_code"})
	if _, err := f.redeem(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Fatalf("%v", err)
	}
}

func TestRateLimitedSaysResetInEveryWay(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := start(t, &oktasim.Server{Now: func() time.Time { return now }})
	seconds := func(d time.Duration) string { return strconv.FormatInt(now.Add(d).Unix(), 10) }
	for value, want := range map[string]string{
		"": seconds(3 * time.Second), "near": seconds(3 * time.Second), "far": seconds(time.Hour), "past": seconds(-time.Minute), "absent": "",
		"garbage": "soon", "milliseconds": strconv.FormatInt(now.Add(3*time.Second).UnixMilli(), 10), "concurrent": seconds(time.Minute),
	} {
		o.spoil(document{"endpoint": "keys", "kind": "rate_limited", "value": value})
		got := o.look(time.Minute)
		if got.status != 429 || got.header.Get("X-Rate-Limit-Reset") != want || !strings.Contains(got.body, "E0000047") {
			t.Errorf("%q: %d %v %s", value, got.status, got.header, got.body)
		}
	}
	f := o.begin()
	o.spoil(document{"endpoint": "introspect", "kind": "rate_limited"})
	f.introspect()
	expect(t, "status", f.status, 429)
	expect(t, "messages", f.messages(), []string{"tooManyRequests"})
}

// A wildcard is an org that is down.
func TestEveryEndpointAtOnce(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.api("PUT", "/faults", `[{"endpoint":"*","status":503,"headers":{"Retry-After":"1"}}]`)
	got := o.look(time.Minute)
	expect(t, "keys", got.status, 503)
	expect(t, "header", got.header.Get("Retry-After"), "1")
	expect(t, "discovery", o.lookAt(o.issuer()+"/.well-known/openid-configuration", time.Minute).status, 503)
	o.api("PUT", "/faults", `[{"endpoint":"*","kind":"no_keys"}]`)
	expect(t, "keys", o.look(time.Minute).body, `{"keys":[]}`)
	o.begin() // which the kind is not for
}

func TestHeadersOfTheRealAnswer(t *testing.T) {
	o := start(t, &oktasim.Server{})
	o.api("PUT", "/faults", `[{"endpoint":"keys","headers":{"X-Rate-Limit-Remaining":"1","Content-Type":"text/json"}}]`)
	got := o.look(time.Minute)
	expect(t, "type", got.header.Get("Content-Type"), "text/json")
	expect(t, "header", got.header.Get("X-Rate-Limit-Remaining"), "1")
	if !strings.HasPrefix(got.body, `{"keys":[{`) {
		t.Errorf("%s", got.body)
	}
}

func TestWrongFaultsSayWhatIsExpected(t *testing.T) {
	o := start(t, &oktasim.Server{})
	for body, want := range map[string]string{
		`[{"endpoint":"keys","kind":"explode"}]`:                   `kind is "explode"; it can be one of: reset, close,`,
		`[{"endpoint":"keys","value":"1"}]`:                        `value is "1", but there is no kind`,
		`[{"endpoint":"keys","kind":"reset","value":"1"}]`:         `kind "reset" takes none`,
		`[{"endpoint":"keys","kind":"drip","value":"slow"}]`:       `value of kind "drip" is "slow"; expected a duration`,
		`[{"endpoint":"keys","kind":"flood","value":"-1"}]`:        `expected a number`,
		`[{"endpoint":"keys","kind":"other_host","value":"evil"}]`: `expected scheme and host`,
		`[{"endpoint":"keys","kind":"rate_limited","value":"x"}]`:  `it can be one of: near, far`,
		`[{"endpoint":"keys","kind":"alg_none"}]`:                  `kind "alg_none" does nothing at "keys"; it is for: token, refresh`,
		`[{"endpoint":"keys","status":"503"}]`:                     `status is a text; it must be a whole number`,
		`[{"endpoint":"keys","kind":"proxy_page"}`:                 `the JSON ends too early`,
		"[\n{\"endpoint\":\"keys\",}]":                             `line 2 is not JSON`,
	} {
		status, out := o.rawAPI("PUT", "/faults", body)
		if message, _ := out.(document)["error"].(string); status != 400 || !strings.Contains(message, want) || strings.Contains(message, "Go ") {
			t.Errorf("%s: %d %q, want %q", body, status, message, want)
		}
	}
}
