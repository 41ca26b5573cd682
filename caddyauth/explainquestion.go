package caddyauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-okta/caddy-okta/caddyauth/okta"
)

// question is one request to explain.
type question struct {
	method, address string
	claims          string // a file; "" or "-": nobody is signed in
	headers         []string
}

// request of a person's browser, unless its headers say otherwise.
func (q question) request() (*http.Request, error) {
	u, err := url.Parse(q.address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an address such as https://app.example.com/path", q.address)
	}
	if q.method == "" { // which is GET to Go
		return nil, errors.New("the method is empty: leave --method out, or give one such as POST")
	}
	req, err := http.NewRequest(q.method, q.address, nil)
	if err != nil {
		return nil, err
	}
	// A server gets it as it stands on the wire.
	req.RequestURI, req.RemoteAddr = u.RequestURI(), "192.0.2.1:1234"
	if req.URL, err = url.ParseRequestURI(req.RequestURI); err != nil {
		return nil, err
	}
	for _, line := range q.headers {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
			return nil, fmt.Errorf("header %q is not NAME: VALUE", line)
		case strings.EqualFold(name, "Host"):
			return nil, fmt.Errorf("header %q: the host is that of the address", line)
		}
		req.Header.Add(name, value)
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
		req.Header.Set("Sec-Fetch-Mode", "navigate")
		req.Header.Set("Sec-Fetch-Dest", "document")
		req.Header.Set("Sec-Fetch-Site", "none")
	}
	return req, nil
}

// user of the question; nil is nobody.
func (q question) user() (okta.Claims, error) {
	if q.claims == "" || q.claims == "-" {
		return nil, nil
	}
	body, err := os.ReadFile(q.claims)
	if err != nil {
		return nil, err
	}
	claims, err := readClaims(body)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", q.claims, err)
	}
	if claims.Text("sub") == "" {
		claims["sub"] = "00u-explained"
	}
	return claims, nil
}

// readClaims reads one JSON object. Its errors begin with the line.
func readClaims(body []byte) (claims okta.Claims, err error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err = dec.Decode(&claims)
	at := dec.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	why := ""
	switch {
	case errors.As(err, &syntax):
		at, why = syntax.Offset-1, ": "+syntax.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		at, why = int64(len(body)), ": it ends too early"
	case errors.As(err, &kind):
		at, why = kind.Offset, ", but "+kind.Value
	case err == nil && claims == nil:
		why = ", but null"
	case err == nil && len(bytes.TrimSpace(body[at:])) > 0:
		why = ": something follows it"
	default:
		return claims, err
	}
	line := 1 + bytes.Count(body[:at], []byte("\n"))
	return nil, fmt.Errorf("%d: not a JSON object of claims, such as {\"groups\": [\"Finance\"]}%s", line, why)
}
