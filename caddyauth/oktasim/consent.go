package oktasim

import (
	"net/http"
	"slices"
	"strings"
)

// consentStep asks whether the application may have what it asked for, of a
// user who has not agreed to that before.
var consentStep = &step{
	due:  func(t *turn) bool { return t.once("consent") && len(t.toAgree()) > 0 },
	show: showConsent,
}

const msgCancelledByUser = "idx.operation.cancelled.by.user"

// consentForms names the form of each kind.
var consentForms = map[string]string{Required: "consent", "granular": "granular-consent", "admin": "admin-consent"}

// toAgree are the scopes that the user is asked about.
func (t *turn) toAgree() []string {
	client, agreed := t.tx.client, t.tx.user.agreed[t.tx.client.ID]
	if client.Consent == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(t.tx.request.scopes), func(scope string) bool {
		return !t.asksFor(scope) || slices.Contains(agreed, scope)
	})
}

// asksFor says whether consent to a scope is asked for at all.
func (t *turn) asksFor(scope string) bool {
	if asked := t.tx.client.ConsentScopes; len(asked) > 0 {
		return slices.Contains(asked, scope)
	}
	return scope != "openid"
}

func showConsent(t *turn, a *answer) {
	a.Extra = object{"authentication": t.authentication()}
	a.App.Value.Extra = object{
		"termsOfService": object{"href": t.call.base + "/terms", "rel": []string{"terms-of-service"}},
		"privacyPolicy":  object{"href": t.call.base + "/privacy", "rel": []string{"privacy-policy"}},
		"clientUri":      object{"href": t.call.base},
	}
	kind := t.tx.client.Consent
	if kind == "granular" {
		opted := field{Name: "optedScopes", Form: &fields{}}
		for _, scope := range t.tx.request.scopes {
			opted.Form.Value = append(opted.Form.Value, field{
				Name: scope, Type: "boolean", Label: t.scopeLabel(scope), Required: new(true), Value: true,
				Visible: new(true), Mutable: new(slices.Contains(t.toAgree(), scope)),
			})
		}
		a.offer(t.form(consentForms[kind], "consent", agree, field{Name: "consent", Type: "boolean", Visible: new(false), Required: new(true)}, opted))
		return
	}
	var scopes []object
	for _, scope := range t.toAgree() {
		scopes = append(scopes, object{"name": scope, "label": t.scopeLabel(scope), "value": scope, "desc": t.scopeLabel(scope)})
	}
	ask := t.form(consentForms[kind], "consent", agree, yesOrNo("Allow Access", "Don't Allow"))
	ask.Extra = object{"scopes": scopes}
	a.offer(ask)
}

// authentication repeats, in answers for an application, what it asked for.
func (t *turn) authentication() any {
	asked := t.tx.request
	return objectOf(object{
		"protocol": "OAUTH2.0",
		"issuer":   object{"name": "oktasim", "uri": t.tx.server.issuer(t.call)},
		"request": object{
			"max_age": -1, "scope": strings.Join(asked.scopes, " "), "display": "page", "response_type": "code", "response_mode": "query",
			"redirect_uri": asked.redirectURI, "state": asked.state, "nonce": asked.nonce,
			"code_challenge_method": "S256", "code_challenge": asked.challenge,
		},
	})
}

func yesOrNo(yes, no string) field {
	return field{Name: "consent", Type: "boolean", Required: new(true), Options: []option{{Label: yes, Value: true}, {Label: no, Value: false}}}
}

// scopeLabels are the words of the scopes that every org has.
var scopeLabels = map[string]string{
	"openid":         "", // goes without saying
	"profile":        "View your profile information.",
	"email":          "View your email address.",
	"address":        "View your address.",
	"phone":          "View your phone number.",
	"groups":         "View your groups.",
	"offline_access": "Keep access while you are away.",
}

func (t *turn) scopeLabel(scope string) string {
	if label, ok := scopeLabels[scope]; ok {
		return label
	}
	return scope
}

func agree(t *turn) *rejection {
	tx, given := t.tx, t.given
	if given.Consent == nil {
		return rejectField(http.StatusBadRequest, "consent", say(msgFieldBlank))
	}
	if !*given.Consent {
		t.end(http.StatusForbidden, say(msgCancelledByUser))
		return nil
	}
	asked := t.toAgree()
	if tx.client.Consent == "granular" {
		refused := func(scope string) bool {
			opted, said := given.OptedScopes[scope]
			return said && !opted && slices.Contains(asked, scope)
		}
		tx.scopes = slices.DeleteFunc(slices.Clone(tx.request.scopes), refused)
		asked = slices.DeleteFunc(asked, refused)
	}
	tx.user.agreed[tx.client.ID] = append(tx.user.agreed[tx.client.ID], asked...)
	tx.settled["consent"] = true
	return nil
}
