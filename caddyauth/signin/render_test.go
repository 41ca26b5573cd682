package signin

import (
	"bytes"
	"compress/gzip"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// samplePages is one page of each template with something in every place that
// a template shows; say makes the text of each place.
func samplePages(say func(string) string) map[string]*Page {
	hidden := []Hidden{{say("/token"), say("t")}, {say("/return"), say("/deep?q=1")}}
	links := []Link{{"/help", say("Help")}, {"https://help.example.com/x", say("Elsewhere")}}
	problem := Message{Class: "ERROR", Key: say("key.one"), Text: say("Wrong"), Links: links}
	notice := Message{Class: "INFO", Key: say("key.two"), Text: say("Look"), Href: "https://help.example.com/y"}
	choices := []Choice{{say("a"), say("A"), true}, {say("b"), say("B"), false}}
	form := func(remediation, style string, fields ...Field) Form {
		return Form{
			Remediation: say(remediation), Action: "/.okta/signin/" + remediation, Label: say("Go"),
			Hint: say("hint"), Style: style, Icon: say("email"), Heading: say("Or"), Hidden: hidden, Fields: fields,
		}
	}
	field := func(id, kind, autocomplete string) Field {
		return Field{
			ID: id, Name: say("credentials/" + id), Label: say("Label"), Type: kind, Value: say("value"),
			Autocomplete: autocomplete, InputMode: say("numeric"), Pattern: say("[0-9]"), MinLength: 1, MaxLength: 9,
			Required: true, Autofocus: true, Hint: say("hint"), Choices: choices,
			Messages: []Message{problem, notice},
		}
	}
	main := form("identify", "primary",
		field("one", "text", "off"), field("two", "email", say("email")), field("three", "tel", "tel"),
		field("four", "password", "current-password"), field("five", "checkbox", ""),
		field("six", "select", ""), field("seven", "radio", ""), field("eight", "text", "one-time-code"),
		field("eleven", "checkboxes", ""))
	main.Fixed = []Field{
		{ID: "nine", Label: say("Label"), Type: "text", Value: say("value"), Hint: say("hint")},
		{ID: "ten", Label: say("Label"), Type: "checkbox", Checked: true},
	}
	decision := form("consent", "primary")
	decision.Buttons = []Button{
		{Name: say("consent"), Value: say("true"), Label: say("Allow"), Hint: say("hint"), Icon: say("email")},
		{Name: say("consent"), Value: say("false"), Label: say("Deny")},
	}
	poll := form("poll", "link")
	poll.Poll = 4000
	passkey := form("webauthn", "secondary")
	passkey.Task = &Task{
		Kind: "webauthn", Data: say("{}"), Inputs: []string{say("credentials/clientData")},
		Refused: say("Refused"), Failed: say("Failed"), Without: say("Without"),
	}
	pages := map[string]*Page{}
	for _, name := range pageNames {
		own := main
		page := &Page{
			Template: name, Status: http.StatusUnauthorized, Lang: "en", Dir: "ltr",
			Title: say("Sign in"), Lead: say("Lead"), App: say("App"), User: say("ada"),
			Mark: say("mark"), Generic: say("new-step"),
			Messages: []Message{problem, notice}, Parts: sampleParts(say, problem, notice), Form: &own,
			Others: []Form{
				form("select", "choice"), form("select", "choice"), form("idp", "secondary"),
				decision, form("resend", "link"), poll, passkey,
				{Remediation: say("redirect-idp"), Exit: true, Action: "/.okta/leave/redirect-idp?choice=0&return=%2F", Label: say("Leave"), Hint: say("hint"), Style: "secondary"},
				{Remediation: say("piv-idp"), Exit: true, Action: "/.okta/leave/piv-idp", Label: say("Leave"), Style: "secondary"},
				{Remediation: say("challenge"), Explanation: say("Because"), Heading: say("Or"), Style: "secondary"},
				{Remediation: "cancel", Action: "/.okta/signin/cancel", Label: say("Back")},
			},
			Links: links, Reference: say("REF"),
		}
		pages[name] = page
	}
	return pages
}

// sampleParts is a part of each kind, and of one that nobody knows.
func sampleParts(say func(string) string, problem, notice Message) []Part {
	picture := template.URL("data:image/png;base64,iVBORw0KGgo=")
	return []Part{
		{Kind: "qr", Image: picture, Alt: say("Picture"), Text: say("Scan")},
		{Kind: "secret", Title: say("Type"), Text: say("JBSWY3DPEHPK3PXP")},
		{Kind: "number", Title: say("Choose"), Text: say("42")},
		{Kind: "code", Title: say("Code"), Text: say("123456")},
		{Kind: "question", Title: say("Question"), Text: say("Why?")},
		{Kind: "rules", Title: say("Needs"), Text: say("Soon"), Items: []Item{{Text: say("eight"), Rule: say("{}")}, {Text: say("more")}}},
		{Kind: "scopes", Items: []Item{{Term: say("Scope"), Text: say("Details")}}},
		{Kind: "facts", Title: say("Facts"), Items: []Item{{Term: say("Place"), Text: "https://help.example.com/z"}, {Term: say("Device"), Text: say("Phone")}}},
		{Kind: "option", Message: &notice, Items: []Item{{Message: &problem, Text: say("Instead")}, {Message: &notice}}},
		{Kind: "note", Text: say("Note"), Items: []Item{{Message: &notice}}},
		{Kind: "news", Title: say("New"), Message: &notice, Image: picture, Alt: say("Alt"), Text: say("Text"), Items: []Item{{Term: say("Term"), Text: say("Text")}, {Text: say("Text")}}},
	}
}

func plain(s string) string { return s }

func newRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := NewRenderer("/.okta/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// render gives the answer and its document, as a browser without script sees it.
func render(t testing.TB, r *Renderer, p *Page) (*http.Response, *html.Node) {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := r.Render(rec, httptest.NewRequest("GET", "/deep?q=1", nil), p); err != nil {
		t.Fatal(err)
	}
	doc, err := html.ParseWithOptions(rec.Body, html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return rec.Result(), doc
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// all gives the elements that a test accepts, in document order.
func all(doc *html.Node, accept func(*html.Node) bool) (found []*html.Node) {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && accept(n) {
			found = append(found, n)
		}
	}
	return found
}

func tagged(doc *html.Node, tag string) []*html.Node {
	return all(doc, func(n *html.Node) bool { return n.Data == tag })
}

// Rows: S-40, S-41.
func TestS40_HeadersOfEveryPage(t *testing.T) {
	r := newRenderer(t)
	for name, page := range samplePages(plain) {
		answer, doc := render(t, r, page)
		framing, options := "frame-ancestors 'none'", "DENY"
		if name == "frame" {
			framing, options = "frame-ancestors 'self'", "SAMEORIGIN"
		}
		sources := "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'"
		got := answer.Header.Clone()
		got.Del("Content-Length")
		want := http.Header{
			"Cache-Control":                {"no-store"},
			"Content-Language":             {"en"},
			"Content-Security-Policy":      {sources + "; " + framing},
			"Content-Type":                 {"text/html; charset=utf-8"},
			"Cross-Origin-Opener-Policy":   {"same-origin"},
			"Cross-Origin-Resource-Policy": {"same-origin"},
			"Permissions-Policy":           {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
			"Referrer-Policy":              {"same-origin"},
			"Vary":                         {"Accept-Encoding"},
			"Www-Authenticate":             {"Bearer"},
			"X-Content-Type-Options":       {"nosniff"},
			"X-Frame-Options":              {options},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", name, diff)
		}
		// A proxy or a header directive in front may strip the header.
		metas := all(doc, func(n *html.Node) bool { return attr(n, "http-equiv") == "Content-Security-Policy" })
		if len(metas) != 1 || attr(metas[0], "content") != sources {
			t.Errorf("%s: the policy does not stand in a meta element", name)
		}
	}
}

func TestStatus(t *testing.T) {
	r := newRenderer(t)
	for status, want := range map[int]int{0: 200, 200: 200, 401: 401, 503: 503} {
		page := samplePages(plain)["step"]
		page.Status = status
		answer, _ := render(t, r, page)
		if answer.StatusCode != want || (answer.Header.Get("WWW-Authenticate") == "Bearer") != (want == 401) {
			t.Errorf("status %d: got %d, %q", status, answer.StatusCode, answer.Header.Get("WWW-Authenticate"))
		}
	}
}

func TestCompression(t *testing.T) {
	r := newRenderer(t)
	get := func(method, accept string) *http.Response {
		req := httptest.NewRequest(method, "/", nil)
		req.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		if err := r.Render(rec, req, samplePages(plain)["step"]); err != nil {
			t.Fatal(err)
		}
		return rec.Result()
	}
	want, _ := io.ReadAll(get("GET", "").Body)
	for accept, packed := range map[string]bool{
		"gzip": true, "br, GZIP;q=0.5": true, "deflate , gzip ; q=1": true,
		"": false, "br": false, "gzip;q=0": false, "gzip;q=0.000": false, "gzip;q=x": false, "x-gzip-not": false,
	} {
		answer := get("GET", accept)
		if (answer.Header.Get("Content-Encoding") == "gzip") != packed {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q", accept, answer.Header.Get("Content-Encoding"))
			continue
		}
		body := io.Reader(answer.Body)
		if packed {
			var err error
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Accept-Encoding %q: the page differs (%v)", accept, err)
		}
	}
	for _, accept := range []string{"gzip", ""} {
		answer := get("HEAD", accept)
		if body, _ := io.ReadAll(answer.Body); len(body) > 0 || answer.Header.Get("Content-Length") == "" {
			t.Errorf("HEAD, Accept-Encoding %q: %d bytes", accept, len(body))
		}
	}
}

// TestBREACH: an attacker's page navigates a victim to the application with
// guesses in the query, which our page repeats beside a token. Compression
// makes a right guess shorter, and the length is visible through TLS. So the
// length of one and the same page must not stay the same.
func TestBREACH(t *testing.T) {
	r := newRenderer(t)
	lengths := map[string]bool{}
	for range 64 {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept-Encoding", "gzip")
		rec := httptest.NewRecorder()
		if err := r.Render(rec, req, samplePages(plain)["step"]); err != nil {
			t.Fatal(err)
		}
		lengths[rec.Result().Header.Get("Content-Length")] = true
	}
	if len(lengths) < 8 {
		t.Errorf("64 answers had only %d lengths", len(lengths))
	}
}

func TestNothingIsWrittenOnError(t *testing.T) {
	r := newRenderer(t)
	bad := samplePages(plain)["step"]
	bad.Form.Action = "https://evil.example/.okta/signin/identify"
	for name, page := range map[string]*Page{"unknown template": {Template: "../step"}, "foreign action": bad} {
		rec := httptest.NewRecorder()
		if err := r.Render(rec, httptest.NewRequest("GET", "/", nil), page); err == nil {
			t.Errorf("%s: no error", name)
		}
		if rec.Body.Len() > 0 || len(rec.Header()) > 0 {
			t.Errorf("%s: something was written: %v %q", name, rec.Header(), rec.Body)
		}
	}
}

func TestPrefix(t *testing.T) {
	for _, prefix := range []string{"", "/", "okta/", "/okta", "//okta/", `/\okta/`, "https://okta/", "/ok ta/"} {
		if _, err := NewRenderer(prefix, nil); err == nil {
			t.Errorf("prefix %q was accepted", prefix)
		}
	}
	r, err := NewRenderer("/sso/", nil)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if err := r.Render(rec, httptest.NewRequest("GET", "/", nil), &Page{Template: "message"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(rec.Body.String(), `href="/sso/assets/signin.`) {
		t.Error("the stylesheet is not below the prefix")
	}
}
