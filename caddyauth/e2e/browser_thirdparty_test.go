package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

var (
	duoHost     = regexp.MustCompile(`"host":\s*"[^"]*"`)
	duoResponse = regexp.MustCompile(`id="response">([^<]*)<`)
)

// Duo asks in a frame of its own, which alone may say what it has signed.
func duoFrame(t *testing.T, c *chromium, others *elsewhere) {
	const host = "api-1.duosecurity.com"
	policy := oktasim.Policy{Factors: []string{"duo"}, AutoSelect: true}
	newDuo := func(t *testing.T) *changing {
		return newChanging(t, policy, having(&oktasim.Enrollment{Authenticator: "duo"}), func(_, answer string) string {
			return duoHost.ReplaceAllString(answer, `"host":"`+host+`"`)
		})
	}
	toDuo := func(p *tab) {
		p.visit(deep)
		p.submit("identify", "identifier", ada, "credentials/passcode", adaPassword)
		if p.heading() != "Verify with Duo" {
			p.submit("select-authenticator-authenticate")
		}
		p.shows("Verify with Duo")
		p.at(deep)
	}
	t.Run("script on", func(t *testing.T) {
		t.Parallel()
		w := newDuo(t)
		asked, release := make(chan url.Values, 1), make(chan struct{})
		others.serve(host, func(rw http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/frame/web/v1/auth":
				asked <- r.URL.Query()
				rw.Header().Set("Content-Type", "text/html")
				_, _ = fmt.Fprint(rw, `<!doctype html><link rel="icon" href="data:,"><script>
					const query = new URLSearchParams(location.search);
					const tell = (what) => parent.postMessage(what, query.get("parent"));
					tell("hello"); tell({AUTH: 1}); tell("AUTH|a:b|c");
					fetch("/signed?" + query).then((answer) => answer.text()).then(tell);
				</script>`)
			case "/signed":
				<-release
				_, _ = io.WriteString(rw, signedByDuo(t, w.org, r.URL.Query().Get("tx")))
			}
		})
		p := c.open(t, w.site, true, "https://"+host)
		toDuo(p)
		if query := <-asked; query.Get("parent") != w.site.URL+"/" || !strings.HasPrefix(query.Get("tx"), "TX|") || strings.Contains(query.Get("tx"), "APP|") {
			t.Errorf("Duo was asked with %q", query)
		}
		if policy := p.policy(); !strings.HasSuffix(policy, "; frame-src https://"+host) {
			t.Errorf("the page's policy is %q", policy)
		}
		// Any script of the application's origin, and any window that has a
		// reference to this one, can send it a message.
		forged := evaluate[string](p, `new Promise((done) => {
			addEventListener("message", (event) => event.data.startsWith?.("AUTH|eve") && setTimeout(() => done(document.querySelector("[data-fill]").value)));
			postMessage("AUTH|eve|forged", "*");
		})`)
		if forged != "" {
			t.Errorf("the form was filled with %q, which is not Duo's", forged)
		}
		close(release)
		p.comesTo("Application")
		p.inside(ada)
		p.at(deep)
	})
	t.Run("script off", func(t *testing.T) {
		t.Parallel()
		p := c.open(t, newDuo(t).site, false)
		toDuo(p)
		if text := p.text(); !strings.Contains(text, "Duo needs JavaScript") {
			t.Errorf("the page does not say why nothing happens: %s", text)
		}
	})
}

