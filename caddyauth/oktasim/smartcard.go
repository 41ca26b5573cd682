package oktasim

import (
	"net/http"
	"net/url"
)

// A smart card is shown to an address of the org that asks for a client
// certificate. Here that address asks for a tap of a button.
var smartCardAuthenticator = &authenticator{
	name:       "smart_card_idp",
	key:        "smart_card_idp",
	kind:       "federated",
	label:      "Smart Card Authenticator",
	amr:        "sc",
	enrollment: "piv",
	methods:    []method{{name: "cert"}},
	remediate: func(t *turn) []form {
		return []form{{
			Name:      "redirect-idp",
			RelatesTo: []string{"$.currentAuthenticatorEnrollment"},
			Href:      t.call.base + cardPath + "?stateToken=" + url.QueryEscape(t.tx.stateHandle),
			Method:    http.MethodGet,
			Extra:     object{"type": "X509", "idp": object{"id": oktaID("0oa", "x509"), "name": "Smart Card"}},
		}}
	},
	check: func(*turn) *rejection { return notNow() }, // never posted
	routes: func(s *Server, mux *http.ServeMux) {
		mux.Handle("GET "+cardPath, s.endpoint("", s.cardPage))
		mux.Handle("POST "+cardPath, s.endpoint("", s.cardAnswer))
	},
}

const cardPath = "/sso/x509"

// cardVisit finds the transaction that waits for a card.
func (s *Server) cardVisit(c *call) *transaction {
	tx := s.live(s.states[c.form.Get("stateToken")])
	if tx == nil || tx.attempt == nil || tx.attempt.of.name != "smart_card_idp" {
		return nil
	}
	return tx
}

func (s *Server) cardPage(c *call) reply {
	tx := s.cardVisit(c)
	if tx == nil {
		return visitOver()
	}
	out := page(http.StatusOK, "Smart card", "smartcard.html", map[string]string{"User": tx.identifier, "App": tx.client.Label, "StateToken": tx.stateHandle})
	// The answer to its form is a redirect to the application.
	out.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self' "+originOf(tx.request.redirectURI)+"; base-uri 'none'; frame-ancestors 'none'")
	return out
}

func (s *Server) cardAnswer(c *call) reply {
	// A page elsewhere must not show the card for the user.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	tx := s.cardVisit(c)
	if tx == nil {
		return visitOver()
	}
	t := &turn{Server: s, call: c, tx: tx}
	if c.form.Get("answer") != "card" {
		return t.backDenied("The smart card was refused.")
	}
	t.pass()
	return t.back()
}
