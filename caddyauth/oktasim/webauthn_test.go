package oktasim_test

import (
	"net/http"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

const appOrigin = "http://localhost:8080"

// withKey signs Ada in and gives her a key.
func (o *org) withKey(k *passkey) *passkey {
	o.Helper()
	f := o.signedIn().enroll("webauthn", nil)
	f.credentials("enroll-authenticator", k.create(f.contextual()["activationData"].(document))).tokens()
	return k
}

func (f *flow) challengeData() document { return f.contextual()["challengeData"].(document) }

func TestSecurityKeyEnrollAndUse(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("webauthn")})
	k := o.withKey(newPasskey(t, appOrigin, "localhost"))
	f := o.signedIn().authenticate("webauthn", nil)
	listed := list(f.answer["authenticatorEnrollments"])
	expect(t, "keys listed", len(listed), 1)
	expect(t, "transports", listed[0].(document)["transports"], any([]any{"internal", "hybrid"}))
	f.credentials("challenge-authenticator", k.get(f.challengeData())).tokens()
}

// The answer does not say which key signed: any of the user's may.
func TestAnyOfSeveralKeysSignsIn(t *testing.T) {
	first, second := newPasskey(t, appOrigin, "localhost"), newPasskey(t, appOrigin, "localhost")
	o := start(t, &oktasim.Server{Policy: need("webauthn")})
	o.withKey(first)
	state := o.api("GET", "/state", "").(document)["users"].([]any)[0].(document)["enrollments"].([]any)
	users := having(enrollmentFrom(state[0].(document)))
	o2 := start(t, &oktasim.Server{Policy: need("webauthn")})
	o2.withKey(second)
	state = o2.api("GET", "/state", "").(document)["users"].([]any)[0].(document)["enrollments"].([]any)
	users[0].Enrollments = append(users[0].Enrollments, enrollmentFrom(state[0].(document)))

	o = start(t, &oktasim.Server{Users: users, Policy: need("webauthn")})
	for _, k := range []*passkey{first, second} {
		f := o.signedIn()
		expect(t, "options", len(optionsOf(f.answer, f.remediation("select-authenticator-authenticate"))), 1)
		f.authenticate("webauthn", nil)
		expect(t, "keys listed", len(list(f.answer["authenticatorEnrollments"])), 2)
		f.credentials("challenge-authenticator", k.get(f.challengeData())).tokens()
	}
}

func enrollmentFrom(of document) *oktasim.Enrollment {
	data := map[string]string{}
	for name, value := range of["data"].(document) {
		data[name] = value.(string)
	}
	return &oktasim.Enrollment{Authenticator: of["authenticator"].(string), ID: of["id"].(string), Data: data}
}

// Each way in which a signature can be wrong, from a page in the middle to a
// copied key, is refused with the same words.
func TestForgedAssertionsAreRefused(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("webauthn")})
	k := o.withKey(newPasskey(t, appOrigin, "localhost"))
	f := o.signedIn().authenticate("webauthn", nil)
	challenge := f.challengeData()
	attempt := func(name string, of document) {
		t.Helper()
		f.credentials("challenge-authenticator", of)
		expect(t, name, f.messages(), []string{"authfactor.webauthn.error.assertion_validation_failure"})
		expect(t, name, f.status, http.StatusUnauthorized)
	}
	replayed := k.get(challenge)
	other := *k
	other.origin, other.rpID = "https://evil.example", "evil.example"
	attempt("a page in the middle", other.get(challenge))
	other = *k
	other.rpID = "other.localhost"
	attempt("another RP ID", other.get(challenge))
	attempt("another key", func() document { k := newPasskey(t, appOrigin, "localhost"); return k.get(challenge) }())
	attempt("another challenge", k.get(document{"challenge": "c29tZXRoaW5nIGVsc2UgZW50aXJlbHk"}))
	made := k.get(challenge)
	made["clientData"] = k.client("webauthn.create", challenge["challenge"].(string))
	attempt("a signature of the wrong kind", made)
	f.credentials("challenge-authenticator", k.get(challenge)).tokens()

	f = o.signedIn().authenticate("webauthn", nil)
	attempt("a signature from an earlier sign-in", replayed)
	copied := *k
	copied.count -= 2
	attempt("a copy of the key", copied.get(f.challengeData()))
}

func TestForgedAttestationsAreRefused(t *testing.T) {
	o := start(t, &oktasim.Server{Policy: need("webauthn")})
	f := o.signedIn().enroll("webauthn", nil)
	activation := f.contextual()["activationData"].(document)
	for name, k := range map[string]*passkey{
		"a page in the middle": newPasskey(t, "https://evil.example", "evil.example"),
		"another RP ID":        newPasskey(t, appOrigin, "evil.example"),
	} {
		f.credentials("enroll-authenticator", k.create(activation))
		expect(t, name, f.messages(), []string{"oie.authenticator.enroll.error.fail"})
	}
	f.credentials("enroll-authenticator", document{"clientData": "e30", "attestation": "oA"})
	expect(t, "no attestation", f.status, http.StatusBadRequest)
	k := newPasskey(t, appOrigin, "localhost")
	f.credentials("enroll-authenticator", k.create(document{"challenge": "b3RoZXI", "user": activation["user"]}))
	expect(t, "another challenge", f.status, http.StatusBadRequest)
	f.credentials("enroll-authenticator", k.create(activation)).tokens()

	// The same key cannot be two people's.
	g := o.begin().identify("grace@example.com", "navy-compiler-1952").enroll("webauthn", nil)
	g.credentials("enroll-authenticator", k.create(g.contextual()["activationData"].(document)))
	expect(t, "another's key", g.status, http.StatusBadRequest)
}

