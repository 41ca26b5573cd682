package rig

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// Chromium runs Chromium, with a new empty profile, until the test ends. The
// options come after those that every test needs.
func Chromium(t testing.TB, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := Need(t, "chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
	allocator, end := chromedp.NewExecAllocator(context.Background(), slices.Concat(
		chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
			chromedp.ExecPath(path), chromedp.WSURLReadTimeout(Patience), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)}, options)...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // not with a deadline: the browser would end with it
		t.Fatalf("starting %q: %v", path, err)
	}
	return ctx
}
