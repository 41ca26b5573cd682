package signin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// An answer that was tampered with names addresses that run a script, start a
// program, or hold a name and password: as the way to an identity provider, to
// Okta Verify, to a page that changes passwords. The browser is sent to https
// pages and to Okta Verify, and to nothing else; no page holds the address.
//
// Rows: ToB-4.
func TestToB4_ExitsOfHostileAnswers(t *testing.T) {
	hostile := []string{
		"javascript:alert(1)", "JaVaScRiPt://%0aalert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
		"data:text/html,<script>1</script>", "vbscript:1", "file:///etc/passwd", "blob:https://a.example.com/1", "view-source:https://a.example.com",
		"ms-msdt:/id", "search-ms:query=x", "tel:+1900", "mailto:a@example.com", "intent://x#Intent;scheme=http;end", "com.okta.evil:x", "com-okta-evil:x",
		"http://evil.example.com/", "https://user:pass@evil.example.com/", "//evil.example.com", "https:evil.example.com", "https:///evil.example.com",
		"https://a.example.com/\r\nSet-Cookie: a=b", "https://a.example.com/\nX: y", "https://acme.example.com@evil.example.com", `https://evil.example.com\@acme.example.com`, "",
	}
	for _, address := range hostile {
		quoted, err := json.Marshal(address)
		if err != nil {
			t.Fatal(err)
		}
		poll := strings.Replace(formJSON("enroll-poll", ""), `"method"`, `"refresh":2000,"method"`, 1)
		challenge := fmt.Sprintf(`"authenticatorChallenge":{"value":{"challengeMethod":"CUSTOM_URI","href":%s,"downloadHref":%[1]s}},
			"currentAuthenticator":{"value":{"type":"app","key":"okta_verify","id":"aut1","contextualData":{"samedevice":{"setupOVUrl":%[1]s,"downloadHref":%[1]s},"setupNfcUrl":%[1]s}}}`, quoted)
		answer := answerJSON(challenge, poll,
			fmt.Sprintf(`{"name":"redirect-idp","type":"OIDC","idp":{"id":"0oa1"},"href":%s,"method":"GET"}`, quoted),
			fmt.Sprintf(`{"name":"piv-idp","type":"X509","href":%s,"method":"GET"}`, quoted),
			strings.Replace(formJSON("reenroll-custom-password-expiry", ""), `"method"`, fmt.Sprintf(`"customExpiredPasswordURL":%s,"customExpiredPasswordName":"There","method"`, quoted), 1))
		b, _ := at(t, answer)
		for _, f := range b.page.Others {
			if f.Exit {
				t.Errorf("%q: a link for %q: %+v", address, f.Remediation, f)
			}
		}
		for _, name := range []string{"redirect-idp", "piv-idp", "enroll-poll", "reenroll-custom-password-expiry"} {
			for _, choice := range []string{"", "0", "1", "0oa1", exitOpenApp, exitGetApp, exitPassword} {
				query := url.Values{"choice": {choice}, "return": {"/deep"}}
				if out := b.leave(Form{Action: "/.okta/leave/" + name + "?" + query.Encode()}); out.Exit != "" || out.Redirect != "/deep" {
					t.Errorf("%q: %s %q leads to %q, %q", address, name, choice, out.Exit, out.Redirect)
				}
			}
		}
	}
}

// Two users of one computer, or an attacker and a victim who share a link: an
// exit is of the sign-in that has it, and leads with that one's state token.
//
// Rows: S-20.
func TestS20_ExitOfAnotherSignIn(t *testing.T) {
	w := withCallbacks(t, withIDP)
	one, other := w.browser(), w.browser()
	one.open()
	other.open()
	link := *one.form("redirect-idp")
	first, second := one.leave(link).Exit, other.leave(link).Exit
	state := func(address string) string {
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("stateToken") == "" {
			t.Fatalf("exit %q", address)
		}
		return u.Query().Get("stateToken")
	}
	if state(first) == state(second) {
		t.Error("a link of one browser leads another into its sign-in")
	}
	if out := w.browser().leave(link); out.Exit != "" {
		t.Error("a link of one browser leads one without a sign-in")
	}
}
