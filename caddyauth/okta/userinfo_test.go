package okta

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Claims are the ID token's, then /userinfo's; it is asked only where a claim
// that is needed has no value.
func TestComplete(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	f.answer(userInfoPath, 200, `{"sub":"00u1","email":"from@userinfo","name":"Ada","nick":"a","groups":["x"]}`)
	tokens := &Tokens{Access: testAccess, Claims: Claims{"sub": "00u1", "email": "from@token", "nick": nil, "zip": ""}}
	for _, needed := range [][]string{nil, {"sub"}, {"sub", "email"}} {
		if got, err := o.Complete(t.Context(), Device{}, tokens, needed); err != nil || !cmp.Equal(got, tokens.Claims) {
			t.Errorf("%v: %v, %v", needed, got, err)
		}
	}
	if n := len(f.asked); n != 0 {
		t.Errorf("%d calls for nothing", n)
	}
	want := Claims{"sub": "00u1", "email": "from@token", "name": "Ada", "nick": "a", "zip": "", "groups": []any{"x"}}
	got, err := o.Complete(t.Context(), Device{Token: "device"}, tokens, []string{"name"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if _, changed := tokens.Claims["name"]; changed {
		t.Error("the token's own claims were changed")
	}
	a := f.calls(userInfoPath)[0]
	if a.method != "GET" || a.header.Get("Authorization") != "Bearer "+testAccess || a.header.Get("Cookie") != "" {
		t.Errorf("sent %+v", a)
	}
}

// oidcc-client-test-userinfo-invalid-sub: claims of another user must not be
// mixed in, nor those of nobody.
//
// Rows: S-11, mod_auth_openidc 2020-11-19.
func TestS11_UserInfoRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		kind   Kind
	}{
		"oidcc-client-test-userinfo-invalid-sub": {200, `{"sub":"00u2","name":"Eve"}`, Untrusted},
		"sub missing":                            {200, `{"name":"Eve"}`, Untrusted},
		"sub empty":                              {200, `{"sub":"","name":"Eve"}`, Untrusted},
		"sub a list":                             {200, `{"sub":["00u1"],"name":"Eve"}`, Untrusted},
		"sub null":                               {200, `{"sub":null,"name":"Eve"}`, Untrusted},
		"sub case":                               {200, `{"SUB":"00u1","name":"Eve"}`, Untrusted},
		"sub twice":                              {200, `{"sub":"00u2","sub":"00u1","name":"Eve"}`, Untrusted},
		"a list":                                 {200, `[{"sub":"00u1"}]`, Untrusted},
		"null":                                   {200, `null`, Untrusted},
		"empty":                                  {200, ``, Untrusted},
		"HTML":                                   {200, `<html>`, Untrusted},
		"and more":                               {200, `{"sub":"00u1"}{}`, Untrusted},
		"401":                                    {401, ``, NotOkta},
		"401 with error":                         {401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, Refused},
		"429":                                    {429, `{}`, RateLimited},
	} {
		f := newFakeOrg(t)
		f.answer(userInfoPath, tt.status, tt.body)
		tokens := &Tokens{Access: testAccess, Claims: Claims{"sub": "00u1"}}
		got, err := f.org().Complete(t.Context(), Device{}, tokens, []string{"name"})
		if !isKind(err, tt.kind) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	// A token without a subject is nobody's, whatever userinfo says.
	f := newFakeOrg(t)
	f.answer(userInfoPath, 200, `{"sub":"","name":"Eve"}`)
	if _, err := f.org().Complete(t.Context(), Device{}, &Tokens{Claims: Claims{}}, []string{"name"}); !isKind(err, Untrusted) {
		t.Errorf("no subject: %v", err)
	}
}

func TestRevoke(t *testing.T) {
	f := newFakeOrg(t)
	o := f.org()
	if err := o.Revoke(t.Context(), Device{}, "REFRESH-abcdef"); err != nil {
		t.Fatal(err)
	}
	got := f.calls(revokePath)[0].form
	if got.Get("token") != "REFRESH-abcdef" || got.Get("token_type_hint") != "refresh_token" || got.Get("client_secret") != testSecret || got.Get("client_id") != testClient {
		t.Errorf("sent %v", got)
	}
	f.answer(revokePath, 401, `{"error":"invalid_client","error_description":"no"}`)
	var e *Error
	if err := o.Revoke(t.Context(), Device{}, "REFRESH-abcdef"); !errors.As(err, &e) || e.Kind != Refused || e.Endpoint != "revoke" {
		t.Errorf("refused: %v", err)
	}
	f = newFakeOrg(t)
	f.metadata["revocation_endpoint"], f.metadata["userinfo_endpoint"] = nil, nil
	o = f.org()
	if err := o.Revoke(t.Context(), Device{}, "REFRESH-abcdef"); err == nil {
		t.Error("no revocation endpoint, no error")
	}
	if _, err := o.Complete(t.Context(), Device{}, &Tokens{Claims: Claims{"sub": "x"}}, []string{"name"}); err == nil {
		t.Error("no userinfo endpoint, no error")
	}
}
