package okta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// formType is the media type of OAuth requests.
const formType = "application/x-www-form-urlencoded"

// maxBody is the most that is read of any answer, in bytes after decompression.
const maxBody = 1 << 20

// newHTTPClient returns the client for all calls to one org: no redirects
// (credentials would follow them: CVE-2024-45336), no cookie jar (one user's
// state would reach another), bodies capped, one deadline for the whole call.
func newHTTPClient(base http.RoundTripper, timeout time.Duration) *http.Client {
	if base == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxResponseHeaderBytes = 64 << 10
		t.MaxIdleConnsPerHost = 16
		t.MaxConnsPerHost = 64 // a flood of visitors waits here, not at Okta
		base = t
	}
	return &http.Client{
		Transport:     capped{base},
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// refreshTimeout bounds the token call of a refresh: longer than other calls may
// take, since nobody waits for it, and one that is given up may have used the token.
const refreshTimeout = time.Minute

// patient marks the context of a call that has refreshTimeout.
type patient struct{}

// capped limits what a caller can read of a response's body, so that libraries
// that read to the end stay bounded too.
type capped struct{ base http.RoundTripper }

func (c capped) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &cappedBody{r: io.LimitReader(resp.Body, maxBody+1), c: resp.Body}
	return resp, nil
}

type cappedBody struct {
	r    io.Reader
	c    io.Closer
	read int
}

var errTooLarge = errors.New("answer is larger than 1 MiB")

func (b *cappedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.read += n
	if b.read > maxBody {
		return 0, errTooLarge
	}
	return n, err
}

func (b *cappedBody) Close() error { return b.c.Close() }

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
	sent   []string // values of the request that an error must not repeat
}

// do sends one request; name is the endpoint's, for errors. A failure below
// HTTP is an *Error of kind Unreachable.
func (o *Org) do(req *http.Request, name string) (*answer, error) {
	client := o.http
	if req.Context().Value(patient{}) != nil {
		client = o.patient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, unreachable(name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, unreachable(name, err)
	}
	return &answer{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

// post sends body with the user's device context.
func (o *Org) post(ctx context.Context, name, address, contentType, accept string, body []byte, d Device) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making the %s request: %w", name, err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Accept", accept)
	d.describe(req.Header, o.confidential())
	a, err := o.do(req, name)
	if err != nil {
		return nil, err
	}
	a.sent = append(valuesOf(contentType, body), d.Token)
	return a, nil
}
