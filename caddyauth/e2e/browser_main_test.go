package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// TestBrowser runs everything that needs a real browser, in one Chromium
// process. Each test has cookies of its own.
func TestBrowser(t *testing.T) {
	c := startChromium(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *chromium)
	}{
		{"password on the first page", passwordOnTheFirstPage},
		{"password on the second page", passwordOnTheSecondPage},
		{"e-mail code", emailCode},
		{"expired sign-in", expiredSignIn},
		{"switch user", switchUser},
		{"landing", landing},
		{"https", landingOverHTTPS},
		{"application on another origin", landingOnAnotherOrigin},
		{"icon", icon},
		{"reload posts nothing again", reloadPostsNothing},
		{"back and forward", backAndForward},
		{"double click", doubleClick},
		{"two tabs", twoTabs},
		{"sign-out", signOut},
		{"keyboard only", keyboardOnly},
		{"screen reader", screenReader},
		{"fetch after the session has ended", fetchAfterTheEnd},
		{"frame", frameWithoutSession},
		{"accessibility", axeFinds},
		{"screenshots", screenshots},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.run(t, c) })
	}
}

// chromium is a running browser.
type chromium struct{ ctx context.Context }

// startChromium runs Chromium, with a new empty profile, until the test ends.
func startChromium(t *testing.T, options ...chromedp.ExecAllocatorOption) *chromium {
	t.Helper()
	return &chromium{rig.Chromium(t, options...)}
}

// withAndWithoutScript runs a test twice: what matters must not need script.
func withAndWithoutScript(t *testing.T, run func(t *testing.T, script bool)) {
	t.Run("script on", func(t *testing.T) { t.Parallel(); run(t, true) })
	t.Run("script off", func(t *testing.T) { t.Parallel(); run(t, false) })
}
