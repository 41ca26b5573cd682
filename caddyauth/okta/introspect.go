package okta

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/caddy-okta/caddy-okta/caddyauth/idx"
)

// ionJSON is the media type of IDX requests and answers.
const ionJSON = "application/ion+json; okta-version=1.0.0"

// Answer is what Okta says to a step: the next one, the same one again with
// messages (Status 400 and up), an end, or an interaction code.
type Answer struct {
	Status int
	Size   int // bytes on the wire
	*idx.Response
}

// Rejected tells whether Okta did not take what was posted.
func (a *Answer) Rejected() bool { return a.Status >= 400 }

// Introspect asks for the current step of an interaction. It can be asked any
// number of times; nothing changes by it.
func (o *Org) Introspect(ctx context.Context, d Device, handle string) (*Answer, error) {
	body, err := json.Marshal(map[string]string{"interactionHandle": handle})
	if err != nil {
		return nil, err
	}
	a, err := o.post(ctx, "introspect", o.origin+"/idp/idx/introspect", ionJSON, ionJSON, body, d)
	if err != nil {
		return nil, err
	}
	return o.idxAnswer("introspect", a)
}

// idxAnswer decides what an answer is by its body first and its status second:
// a 4xx that carries a form is a form.
func (o *Org) idxAnswer(endpoint string, a *answer) (*Answer, error) {
	if a.status >= 200 && a.status < 500 {
		r, err := idx.Decode(a.body)
		if err == nil && (a.status < 300 || a.status >= 400) {
			// A limit's ION answer has words for the user but no step.
			if a.status != 429 || len(r.Remediations) > 0 {
				return &Answer{Status: a.status, Size: len(a.body), Response: r}, nil
			}
		}
	}
	e := o.refusal(endpoint, a)
	if e.Kind == NotOkta {
		e.Err = errors.New("answer is not an IDX answer")
	}
	return nil, e
}
