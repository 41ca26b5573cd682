package oktasim_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caddy-okta/caddy-okta/caddyauth/oktasim"
)

// What the tests of single authenticators share.

// having returns Ada with these authenticators set up.
func having(of ...*oktasim.Enrollment) []oktasim.User {
	users := oktasim.DemoUsers()
	users[0].Enrollments = of
	return users
}

// need is a policy that asks for one of these after the password.
func need(factors ...string) oktasim.Policy { return oktasim.Policy{Factors: factors} }

// signedIn is a sign-in after the password.
func (o *org) signedIn() *flow {
	o.Helper()
	return o.begin().identify(ada, adaPassword)
}

// remediation returns a form of the current step.
func (f *flow) remediation(name string) document {
	f.Helper()
	for _, r := range list(f.answer["remediation"]) {
		if r.(document)["name"] == name {
			return r.(document)
		}
	}
	f.Fatalf("no remediation %q; there is %v and %v", name, f.step(), f.messages())
	return nil
}

// pick chooses an authenticator from a list by the key that its option relates
// to, with more values beside the id.
func (f *flow) pick(listName, key string, more document) *flow {
	f.Helper()
	form := f.remediation(listName)
	for _, option := range optionsOf(f.answer, form) {
		if option[optionKey] != key {
			continue
		}
		chosen := document{}
		for _, field := range list(option["value"].(document)["form"]) {
			if value, fixed := field.(document)["value"]; fixed {
				chosen[field.(document)["name"].(string)] = value
			}
		}
		for name, value := range more {
			chosen[name] = value
		}
		return f.send(form, document{"authenticator": chosen})
	}
	f.Fatalf("no option %q in %s", key, listName)
	return nil
}

func (f *flow) authenticate(key string, more document) *flow {
	f.Helper()
	return f.pick("select-authenticator-authenticate", key, more)
}

func (f *flow) enroll(key string, more document) *flow {
	f.Helper()
	return f.pick("select-authenticator-enroll", key, more)
}

// credentials answers a form that asks for credentials.
func (f *flow) credentials(name string, of document) *flow {
	f.Helper()
	return f.submit(name, document{"credentials": of})
}

// current returns the authenticator that the answer shows.
func (f *flow) current() document {
	f.Helper()
	for _, where := range []string{"currentAuthenticator", "currentAuthenticatorEnrollment"} {
		if is, ok := f.answer[where].(document); ok {
			return is["value"].(document)
		}
	}
	f.Fatalf("nothing is current: %v", f.step())
	return nil
}

func (f *flow) contextual() document {
	f.Helper()
	out, _ := f.current()["contextualData"].(document)
	if out == nil {
		f.Fatalf("no contextual data in %v", f.current())
	}
	return out
}

// rang returns the newest thing that Ada's phone received.
func (o *org) rang() document {
	o.Helper()
	received := o.api("GET", "/phone/"+ada, "").([]any)
	if len(received) == 0 {
		o.Fatal("nothing rang")
	}
	return received[0].(document)
}

// handset returns the page of Ada's phone.
func (o *org) handset() string {
	o.Helper()
	request, _ := http.NewRequest(http.MethodGet, o.url+"/phone/"+ada, nil)
	response, content := o.do(request)
	expect(o.T, "status of the phone's page", response.StatusCode, http.StatusOK)
	return html.UnescapeString(string(content))
}

// tap answers the first question on Ada's phone, as its page would.
func (o *org) tap(answer string) {
	o.Helper()
	_, rest, found := strings.Cut(o.handset(), `name="prompt" value="`)
	if !found {
		o.Fatal("nothing to answer on the phone")
	}
	id, _, _ := strings.Cut(rest, `"`)
	status, _ := o.postForm(o.url+"/phone/"+ada, url.Values{"prompt": {id}, "answer": {answer}})
	expect(o.T, "status of the tap", status, http.StatusOK)
}

// wrong is a code that is not this one.
func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

// newClock stands at the middle of a period of time-based codes.
func newClock() *clock {
	return &clock{now: time.Now().Truncate(30 * time.Second).Add(15 * time.Second)}
}
