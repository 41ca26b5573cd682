package caddyauth

import (
	"io"
	"net/http"

	"github.com/caddy-okta/caddy-okta/caddyauth/identity"
)

// scrubTrailer removes identity headers from what follows the request's body
// (RFC 9110, section 6.5). The server fills the announced fields in, and with
// them any others that the client sends, when the body has been read: after the
// proxy has taken the request over, and into the same map. So the body itself
// has to see to it.
func scrubTrailer(r *http.Request, s *identity.Scrubber) {
	if len(r.Trailer) == 0 || r.Body == nil {
		return
	}
	s.ScrubTrailer(r.Trailer)
	r.Body = &trailerScrubber{r.Body, r.Trailer, s}
}

type trailerScrubber struct {
	io.ReadCloser
	trailer  http.Header
	scrubber *identity.Scrubber
}

func (t *trailerScrubber) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if err != nil {
		t.scrubber.ScrubTrailer(t.trailer)
	}
	return n, err
}
