package identity

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// MaxValue is the longest value of a header, in bytes. Servers limit what they
// accept, and cutting a list short could grant what an omitted group denies.
const MaxValue = 8 << 10

// maxShaped is the most that a value may have on its way through its functions,
// in bytes: a few of them can make it grow beyond all bounds.
const maxShaped = 1 << 20

// Field is a header, or a cookie, that is ready to be set. Name is the key under
// which a header is put into an http.Header as it is: Set would change the case
// of some.
type Field struct {
	Name, Value string
	Cookie      bool
}

// User is what headers are made of.
type User struct {
	Claims                          map[string]any
	AccessToken, IDToken, Assertion string
}

// Problem says why a header or cookie, or an item of its list, was left out. Claim
// is the name of the claim or the token, such as token.access. It never holds the value.
type Problem struct{ Header, Claim, Reason string }

func (p Problem) String() string {
	return fmt.Sprintf("header %q, claim %q: %s", p.Header, p.Claim, p.Reason)
}

// Render makes the headers of a user of whom only claims are known.
func (h *Headers) Render(claims map[string]any) ([]Field, []Problem) {
	return h.RenderUser(User{Claims: claims})
}

// RenderUser makes the headers of a user: once per session, not per request. A
// header whose claim is absent, null, empty text or an empty list is left out,
// since many applications take a header that is present but empty for a user. A
// value that would not arrive as it is, is left out too and reported.
func (h *Headers) RenderUser(u User) (fields []Field, problems []Problem) {
	for _, one := range h.headers {
		field, found := one.render(u)
		problems = append(problems, found...)
		if field.Value != "" {
			fields = append(fields, field)
		}
	}
	return fields, problems
}

// render returns the field, without a value where there is to be none.
func (one header) render(u User) (Field, []Problem) {
	field := Field{Name: one.name, Cookie: one.cookie}
	value, problems := one.assemble(one.parts, u)
	if one.basic && value != "" {
		password, found := one.assemble(one.password, u)
		problems = append(problems, found...)
		if password == "" && one.password != nil {
			return field, problems
		}
		// The first : ends the name: "ada:x" would be ada with another password
		// (RFC 7617 2).
		if strings.Contains(value, ":") {
			return field, append(problems, one.problem("the user's name has a :, which Basic credentials cannot express"))
		}
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"+password))
	}
	if reason := one.check(value); reason != "" {
		return field, append(problems, one.problem(reason))
	}
	field.Value = value
	return field, problems
}

// check looks at the whole value as it would go out.
func (one header) check(value string) (reason string) {
	switch {
	case len(value) > MaxValue:
		return fmt.Sprintf("the value has %d bytes, at most %d are sent: narrow groups with group_filter or |filter(...), or what Okta puts into the claim", len(value), MaxValue)
	case one.cookie && !isCookieValue(value):
		return "the value has a character that a cookie cannot have: use |percent or |base64url"
	case one.isFixed():
		return unfit(value)
	}
	return ""
}

// assemble puts the parts together. It returns "" if one of them is nothing:
// half a value is another value.
func (one header) assemble(parts []part, u User) (value string, problems []Problem) {
	var out strings.Builder
	complete := true
	for _, p := range parts {
		text := p.literal
		if p.source() != "" {
			var reasons []string
			text, reasons = one.shape(p, u)
			for _, reason := range reasons {
				problems = append(problems, Problem{Header: one.name, Claim: p.source(), Reason: reason})
			}
		}
		complete = complete && text != ""
		// The text goes out as it is. Nothing looks for placeholders in it: a
		// user named {env.SECRET} is a user of that name (Caddy CVE-2026-30852).
		out.WriteString(text)
	}
	if !complete {
		return "", problems
	}
	if value = out.String(); one.latin1 {
		var reason string
		if value, reason = toLatin1(value); reason != "" {
			problems = append(problems, one.problem(reason))
		}
	}
	return value, problems
}

// problem is one of the whole value, with all that it is made of.
func (one header) problem(reason string) Problem {
	var names []string
	for p := range one.all {
		if p.source() != "" {
			names = append(names, p.source())
		}
	}
	return Problem{Header: one.name, Claim: strings.Join(names, " "), Reason: reason}
}

// shape takes what a part is about through its functions, to the text that is
// sent. There is a reason for each time that something was left out.
func (one header) shape(p part, u User) (text string, reasons []string) {
	note := func(v value, reason string) value {
		if reason != "" {
			reasons = append(reasons, reason)
		}
		return v
	}
	v := note(p.take(u))
	if reasons != nil && len(v.items) == 0 {
		return "", reasons // a claim that is of no use is not one that is absent
	}
	for _, step := range p.steps {
		if v = note(step(v)); v.size() > maxShaped {
			return "", append(reasons, fmt.Sprintf("its functions make more than %d bytes of it", maxShaped))
		}
	}
	v = note(v.join(one.delimiter))
	v = note(v.each(func(s string) (string, string) { return one.vet(p, v.shape, s) }))
	return strings.Join(v.items, ""), reasons
}

// take looks up what a part is about.
func (p part) take(u User) (value, string) {
	switch p.token {
	case accessToken:
		return text(u.AccessToken, single), ""
	case idToken:
		return text(u.IDToken, single), ""
	case assertionToken:
		return text(u.Assertion, single), ""
	}
	claim, _ := Lookup(u.Claims, p.claim)
	return take(claim)
}

// vet lets the text of a part pass if the application will read it as it is.
func (one header) vet(p part, as shape, s string) (text, reason string) {
	switch {
	case as == single && one.list && strings.ContainsAny(s, one.splits):
		return "", fmt.Sprintf("the value contains the delimiter %q and would be read as several", one.delimiter)
	case one.cookie && !p.escaped && strings.Contains(s, "%"):
		// PHP and others decode cookies: the user %61dmin would be admin.
		return "", "the value has a %, which many applications decode in a cookie: use |percent or |base64url"
	}
	return s, unfit(s)
}
