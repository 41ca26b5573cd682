package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Definition is one identity header as configured.
type Definition struct {
	Name string
	// Value is literal text with {claim.NAME} in it.
	Value string
	// Delimiter joins the items of a claim that is a list; empty means ",". One
	// that is given also says that the application will split the value: then a
	// single text that contains it is not sent either. Leave it empty for names
	// ("Lovelace, Ada").
	Delimiter string
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
	name      string
	parts     []part
	delimiter string
	splits    string // characters that an item may not have: splitting would not give it back
	list      bool   // the application splits the value
}

// Compile checks definitions and makes them ready. A later definition of the
// same name, in any spelling, takes the place of the earlier one.
func Compile(definitions []Definition) (*Headers, error) {
	h := &Headers{}
	at := map[string]int{}
	for _, d := range definitions {
		one, err := compile(d)
		if err != nil {
			return nil, fmt.Errorf("identity header %q: %w", d.Name, err)
		}
		if i, ok := at[fold(d.Name)]; ok {
			h.headers[i] = one
			continue
		}
		at[fold(d.Name)] = len(h.headers)
		h.headers = append(h.headers, one)
	}
	return h, nil
}

// forbidden are the names, folded, that no definition may have: setting them
// would change what the request is, or they do not reach the upstream.
var forbidden = map[string]string{
	"connection": hopByHop, "keep-alive": hopByHop, "proxy-connection": hopByHop,
	"proxy-authenticate": hopByHop, "proxy-authorization": hopByHop, "te": hopByHop,
	"trailer": hopByHop, "transfer-encoding": hopByHop, "upgrade": hopByHop,
	"http2-settings": hopByHop,

	"host": framing, "content-length": framing, "content-type": framing,
	"content-encoding": framing, "expect": framing,

	"cookie": "the cookies are the browser's", "set-cookie": "it is a header of answers",
	"x-forwarded-for": rebuilt, "x-forwarded-host": rebuilt, "x-forwarded-proto": rebuilt,
}

const (
	hopByHop = "it is about the connection and is not passed on"
	framing  = "it describes the request itself"
	rebuilt  = "reverse_proxy sets it; use another name"
)

func compile(d Definition) (header, error) {
	if !isToken(d.Name) {
		return header{}, fmt.Errorf("not a header name: use letters, digits and -")
	}
	if why := forbidden[fold(d.Name)]; why != "" {
		return header{}, fmt.Errorf("this name cannot be an identity header: %s", why)
	}
	parts, err := parse(d.Value)
	if err != nil {
		return header{}, err
	}
	one := header{name: d.Name, parts: parts, delimiter: d.Delimiter, list: d.Delimiter != ""}
	if !one.list {
		one.delimiter = ","
	}
	if strings.ContainsFunc(one.delimiter, unicode.IsControl) || !utf8.ValidString(one.delimiter) {
		return header{}, fmt.Errorf("the delimiter %q has a control character", d.Delimiter)
	}
	// Applications trim what they split, and "||" splits "a|||b" in two ways:
	// so none of the characters, spaces aside.
	if one.splits = strings.TrimSpace(one.delimiter); one.splits == "" {
		one.splits = one.delimiter
	}
	return one, nil
}

// isToken is the grammar of a header name (RFC 9110 5.6.2) without *, which
// stands for a family elsewhere, and with a letter or digit in it: a name of
// signs alone would fold to nothing.
func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}*", c) >= 0 {
			return false
		}
	}
	return fold(name) != ""
}

// Names lists the headers in the order of their definition.
func (h *Headers) Names() []string {
	names := make([]string, len(h.headers))
	for i, one := range h.headers {
		names[i] = one.name
	}
	return names
}

// Claims lists the names of the claims that the headers use, sorted. Whoever
// keeps only these finds each with Lookup and keeps it under the name here.
func (h *Headers) Claims() []string {
	names := map[string]bool{}
	for _, one := range h.headers {
		for _, p := range one.parts {
			if p.claim != "" {
				names[p.claim] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
