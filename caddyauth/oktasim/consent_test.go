package oktasim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

func TestConsentIsAskedOnce(t *testing.T) {
	for kind, form := range map[string]string{"required": "consent", "admin": "admin-consent"} {
		t.Run(kind, func(t *testing.T) {
			o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.Consent = kind })})
			f := o.signedIn()
			expect(t, "step", f.step(), []string{form})
			asked := f.remediation(form)["scopes"].([]any)
			expect(t, "scopes", len(asked), 4) // openid is not asked about
			expect(t, "no answer", f.submit(form, nil).messages(), []string{"consent: model.validation.field.blank"})
			f.submit(form, document{"consent": true}).tokens()
			o.signedIn().tokens()
		})
	}
}

func TestConsentRefusedEndsTheSignIn(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) { c.Consent = "required" })})
	f := o.signedIn().submit("consent", document{"consent": false})
	expect(t, "messages", f.messages(), []string{"idx.operation.cancelled.by.user"})
	expect(t, "status", f.status, http.StatusForbidden)
	expect(t, "it stays so", f.introspect().messages(), []string{"idx.operation.cancelled.by.user"})
}

func TestGranularConsentTakesScopesOut(t *testing.T) {
	o := start(t, &oktasim.Server{Clients: clientWith(func(c *oktasim.Client) {
		c.Consent, c.ConsentScopes = "granular", []string{"email", "groups"}
	})})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"granular-consent"})
	token := f.submit("granular-consent", document{"consent": true, "optedScopes": document{"openid": false, "email": true, "groups": false}}).tokens()
	expect(t, "scope", token.Extra("scope"), any("openid profile email offline_access")) // openid cannot be taken out
	claims := f.verified(token)
	expect(t, "groups", claims["groups"], any(nil))
}

func TestKeepMeSignedIn(t *testing.T) {
	c := &clock{now: time.Now()}
	o := start(t, &oktasim.Server{Now: c.Now, Policy: oktasim.Policy{Factors: []string{"email"}, KeepSignedIn: true, KeepDays: 7}})
	f := o.onDevice("device-of-ada").identify(ada, adaPassword).authenticate("okta_email", nil).mailed(ada)
	expect(t, "step", f.step(), []string{"keep-me-signed-in"})
	f.submit("keep-me-signed-in", document{"keepMeSignedIn": true}).tokens()
	o.onDevice("device-of-ada").identify(ada, adaPassword).tokens()
	said := document{"identifier": ada, "rememberMe": true, "credentials": document{"passcode": adaPassword}}
	o.onDevice("a third").submit("identify", said).authenticate("okta_email", nil).mailed(ada).tokens()
	o.onDevice("a third").identify(ada, adaPassword).tokens()
	expect(t, "another device", o.onDevice("another").identify(ada, adaPassword).step(), []string{"select-authenticator-authenticate"})
	c.advance(8 * 24 * time.Hour)
	expect(t, "after a week", o.onDevice("device-of-ada").identify(ada, adaPassword).step(), []string{"select-authenticator-authenticate"})
}

func TestProgressiveProfileHasFieldsOfOneName(t *testing.T) {
	attributes := []oktasim.Attribute{{Name: "team", Label: "Team"}, {Name: "secondEmail", Label: "Secondary email"}, {Name: "desk", Label: "Desk"}}
	o := start(t, &oktasim.Server{Oddness: plain, Policy: oktasim.Policy{Progressive: attributes}})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"profile-update", "skip"})
	var names []any
	for _, field := range f.remediation("profile-update")["value"].([]any) {
		names = append(names, field.(document)["name"])
	}
	expect(t, "fields", names, []any{"userProfile", "userProfile", "userProfile", "stateHandle"})
	wrong := f.submit("profile-update", document{"userProfile": document{"secondEmail": "nonsense"}}).messages()
	expect(t, "messages", wrong, []string{"secondEmail: registration.error.invalidLoginEmail", "secondEmail: registration.error.doesNotMatchPattern"})
	f.submit("profile-update", document{"userProfile": document{"team": "Engines", "desk": "7", "secondEmail": "a@example.org"}}).tokens()
	o.signedIn().tokens() // nothing is lacking any more
}

func TestProfileThatIsRequiredCannotBeSkipped(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: oktasim.Policy{Progressive: []oktasim.Attribute{{Name: "team", Label: "Team", Required: true}}}})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"profile-update"})
	expect(t, "blank", f.submit("profile-update", document{"userProfile": document{}}).messages(), []string{"team: model.validation.field.blank"})
}

func TestDeviceAssurance(t *testing.T) {
	problem := &oktasim.Assurance{
		DueBy: time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC),
		Options: [][]oktasim.AssuranceStep{
			{{Key: "android.upgrade_os_version", Params: []any{"100"}, Link: "https://example.com/upgrade"}},
			{{Key: "android.use_lock_screen"}},
		},
	}
	const prefix = "idx.error.code.access_denied.device_assurance.remediation."
	steps := []string{prefix + "explanation_multiple_rules", prefix + "option_index", prefix + "android.upgrade_os_version",
		prefix + "option_index", prefix + "android.use_lock_screen", prefix + "additional_help_default"}

	o := start(t, &oktasim.Server{Policy: oktasim.Policy{DeviceGrace: problem}})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"device-assurance-grace-period"})
	expect(t, "messages", f.messages(), append([]string{"idx.device_assurance.grace_period.warning.title.due_by_date"}, steps...))
	f.submit("device-assurance-grace-period", nil).tokens()

	refused := *problem
	refused.DueBy = time.Time{}
	o = start(t, &oktasim.Server{Policy: oktasim.Policy{DeviceRefused: &refused}})
	f = o.signedIn()
	expect(t, "status", f.status, http.StatusForbidden)
	expect(t, "messages", f.messages(), append([]string{prefix + "title"}, steps...))
	expect(t, "step", f.step(), []string(nil))
}
