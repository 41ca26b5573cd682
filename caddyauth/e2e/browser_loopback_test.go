package e2e

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/target"
	"github.com/google/go-cmp/cmp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// verify stands for Okta Verify, listening on a port of the user's device.
type verify struct {
	port   string
	status int // of its answer to a challenge

	mu      sync.Mutex
	asked   []string // the challenges
	origins []string // of the pages that asked
	approve func()
}

func startVerify(t *testing.T, status int) *verify {
	t.Helper()
	v := &verify{status: status, approve: func() {}}
	server := httptest.NewServer(v)
	t.Cleanup(server.Close)
	_, v.port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return v
}

func (v *verify) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Allow-Headers", "Content-Type")
	h.Set("Access-Control-Allow-Private-Network", "true")
	switch {
	case r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && r.URL.Path == "/probe":
	case r.Method == http.MethodPost && r.URL.Path == "/challenge":
		var body struct{ ChallengeRequest string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		v.mu.Lock()
		v.asked, v.origins = append(v.asked, body.ChallengeRequest), append(v.origins, r.Header.Get("Origin"))
		v.mu.Unlock()
		if v.status == http.StatusOK {
			v.approve()
		}
		w.WriteHeader(v.status)
	default:
		http.NotFound(w, r)
	}
}

func (v *verify) seen() (asked, origins []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.asked), slices.Clone(v.origins)
}

var (
	portList = regexp.MustCompile(`"ports":\s*\[[^\]]*\]`)

	probeTimeout = regexp.MustCompile(`"probeTimeoutMillis":\s*\d+`)
	cancelForm   = regexp.MustCompile(`("name":\s*"cancel-polling".*?"value":\s*\[)`)
)

// newDevice is a world whose org asks Okta Verify at these ports, and wants to
// know why when it is given up.
func newDevice(t *testing.T, policy oktasim.Policy, ports ...string) *changing {
	t.Helper()
	policy.Settings.FastPass = oktasim.Loopback
	list, _ := json.Marshal(ports)
	users := having(&oktasim.Enrollment{Authenticator: "okta_verify", Methods: []string{"signed_nonce"}, Data: map[string]string{"secret": "JBSWY3DPEHPK3PXP"}})
	return newChanging(t, policy, users, func(_, answer string) string {
		answer = portList.ReplaceAllString(answer, `"ports":`+string(list))
		// A tenth of a second is for one browser on a machine of its own.
		answer = probeTimeout.ReplaceAllString(answer, `"probeTimeoutMillis":10000`)
		return cancelForm.ReplaceAllString(answer, `$1{"name":"reason"},{"name":"statusCode","type":"number"},`)
	})
}

// asDevice opens a tab that may call the ports.
func (w *changing) asDevice(t *testing.T, c *chromium, script bool, ports ...string) *tab {
	t.Helper()
	var sites []string
	for _, port := range ports {
		sites = append(sites, "http://localhost:"+port)
	}
	p := c.open(t, w.site, script, sites...)
	// Chromium logs calls that come to nothing, and steps that nobody clicked for:
	// the back button will pass over them.
	p.expect = []string{"net::ERR_CONNECTION_REFUSED", "status of 503", "status of 400", "NavigationEntryMarkedSkippable"}
	p.permit(browser.PermissionSettingGranted)
	return p
}

// permit is what the user has said when the browser asked whether the site may
// call this device.
func (p *tab) permit(setting browser.PermissionSetting) {
	p.Helper()
	command(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "loopback-network"}, Setting: setting, Origin: p.origin,
		BrowserContextID: command(p, target.GetTargetInfo, target.GetTargetInfoParams{}).TargetInfo.BrowserContextID,
	})
}

func fastPassFirst() oktasim.Policy {
	policy := oktasim.Policy{Authenticate: [][]string{{"password", "okta_verify"}}}
	policy.Settings.FastPassFirst = true
	return policy
}

