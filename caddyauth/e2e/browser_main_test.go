package e2e

import (
	"context"
	"os/exec"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
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
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		Skip(t, "needs Chromium or Google Chrome in PATH: install the package chromium")
	}
	options = slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)}, options)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %q: %v", path, err)
	}
	return &chromium{ctx}
}

// withAndWithoutScript runs a test twice: what matters must not need script.
func withAndWithoutScript(t *testing.T, run func(t *testing.T, script bool)) {
	t.Run("script on", func(t *testing.T) { t.Parallel(); run(t, true) })
	t.Run("script off", func(t *testing.T) { t.Parallel(); run(t, false) })
}
