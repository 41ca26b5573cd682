package identity

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Definition is one identity header, or one cookie, as configured.
type Definition struct {
	// Name is the header's. Case is kept where there is a _ in it; else it goes
	// out as Go writes names, X-Webauth-User.
	Name string
	// Value is literal text with placeholders in it: {claim.NAME}, {token.access},
	// {token.id} and {token.assertion}, each with functions behind it:
	// {claim.groups|join(;)}.
	Value string
	// Delimiter joins the items of a claim that is a list; empty means ",". One
	// that is given also says that the application will split the value: then a
	// single text that contains it is not sent either. Leave it empty for names
	// ("Lovelace, Ada").
	Delimiter string
	// Cookie makes it a cookie of the request that the upstream gets.
	Cookie bool
	// Expand gives the text of other placeholders, such as env.NAME, when the
	// definition is compiled; nil knows none. The text is literal, whatever it
	// looks like, and in no error: this is how a secret gets into a value.
	Expand func(placeholder string) (string, error)

	basic    bool
	password string
}

// Basic is a definition of Basic credentials in Authorization (RFC 7617). User
// and password are values as in Definition; the password may be empty.
func Basic(user, password string) Definition {
	return Definition{Name: "Authorization", Value: user, basic: true, password: password}
}

// Default are the headers that are sent without any configuration.
func Default() []Definition {
	return []Definition{
		{Name: "X-Forwarded-User", Value: "{claim.preferred_username}"},
		{Name: "X-Forwarded-User-Id", Value: "{claim.sub}"},
		{Name: "X-Forwarded-Email", Value: "{claim.email}"},
		{Name: "X-Forwarded-Groups", Value: "{claim.groups}", Delimiter: ","},
		{Name: "X-Forwarded-Preferred-Username", Value: "{claim.preferred_username}"},
		{Name: "X-Forwarded-Name", Value: "{claim.name}"},
	}
}

// Headers renders the identity headers of a user. It does not change after
// Compile and may be shared.
type Headers struct {
	headers []header
}

type header struct {
	name      string // as it goes out
	cookie    bool
	parts     []part
	delimiter string
	splits    string // characters that an item may not have: splitting would not give it back
	list      bool   // the application splits the value
	latin1    bool
	basic     bool
	password  []part
}

// Compile checks definitions and makes them ready. A later definition of the
// same name, in any spelling, takes the place of the earlier one.
func Compile(definitions []Definition) (*Headers, error) {
	h := &Headers{}
	at := map[string]int{}
	for _, d := range definitions {
		one, err := compile(d)
		if err != nil {
			return nil, fmt.Errorf("identity %s %q: %w", kind(d.Cookie), d.Name, err)
		}
		if i, ok := at[d.key()]; ok {
			h.headers[i] = one
			continue
		}
		at[d.key()] = len(h.headers)
		h.headers = append(h.headers, one)
	}
	for _, one := range h.headers {
		if !one.isFixed() {
			continue
		}
		// What is the same for everybody would be missing for everybody.
		if _, problems := one.render(User{}); problems != nil {
			return nil, fmt.Errorf("identity %s %q: %s", kind(one.cookie), one.name, problems[0].Reason)
		}
	}
	return h, nil
}

// Clash finds two definitions of one header, or of one cookie, in any spelling:
// nobody who writes both means only the later one.
func Clash(definitions []Definition) (first, second string, found bool) {
	seen := map[string]string{}
	for _, d := range definitions {
		if before, again := seen[d.key()]; again {
			return before, d.Name, true
		}
		seen[d.key()] = d.Name
	}
	return "", "", false
}

// key is equal for names that an application may read as one.
func (d Definition) key() string {
	if d.Cookie {
		return "cookie " + foldCookie(d.Name)
	}
	return fold(d.Name)
}

func kind(cookie bool) string {
	if cookie {
		return "cookie"
	}
	return "header"
}

func compile(d Definition) (one header, err error) {
	if err := d.checkName(); err != nil {
		return header{}, err
	}
	one = header{name: wireName(d.Name), cookie: d.Cookie, delimiter: d.Delimiter, list: d.Delimiter != "", basic: d.basic}
	if d.Cookie {
		one.name = d.Name
	}
	if one.parts, err = parse(d.Value, d.Expand); err != nil {
		return header{}, err
	}
	if d.password != "" {
		if one.password, err = parse(d.password, d.Expand); err != nil {
			// The cause has the password in it.
			return header{}, errors.New("the password has a control character, a placeholder for nothing, or a { or } that is not a placeholder's: put it into a file or variable, and name that")
		}
	}
	for p := range one.all {
		one.latin1 = one.latin1 || p.latin1
	}
	if one.delimiter == "" {
		one.delimiter = ","
	}
	if strings.ContainsFunc(one.delimiter, unicode.IsControl) || !utf8.ValidString(one.delimiter) {
		return header{}, fmt.Errorf("the delimiter %q has a control character", d.Delimiter)
	}
	one.splits = splitters(one.delimiter)
	return one, nil
}

// isFixed reports whether the value is the same for every user.
func (one header) isFixed() bool {
	for p := range one.all {
		if p.source() != "" {
			return false
		}
	}
	return true
}

// all is a sequence of the parts, those of a password too.
func (one header) all(yield func(part) bool) {
	for _, p := range slices.Concat(one.parts, one.password) {
		if !yield(p) {
			return
		}
	}
}

// Names lists the headers in the order of their definition, as they go out. The
// cookies are not among them.
func (h *Headers) Names() []string { return h.names(false) }

// Cookies lists the names of the cookies in the order of their definition.
func (h *Headers) Cookies() []string { return h.names(true) }

func (h *Headers) names(cookie bool) []string {
	names := []string{}
	for _, one := range h.headers {
		if one.cookie == cookie {
			names = append(names, one.name)
		}
	}
	return names
}

// Claims lists the names of the claims that the headers use, sorted. Whoever
// keeps only these finds each with Lookup and keeps it under the name here.
func (h *Headers) Claims() []string {
	names := map[string]bool{}
	for _, one := range h.headers {
		for p := range one.all {
			if p.claim != "" {
				names[p.claim] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Tokens reports which of Okta's tokens the headers use: RenderUser needs these and
// no others.
func (h *Headers) Tokens() (access, id bool) { return h.uses(accessToken), h.uses(idToken) }

// Asserts reports whether a header carries the gate's own assertion.
func (h *Headers) Asserts() bool { return h.uses(assertionToken) }

func (h *Headers) uses(token string) bool {
	for _, one := range h.headers {
		for p := range one.all {
			if p.token == token {
				return true
			}
		}
	}
	return false
}