// signedByDuo is what Duo's frame says: its own part of the answer.
func signedByDuo(t *testing.T, org *Org, token string) string {
	answer, err := http.PostForm(org.URL+"/frame/web/v1/auth", url.Values{"tx": {token}})
	if err != nil {
		t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	found := duoResponse.FindSubmatch(page)
	if err != nil || found == nil {
		t.Errorf("Duo says nothing: %s %v", page, err)
		return ""
	}
	signed, _, _ := strings.Cut(html.UnescapeString(string(found[1])), ":")
	return signed
}

// captchaScript stands for hCaptcha's: it is asked to be invisible, and has a
// frame.
const captchaScript = `{
	let options;
	window.hcaptcha = {
		render(place, given) {
			options = given;
			const frame = document.createElement("iframe");
			frame.src = "https://newassets.hcaptcha.com/frame";
			frame.title = "captcha";
			place.append(frame);
			return 7;
		},
		execute(widget) {
			if (widget === 7 && options.size === "invisible") setTimeout(() => options.callback("solved for " + options.sitekey));
		},
		reset() {},
	};
	window[new URL(document.currentScript.src).searchParams.get("onload")]();
}`

func captcha(t *testing.T, c *chromium, others *elsewhere) {
	others.serve("js.hcaptcha.com", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, captchaScript)
	})
	others.serve("newassets.hcaptcha.com", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><p>A puzzle`)
	})
	policy := oktasim.Policy{Captcha: &oktasim.Captcha{ID: "cap1", SiteKey: "the-site"}}
	same := func(_, answer string) string { return answer }
	t.Run("script on", func(t *testing.T) {
		t.Parallel()
		w := newChanging(t, policy, oktasim.DemoUsers(), same)
		p := c.open(t, w.site, true, "https://js.hcaptcha.com", "https://newassets.hcaptcha.com")
		p.visit(deep)
		p.shows("Sign in")
		p.submit("identify", "identifier", ada, "credentials/passcode", "wrong")
		p.says("errors.E0000004")
		p.at(deep)
		p.submit("identify", "credentials/passcode", adaPassword)
		p.inside(ada)
		p.at(deep)
		var sent struct {
			CaptchaVerify struct{ CaptchaID, CaptchaToken string }
		}
		if err := json.Unmarshal([]byte(w.sent("/idp/idx/identify")), &sent); err != nil {
			t.Fatal(err)
		}
		if got := sent.CaptchaVerify; got.CaptchaID != "cap1" || got.CaptchaToken != "solved for the-site" {
			t.Errorf("sent %+v", got)
		}
		if n := strings.Count(w.site.Log.String(), "run a script of its maker"); n != 1 {
			t.Errorf("the log has %d lines about the foreign script, want 1", n)
		}
	})
	t.Run("script off", func(t *testing.T) {
		t.Parallel()
		p := c.open(t, newChanging(t, policy, oktasim.DemoUsers(), same).site, false)
		p.visit(deep)
		p.shows("Sign in")
		if text := p.text(); !strings.Contains(text, "a captcha") || !strings.Contains(text, "switched off") {
			t.Errorf("the page does not say why it cannot be sent: %s", text)
		}
	})
}

// A browser that does not load the maker's script says so when somebody wants to
// go on, and sends nothing.
func captchaBlocked(t *testing.T, c *chromium, _ *elsewhere) {
	w := newShop(t)
	w.org.SetPolicy(oktasim.Policy{Captcha: &oktasim.Captcha{ID: "cap1", SiteKey: "the-site", Type: "RECAPTCHA_V2"}})
	p := c.open(t, w.site, true, "https://www.google.com")
	p.expect = []string{"net::ERR_NAME_NOT_RESOLVED"}
	p.visit(deep)
	p.fill("identifier", ada)
	p.fill("credentials/passcode", adaPassword)
	p.click(button("identify"))
	rig.Eventually(t, "the page says that there is no puzzle", func() bool {
		return strings.Contains(p.text(), "could not be loaded")
	})
	if posts := p.posts(); len(posts) > 0 {
		t.Errorf("posts %q", posts)
	}
}

// The rules of a new password are marked while it is typed; without script each
// one that is broken is told, and Okta is not asked.
func passwordRules(t *testing.T, c *chromium, _ *elsewhere) {
	withAndWithoutScript(t, func(t *testing.T, script bool) {
		w := newShop(t)
		w.org.AddUser(oktasim.User{Login: "mary@example.com", Password: adaPassword, Status: oktasim.PasswordExpired})
		p := c.open(t, w.site, script)
		p.visit(deep)
		p.submit("identify", "identifier", "mary@example.com", "credentials/passcode", adaPassword)
		p.shows("Your password has expired")
		p.strict()
		const rem = "reenroll-authenticator"
		if script {
			for typed, want := range map[string]string{
				"abc":           "at least 8 characters: false; lower case letters: at least 1: true; upper case letters: at least 1: false; numbers: at least 1: false; no part of your username: true",
				"Abcdefg1":      "at least 8 characters: true; lower case letters: at least 1: true; upper case letters: at least 1: true; numbers: at least 1: true; no part of your username: true",
				"Queen-MARY-1!": "at least 8 characters: true; lower case letters: at least 1: true; upper case letters: at least 1: true; numbers: at least 1: true; no part of your username: false",
			} {
				p.fill("credentials/passcode", typed)
				if got := evaluate[string](p, `[...document.querySelectorAll("#rules [data-met]")].map(li => li.innerText.trim() + ": " + li.dataset.met).join("; ")`); got != want {
					t.Errorf("%q:\n got %s\nwant %s", typed, got, want)
				}
			}
			p.fill("credentials/passcode", "abc")
			rig.Eventually(t, "what is missing is told", func() bool {
				return strings.HasPrefix(evaluate[string](p, `document.querySelector("#rules [role=status]").textContent`), "Still missing: at least 8 characters; upper case")
			})
			differs := func() bool { return strings.Contains(p.text(), "This is not the same password.") }
			p.fill("/confirm", "ab")
			if differs() {
				t.Error("what is being typed is said to differ")
			}
			p.fill("/confirm", "abx")
			if !differs() {
				t.Error("nobody says that the passwords differ")
			}
		}
		calls := w.org.Calls()["challenge/answer"]
		p.submit(rem, "credentials/passcode", "Short1", "/confirm", "Short1")
		p.shows("Your password has expired")
		p.says("at least 8 characters")
		if n := w.org.Calls()["challenge/answer"] - calls; n != 0 {
			t.Errorf("Okta was asked %d times", n)
		}
		p.submit(rem, "credentials/passcode", "A whole new 1", "/confirm", "A whole new 1")
		p.inside("mary@example.com")
		p.at(deep)
	})
}