// Nobody listens on the first port, something that never answers on the second,
// the Okta Verify of somebody else who uses this computer on the third, the
// user's own on the fourth: the user is signed in without typing anything.
func loopbackAnswers(t *testing.T, c *chromium, _ *elsewhere) {
	closed, other, own := rig.FreePort(t), startVerify(t, http.StatusServiceUnavailable), startVerify(t, http.StatusOK)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	_, mute, _ := net.SplitHostPort(silent.Listener.Addr().String())
	w := newDevice(t, fastPassFirst(), closed, mute, other.port, own.port)
	own.approve = func() { w.org.call(http.MethodPost, "/push/"+ada, map[string]bool{"approve": true}, nil) }
	p := w.asDevice(t, c, true, closed, mute, other.port, own.port)
	p.visit(deep)
	p.comesTo("Application")
	p.inside(ada)
	p.at(deep)
	first, _ := other.seen()
	asked, origins := own.seen()
	if len(asked) != 1 || asked[0] == "" || !slices.Equal(first, asked) {
		t.Errorf("the challenges are %q and %q, want the same one once", first, asked)
	}
	// Okta Verify judges by the origin who may ask.
	if diff := cmp.Diff([]string{w.site.URL}, origins); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
}

func loopbackAsFactor(t *testing.T, c *chromium, _ *elsewhere) {
	own := startVerify(t, http.StatusOK)
	w := newDevice(t, oktasim.Policy{Factors: []string{"okta_verify"}, AutoSelect: true}, own.port)
	release := make(chan struct{})
	own.approve = func() {
		<-release
		w.org.call(http.MethodPost, "/push/"+ada, map[string]bool{"approve": true}, nil)
	}
	p := w.asDevice(t, c, true, own.port)
	p.visit(deep)
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if p.heading() != "Checking this device" {
		p.submit("select-authenticator-authenticate")
	}
	p.shows("Checking this device")
	want := "connect-src 'self' http://localhost:" + own.port + ";"
	if got := p.policy(); !strings.Contains(got, want) || strings.Contains(got, "frame-src") {
		t.Errorf("the page's policy is %q, want %q in it", got, want)
	}
	close(release)
	p.comesTo("Application")
	p.inside(ada)
	p.at(deep)
}

// Where nobody signs, the sign-in goes on without, by itself or by the button,
// and Okta is told why.
func loopbackWithoutAnswer(t *testing.T, c *chromium, _ *elsewhere) {
	for _, test := range []struct {
		name   string
		status int // 0: nobody listens
		script bool
		reason map[string]any
	}{
		{"nobody listens", 0, true, map[string]any{"reason": "OV_UNREACHABLE_BY_LOOPBACK"}},
		{"somebody else's", http.StatusServiceUnavailable, true, map[string]any{"reason": "OV_UNREACHABLE_BY_LOOPBACK"}},
		{"an error", http.StatusBadRequest, true, map[string]any{"reason": "OV_RETURNED_ERROR", "statusCode": 400.0}},
		{"script off", http.StatusOK, false, map[string]any{"reason": "USER_CANCELED"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			port := rig.FreePort(t)
			if test.status != 0 {
				port = startVerify(t, test.status).port
			}
			w := newDevice(t, fastPassFirst(), port)
			p := w.asDevice(t, c, test.script, port)
			p.visit(deep)
			if !test.script {
				p.shows("Checking this device")
				if text := p.text(); !strings.Contains(text, "asked by JavaScript") {
					t.Errorf("the page does not say why nothing happens: %s", text)
				}
				p.submit("cancel-polling")
			}
			p.comesTo("Sign in")
			p.at(deep)
			p.strict()
			var sent map[string]any
			if err := json.Unmarshal([]byte(w.sent("/idp/idx/authenticators/poll/cancel")), &sent); err != nil {
				t.Fatal(err)
			}
			delete(sent, "stateHandle")
			if diff := cmp.Diff(test.reason, sent); diff != "" {
				t.Errorf("why (-want +got):\n%s", diff)
			}
		})
	}
}

// Whose browser does not let the page call the device is told so, once they want
// to: the sign-in does not go another way behind their back.
func loopbackDenied(t *testing.T, c *chromium, _ *elsewhere) {
	port := rig.FreePort(t)
	w := newDevice(t, oktasim.Policy{Factors: []string{"okta_verify"}, AutoSelect: true}, port)
	p := w.asDevice(t, c, true, port)
	p.permit(browser.PermissionSettingDenied)
	p.visit(deep)
	p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
	if p.heading() != "Checking this device" {
		p.submit("select-authenticator-authenticate")
	}
	p.shows("Checking this device")
	rig.Eventually(t, "the page says that it may not ask", func() bool {
		return strings.Contains(p.text(), "Your browser does not let this page ask Okta Verify.")
	})
	if sent := w.sent("/idp/idx/authenticators/poll/cancel"); sent != "" {
		t.Errorf("the polling was canceled: %s", sent)
	}
}
