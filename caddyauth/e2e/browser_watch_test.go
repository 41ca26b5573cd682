package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch is what a tab saw: its loads, its requests, and what went wrong.
type watch struct {
	origins []string // that it may ask
	expect  []string // parts of problems that a test provokes

	mu          sync.Mutex
	navigations int  // that were committed
	loaded      bool // the latest of them
	requests    []string
	documents   map[string]bool // addresses of pages, which may answer 401 and more
	problems    []string
}

// see takes an event of the browser. It must not wait for anything.
func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			w.navigations++
			w.loaded = e.Type == page.NavigationTypeBackForwardCacheRestore
		}
	case *page.EventLoadEventFired:
		w.loaded = true
	case *network.EventRequestWillBeSent:
		w.request(e)
	case *cdplog.EventEntryAdded:
		w.entry(e.Entry)
	case *runtime.EventExceptionThrown:
		w.problem("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if level := string(e.Type); level == "error" || level == "warning" || level == "assert" {
			w.problem("console.%s", level)
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodePerformanceIssue {
			return // a test that reads document.cookie
		}
		details, _ := json.Marshal(e.Issue.Details) // for people
		w.problem("%s: %s", e.Issue.Code, details)
	}
}

func (w *watch) request(e *network.EventRequestWillBeSent) {
	if strings.HasPrefix(e.Request.URL, "data:") {
		return
	}
	if e.Type == network.ResourceTypeDocument {
		w.documents[e.Request.URL] = true
	}
	for _, origin := range w.origins {
		if path, ok := strings.CutPrefix(e.Request.URL, origin+"/"); ok {
			w.requests = append(w.requests, e.Request.Method+" /"+path)
			return
		}
	}
	w.problem("request to another origin: %s", e.Request.URL)
}

func (w *watch) entry(e *cdplog.Entry) {
	if e.Level != cdplog.EntryLevelError && e.Level != cdplog.EntryLevelWarning {
		return
	}
	// Chromium logs pages by their status; the sign-in page's is 401.
	address, _, _ := strings.Cut(e.URL, "#")
	if e.Source == cdplog.EntrySourceNetwork && w.documents[address] {
		return
	}
	w.problem("%s %s: %s %s", e.Source, e.Level, e.Text, e.URL)
}

func (w *watch) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, part := range w.expect {
		if strings.Contains(text, part) {
			return
		}
	}
	w.problems = append(w.problems, text)
}

// loads is the number of pages that came, and whether the last is complete.
func (w *watch) loads() (int, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.navigations, w.loaded
}

// posts are the posts that the tab has sent.
func (w *watch) posts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, request := range w.requests {
		if strings.HasPrefix(request, "POST ") {
			out = append(out, request)
		}
	}
	return out
}
