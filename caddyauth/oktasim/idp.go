package oktasim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// An IDP is an external identity provider. Its page is the simulator's: who
// comes there says who they are, and how it ends.
type IDP struct {
	ID   string `json:"id"` // default: made from the name
	Name string `json:"name"`

	// Type is "OIDC", "SAML2", "GOOGLE", "FACEBOOK" ... Default: "OIDC".
	Type string `json:"type,omitempty"`

	// Only takes the page that asks for a username away: there is nothing but
	// identity providers.
	Only bool `json:"only,omitempty"`

	// Form is "redirect-idp" or, as older orgs call that to a smart card,
	// "piv-idp". Default: "redirect-idp".
	Form string `json:"form,omitempty"`

	// Factor makes it a factor, "external_idp", instead of a way to begin.
	Factor bool `json:"factor,omitempty"`
}

func checkIDPs(of []IDP) error {
	for _, idp := range of {
		if idp.ID == "" && idp.Name == "" {
			return fmt.Errorf("an identity provider needs a name")
		}
		if idp.Form != "" && idp.Form != redirectForm && idp.Form != "piv-idp" {
			return fmt.Errorf("form of identity provider %q is %q; it can be %q or \"piv-idp\"", idp.Name, idp.Form, redirectForm)
		}
	}
	return nil
}

func (p IDP) id() string {
	if p.ID != "" {
		return p.ID
	}
	return oktaID("0oa", "idp", p.Name)
}

const redirectForm = "redirect-idp"

func (p IDP) kind() string {
	if p.Type != "" {
		return p.Type
	}
	return "OIDC"
}

// idpForms lead to the identity providers that somebody can begin with.
func (t *turn) idpForms() []form { return t.redirects(false) }

// The ways in which a visit to an identity provider ends.
const (
	idpSignIn = "sign_in" // signed in there
	idpMore   = "more"    // signed in there, and the org asks for more
	idpDeny   = "deny"    // refused there
)

// visit finds the transaction and the provider of a visit to /sso/idps/{id}.
func (s *Server) visit(c *call) (*transaction, *IDP) {
	tx := s.live(s.states[c.form.Get("stateToken")])
	if tx == nil {
		return nil, nil
	}
	i := slices.IndexFunc(tx.policy.IDPs, func(p IDP) bool { return p.id() == c.request.PathValue("id") })
	if i < 0 || tx.user != nil && !tx.asFactor(tx.policy.IDPs[i]) || tx.user == nil && tx.policy.IDPs[i].Factor {
		return nil, nil
	}
	return tx, &tx.policy.IDPs[i]
}

func visitOver() reply {
	return page(http.StatusNotFound, "This sign-in is over", verifiedPage, "It has expired, or has gone on elsewhere. Return to the application and sign in again.")
}

// idpPage is the provider's page.
func (s *Server) idpPage(c *call) reply {
	tx, idp := s.visit(c)
	if tx == nil {
		return visitOver()
	}
	out := page(http.StatusOK, idp.Name, "idp.html", map[string]any{"IDP": idp, "App": tx.client.Label, "Users": s.users(), "StateToken": tx.stateHandle})
	// The answer to its form is a redirect to the application.
	target, _ := url.Parse(tx.request.redirectURI) // was checked at /interact
	policy := "default-src 'none'; style-src 'self'; form-action 'self' " + target.Scheme + "://" + target.Host + "; base-uri 'none'; frame-ancestors 'none'"
	out.header.Set("Content-Security-Policy", policy)
	return out
}

// idpAnswer ends the visit: back to the application with what came of it.
func (s *Server) idpAnswer(c *call) reply {
	// A page elsewhere must not sign its own user in here.
	if err := http.NewCrossOriginProtection().Check(c.request); err != nil {
		return page(http.StatusForbidden, "Refused", verifiedPage, "This request came from another site's page.")
	}
	tx, _ := s.visit(c)
	if tx == nil {
		return visitOver()
	}
	t := &turn{Server: s, call: c, tx: tx}
	outcome, login := c.form.Get("outcome"), c.form.Get("login")
	if tx.user != nil {
		return t.factorVisit(outcome, login)
	}
	if outcome == idpDeny || loginKey(login) == "" {
		return t.backDenied("User is not allowed to access this app.")
	}
	if tx.user = s.user(login); tx.user == nil {
		tx.user = s.addUser(User{Login: login, Name: c.form.Get("name"), Groups: []string{"Everyone"}})
	}
	tx.identifier, tx.federated = tx.user.Login, true
	if outcome == idpMore {
		tx.extra = append(tx.extra, []string{"email"})
	}
	return t.back()
}

// back ends a visit elsewhere: it goes on to the next step, and sends the
// browser to the application with an interaction code, or with the news that
// more is asked for, or that access was denied.
func (t *turn) back() reply {
	t.settle()
	switch tx := t.tx; {
	case tx.hosted:
		return t.backToPage()
	case tx.code != "":
		return t.backWith(url.Values{"interaction_code": {tx.code}})
	case tx.terminal != nil:
		return t.backDenied(tx.terminal.words(t.call.language()))
	}
	return t.backForMore()
}

func (t *turn) backForMore() reply {
	if t.tx.hosted {
		return t.backToPage()
	}
	return t.backWith(url.Values{"error": {"interaction_required"}, "error_description": {"Your client is configured to use the interaction code flow and user interaction is required to complete the request."}})
}

func (t *turn) backDenied(description string) reply {
	return t.backWith(url.Values{"error": {"access_denied"}, "error_description": {description}})
}

func (t *turn) backWith(parameters url.Values) reply { return t.tx.request.backWith(parameters) }
