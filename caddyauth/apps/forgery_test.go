package apps

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// forged is who an attacker would like to be.
const forged = "eve-of-elsewhere"

// question sends a request with header lines, exactly as spelled, to the site
// at an address, and returns the status and what the application says.
type question func(site string, header http.Header) (status int, text string)

// questions counts them, so that each bears a mark of its own.
var questions atomic.Int64

// asked asks through the gate, and says whether that reached the application.
func (g *gate) asked(ask question, header http.Header) (status int, text string, reached bool) {
	mark := fmt.Sprintf("question-%d-", questions.Add(1))
	header["X-Mark"] = []string{mark}
	status, text = ask(g.url, header)
	return status, text, g.tap.has(mark)
}

// cannotBeForged puts a user of the attacker's choice into the headers by which
// the application knows its user, in the spellings that CGI, WSGI, FastCGI and
// PHP read as one. Without a session nothing at all reaches the application;
// with the session of these cookies it is told the truth, and says so. Asked
// directly, past the gate, the application believes whatever it is told: else
// this would show nothing.
func (g *gate) cannotBeForged(t *testing.T, headers []string, cookies, truth string, ask question) {
	t.Helper()
	believed := 0
	for _, name := range headers {
		for _, spelling := range spellings(name) {
			if _, text := ask(g.application, http.Header{spelling: {forged}}); strings.Contains(text, forged) {
				believed++
			}
			if status, text, reached := g.asked(ask, http.Header{spelling: {forged}}); status != http.StatusUnauthorized || reached {
				t.Errorf("%s without a session: %d %.300q, reached the application: %t", spelling, status, text, reached)
			}
			status, text, reached := g.asked(ask, http.Header{spelling: {forged}, "Cookie": {cookies}})
			if status >= 400 || !reached || !strings.Contains(text, truth) || strings.Contains(text, forged) {
				t.Errorf("%s with a session: %d %.300q, reached the application: %t", spelling, status, text, reached)
			}
		}
		// What Connection names, a proxy takes away.
		if status, text, _ := g.asked(ask, http.Header{"Connection": {name}, "Cookie": {cookies}}); status >= 400 || !strings.Contains(text, truth) {
			t.Errorf("Connection: %s takes the user away: %d %.300q", name, status, text)
		}
	}
	if g.tap.has(forged) {
		t.Errorf("the application received %q", forged)
	}
	if believed == 0 {
		t.Error("the application itself believes none of these headers")
	}
}

func spellings(name string) []string {
	return []string{
		name, strings.ToLower(name), strings.ToUpper(name),
		strings.ReplaceAll(name, "-", "_"), strings.ToLower(strings.ReplaceAll(name, "-", "_")),
		strings.ReplaceAll(name, "-", "."), strings.ToLower(strings.ReplaceAll(name, "-", ".")),
		strings.Replace(name, "-", "_", 1), strings.Replace(name, "-", ".", 1),
	}
}

// by is the question that a plain request is.
func by(t *testing.T, method, target, body string) question {
	return func(site string, header http.Header) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, site+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
}

// isClosed fails the test when the session of these cookies, which has ended,
// brings anything to the application.
func (g *gate) isClosed(t *testing.T, cookies string, ask question) {
	t.Helper()
	if status, text, reached := g.asked(ask, http.Header{"Cookie": {cookies}}); status != http.StatusUnauthorized || reached {
		t.Errorf("a copied cookie after sign-out: %d %.300q, reached the application: %t", status, text, reached)
	}
}
