package oktasim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
)

// externalIDPAuthenticator proves a user by sending them to an identity
// provider that the policy has as a factor.
var externalIDPAuthenticator = &authenticator{
	name:       "external_idp",
	key:        "external_idp",
	kind:       "federated",
	label:      "IDP Authenticator",
	amr:        "fed",
	enrollment: "eae",
	methods:    []method{{name: "idp"}},
	remediate: func(t *turn) []form {
		relation := "$.currentAuthenticator"
		if t.tx.attempt.purpose == authenticate {
			relation = "$.currentAuthenticatorEnrollment"
		}
		forms := t.redirects(true)
		for i := range forms {
			forms[i].RelatesTo = []string{relation}
		}
		return forms
	},
	finish: func(t *turn, a *answer) {
		if t.tx.attempt.purpose == authenticate {
			a.CurrentAuthenticator = objectOf(t.tx.attempt.of.is())
		}
	},
	// There is nothing to post: the answer comes from the provider.
	check:  func(*turn) *rejection { return notNow() },
	enroll: func(*turn) *rejection { return notNow() },
}

const msgNotVerified = "oie.authenticator.verify.error.fail"

// asFactor says whether a provider is to answer the current attempt.
func (tx *transaction) asFactor(idp IDP) bool {
	return idp.Factor && tx.attempt != nil && tx.attempt.of.name == "external_idp"
}

// factorVisit ends a visit that was to prove a user who is known: somebody
// else's account there proves nothing.
func (t *turn) factorVisit(outcome, login string) reply {
	if outcome == idpDeny || loginKey(login) != loginKey(t.tx.user.Login) {
		t.tx.notices = []message{say(msgNotVerified)}
		return t.backForMore()
	}
	t.pass()
	return t.back()
}

// redirects lead to the identity providers: those to begin with, or those
// that are a factor. They are links: nothing is posted.
func (t *turn) redirects(factors bool) []form {
	var out []form
	for _, idp := range t.tx.policy.IDPs {
		if idp.Factor != factors {
			continue
		}
		out = append(out, form{
			Name:   cmp.Or(idp.Form, redirectForm),
			Href:   t.call.base + "/sso/idps/" + url.PathEscape(idp.id()) + "?stateToken=" + url.QueryEscape(t.tx.stateHandle),
			Method: http.MethodGet,
			Extra:  object{"type": idp.kind(), "idp": object{"id": idp.id(), "name": idp.Name}},
		})
	}
	return out
}

// idpOnly says whether there is no other way in.
func (t *turn) idpOnly() bool {
	return slices.ContainsFunc(t.tx.policy.IDPs, func(p IDP) bool { return p.Only })
}
