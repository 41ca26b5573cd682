package oktasim_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// asksDuo does what the frame in the page does, and returns Duo's answer.
func (f *flow) asksDuo() string {
	f.Helper()
	token, _, _ := strings.Cut(f.contextual()["signedToken"].(string), ":")
	at := "http://" + f.contextual()["host"].(string) + "/frame/web/v1/auth"
	request, _ := http.NewRequest(http.MethodGet, at+"?tx="+url.QueryEscape(token), nil)
	if response, _ := f.do(request); response.StatusCode != http.StatusOK {
		f.Fatalf("the frame: %d", response.StatusCode)
	}
	request, _ = http.NewRequest(http.MethodPost, at, strings.NewReader(url.Values{"tx": {token}}.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, content := f.do(request)
	found := regexp.MustCompile(`id="response">([^<]*)<`).FindSubmatch(content)
	if found == nil {
		f.Fatalf("Duo said nothing: %s", content)
	}
	return html.UnescapeString(string(found[1]))
}

func TestDuoEnrollAndUse(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("duo")})
	f := o.signedIn().enroll("duo", nil)
	f.credentials("enroll-authenticator", document{"signatureData": f.asksDuo()}).tokens()

	f = o.signedIn().authenticate("duo", nil)
	other := o.signedIn().authenticate("duo", nil)
	for name, given := range map[string]string{
		"what was asked":    f.contextual()["signedToken"].(string),
		"another's answer":  other.asksDuo(),
		"an altered answer": strings.Replace(f.asksDuo(), ada, "eve@example.com", 1),
	} {
		f.credentials("challenge-authenticator", document{"signatureData": given})
		expect(t, name, f.messages(), []string{"oie.authenticator.duo.method.duo.verification_failed"})
	}
	f.credentials("challenge-authenticator", document{"signatureData": f.asksDuo()}).tokens()
	for _, script := range []string{"/duo/web.js", "/duo/frame.js"} {
		request, _ := http.NewRequest(http.MethodGet, o.url+script, nil)
		response, _ := o.do(request)
		expect(t, script, response.StatusCode, http.StatusOK)
	}
}
