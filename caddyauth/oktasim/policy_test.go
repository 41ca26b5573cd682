package oktasim_test

import (
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestMistakesInAPolicyAreNamed(t *testing.T) {
	o := start(t, &oktasim.Server{})
	tests := map[string]string{
		`{"authenticate":[["password"],["pigeon"]]}`:                `authenticator "pigeon" is not known; known are: password, email`,
		`{"enroll":{"phone":"sometimes"}}`:                          `enroll of "phone" is "sometimes"; it can be "required" or "optional"`,
		`{"enroll":{"pigeon":"required"}}`:                          `authenticator "pigeon"`,
		`{"grace":{"pigeon":{"skips":1}}}`:                          `authenticator "pigeon"`,
		`{"recover":["pigeon"]}`:                                    `authenticator "pigeon"`,
		`{"registration":{"enroll":{"pigeon":"required"}}}`:         `authenticator "pigeon"`,
		`{"rules":[{"authenticate":[["pigeon"]]}]}`:                 `authenticator "pigeon"`,
		`{"rules":[{"zones":["!office"],"deny":true}]}`:             `zone "!office" is not in zones`,
		`{"rules":[{"device":"old","deny":true}]}`:                  `device of a rule is "old"`,
		`{"rules":[{"groups":["Finance"]}]}`:                        `a rule needs authenticate, or deny`,
		`{"zones":{"office":["198.51.100.0"]}}`:                     `zone "office": network "198.51.100.0"`,
		`{"trusted_proxies":["everybody"]}`:                         `trusted_proxies: network "everybody"`,
		`{"idps":[{"type":"GOOGLE"}]}`:                              `an identity provider needs a name`,
		`{"after_recovery":"coffee"}`:                               `after_recovery is "coffee"; it can be "sign_in" or "message"`,
		`{"magic_link":"maybe"}`:                                    `magic_link is "maybe"`,
		`{"lock_account":"loudly"}`:                                 `lock_account is "loudly"`,
		`{"device_from":"the air"}`:                                 `device_from is "the air"`,
		`{"refresh_seconds":-1}`:                                    `refresh_seconds is -1; it must not be negative`,
		`{"registration":{"profile":[{"name":"x","pattern":"("}]}}`: `pattern of "x"`,
	}
	for policy, want := range tests {
		status, out := o.rawAPI("PUT", "/policy", policy)
		message, _ := out.(document)["error"].(string)
		if status != 400 || !strings.Contains(message, want) {
			t.Errorf("%s: %d %q, want %q", policy, status, message, want)
		}
	}
}

// A policy with a mistake in it stops a program that made a server with it,
// at the first request, and not somewhere in a sign-in.
func TestAServerWithAMistakeInItsPolicyDoesNotStart(t *testing.T) {
	defer func() {
		if problem, _ := recover().(string); !strings.Contains(problem, `"pigeon"`) {
			t.Errorf("it started: %v", problem)
		}
	}()
	s := &oktasim.Server{URL: "http://127.0.0.1:1", Policy: oktasim.Policy{Factors: []string{"pigeon"}}}
	s.Describe()
}
