package oktasim

import (
	"net/http"
	"net/url"
)

// An IDV is a company that checks identity documents, for an org that wants to
// know who a user really is. Its page is the simulator's.
type IDV struct {
	// ID is "IDV_PERSONA", "IDV_CLEAR", "IDV_INCODE", "IDV_STANDARD" or "OIN".
	ID   string `json:"id"`
	Name string `json:"name"`
}

const idvPath = "/idp/identity-verification"

const msgNotProofed = "oie.identity_verification.failed" // the key is not public

// idvStep sends a user whose identity was never verified to have it verified.
var idvStep = &step{
	due: func(t *turn) bool { return t.tx.policy.IdentityVerification != nil && !t.tx.user.proofed },
	show: func(t *turn, a *answer) {
		idv := t.tx.policy.IdentityVerification
		a.Intent = "CREDENTIAL_ENROLLMENT"
		a.offer(form{
			Name:   "redirect-idverify",
			Href:   t.call.base + idvPath + "?" + url.Values{"stateTokenExternalId": {t.tx.stateHandle}}.Encode(),
			Method: http.MethodGet,
			Extra:  object{"type": "ID_PROOFING", "idp": object{"id": idv.ID, "name": idv.Name}},
		})
	},
}

// idvVisit finds the sign-in that waits for a verification.
func (s *Server) idvVisit(c *call) *turn {
	tx := s.live(s.states[c.form.Get("stateTokenExternalId")])
	if tx == nil {
		return nil
	}
	t := &turn{Server: s, call: c, tx: tx}
	if t.settle(); t.render().offers("redirect-idverify") {
		return t
	}
	return nil
}

func (s *Server) idvPage(c *call) reply {
	t := s.idvVisit(c)
	if t == nil {
		return visitOver()
	}
	out := page(http.StatusOK, t.tx.policy.IdentityVerification.Name, "idv.html", map[string]string{"User": t.tx.identifier, "App": t.tx.client.Label, "StateToken": t.tx.stateHandle})
	// The answer to its form is a redirect to the application.
	out.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self' "+originOf(t.tx.request.redirectURI)+"; base-uri 'none'; frame-ancestors 'none'")
	return out
}

func (s *Server) idvAnswer(c *call) reply {
	// A page elsewhere must not vouch for the user.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	t := s.idvVisit(c)
	if t == nil {
		return visitOver()
	}
	if c.form.Get("outcome") != "verified" {
		t.end(http.StatusForbidden, say(msgNotProofed))
		return t.back()
	}
	t.tx.user.proofed = true
	return t.back()
}