func TestNamedRelyingParty(t *testing.T) {
	policy := need("webauthn")
	policy.Settings.RPID = "localhost"
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.signedIn().enroll("webauthn", nil)
	activation := f.contextual()["activationData"].(document)
	expect(t, "rp", activation["rp"].(document)["id"], any("localhost"))
	k := newPasskey(t, "http://reports.localhost:8080", "localhost")
	f.credentials("enroll-authenticator", k.create(activation)).tokens()
	f = o.signedIn().authenticate("webauthn", nil)
	expect(t, "rpId", f.challengeData()["rpId"], any("localhost"))
	f.credentials("challenge-authenticator", k.get(f.challengeData())).tokens()
}

func TestPasskeySignsInWithoutUsername(t *testing.T) {
	policy := oktasim.Policy{Authenticate: [][]string{{"password", "webauthn"}}, Enroll: map[string]string{"webauthn": "optional"}}
	policy.Settings.Passkeys = true
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.begin()
	expect(t, "step", f.step()[0], "identify") // the order of the others is the org's whim
	f.submit("identify", document{"identifier": ada}).passcode(adaPassword).enroll("webauthn", nil)
	k := newPasskey(t, appOrigin, "localhost")
	f.credentials("enroll-authenticator", k.create(f.contextual()["activationData"].(document))).tokens()

	for _, form := range []string{"launch-passkeys-authenticator", "challenge-webauthn-autofillui-authenticator"} {
		f = o.begin()
		challenge := f.answer["webauthnAutofillUIChallenge"].(document)["value"].(document)["challengeData"].(document)
		stranger := newPasskey(t, appOrigin, "localhost")
		stranger.user = []byte("nobody")
		f.credentials(form, stranger.discover(challenge))
		expect(t, "a stranger's key", f.status, http.StatusUnauthorized)
		stranger.user = k.user
		f.credentials(form, stranger.discover(challenge))
		expect(t, "a stranger's key in Ada's name", f.status, http.StatusUnauthorized)
		expect(t, "nobody was named", f.answer["user"], nil)
		signed := k.discover(challenge)
		f.credentials(form, signed).tokens()
		g := o.begin()
		expect(t, "replayed", g.credentials(form, signed).status, http.StatusUnauthorized)
	}
}

// The older way: a button that leads to a page of its own.
func TestPasskeyOnAPageOfItsOwn(t *testing.T) {
	policy := oktasim.Policy{Authenticate: [][]string{{"password", "webauthn"}}, Enroll: map[string]string{"webauthn": "optional"}, Password: oktasim.SecondPage}
	policy.Settings.Passkeys = true
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.begin().submit("identify", document{"identifier": ada}).passcode(adaPassword).enroll("webauthn", nil)
	k := newPasskey(t, appOrigin, "localhost")
	f.credentials("enroll-authenticator", k.create(f.contextual()["activationData"].(document))).tokens()

	f = o.begin().submit("launch-webauthn-authenticator", nil)
	expect(t, "step", f.step(), []string{"challenge-authenticator", "enroll-webauthn-residentkey"})
	expect(t, "user", f.answer["user"], nil)
	f.credentials("challenge-authenticator", k.get(f.challengeData()))
	expect(t, "nobody's signature", f.messages(), []string{"userHandle: model.validation.field.blank"})
	f.credentials("challenge-authenticator", k.discover(f.challengeData())).tokens()

	f = o.begin().submit("launch-webauthn-authenticator", nil).submit("enroll-webauthn-residentkey", nil)
	expect(t, "the way back", f.step()[0], "identify")
}

func TestPasskeyPromotion(t *testing.T) {
	policy := oktasim.Policy{}
	policy.Settings.PasskeyPromotion = true
	o := start(t, &oktasim.Server{Policy: policy})
	f := o.signedIn()
	expect(t, "step", f.step(), []string{"enroll-authenticator-promotion", "skip"})
	f.submit("skip", nil).tokens()

	f = o.signedIn()
	k := newPasskey(t, appOrigin, "localhost")
	f.credentials("enroll-authenticator-promotion", document{"clientData": "e30", "attestation": "oA"})
	expect(t, "no key", f.messages(), []string{"oie.authenticator.enroll.error.fail"})
	f.credentials("enroll-authenticator-promotion", k.create(f.contextual()["activationData"].(document))).tokens()
	o.signedIn().tokens() // not asked again
}
