package identity

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxValue is the longest value of a header, in bytes. Servers limit what they
// accept, and cutting a list short could grant what an omitted group denies.
const MaxValue = 8 << 10

// Field is a header that is ready to be set. Name is spelled as configured.
type Field struct{ Name, Value string }

// Problem says why a header, or an item of its list, was left out. It never
// holds the value.
type Problem struct{ Header, Claim, Reason string }

func (p Problem) String() string {
	return fmt.Sprintf("header %q, claim %q: %s", p.Header, p.Claim, p.Reason)
}

// Render makes the headers of a user from the claims: once per session, not
// per request. A header whose claim is absent, null, empty text or an empty
// list is left out, since many applications take a header that is present but
// empty for a user. A value that would not arrive as it is, is left out too and
// reported.
func (h *Headers) Render(claims map[string]any) (fields []Field, problems []Problem) {
	for _, one := range h.headers {
		value, found := one.render(claims)
		problems = append(problems, found...)
		if value != "" {
			fields = append(fields, Field{Name: one.name, Value: value})
		}
	}
	return fields, problems
}

// render returns the header's value, or "" where there is to be no header.
func (one header) render(claims map[string]any) (value string, problems []Problem) {
	var out strings.Builder
	complete := true
	for _, p := range one.parts {
		if p.claim == "" {
			out.WriteString(p.literal)
			continue
		}
		claim, _ := Lookup(claims, p.claim)
		text, reason := one.text(claim)
		if reason != "" {
			problems = append(problems, Problem{Header: one.name, Claim: p.claim, Reason: reason})
		}
		if text == "" {
			complete = false
		}
		// The text goes out as it is. Nothing looks for placeholders in it: a
		// user named {env.SECRET} is a user of that name (Caddy CVE-2026-30852).
		out.WriteString(text)
	}
	if !complete {
		return "", problems
	}
	if out.Len() > MaxValue {
		return "", append(problems, Problem{
			Header: one.name, Claim: one.claims(),
			Reason: fmt.Sprintf("the value has %d bytes, at most %d are sent: narrow what Okta puts into the claim", out.Len(), MaxValue),
		})
	}
	return out.String(), problems
}

func (one header) claims() string {
	var names []string
	for _, p := range one.parts {
		if p.claim != "" {
			names = append(names, p.claim)
		}
	}
	return strings.Join(names, " ")
}

// text turns a claim into text, "" for nothing to send. The reason is given
// where something is left out that the claim did hold.
func (one header) text(claim any) (text, reason string) {
	if items, ok := list(claim); ok {
		return one.join(items)
	}
	text, reason = scalar(claim)
	if reason == "" && one.list && strings.ContainsAny(text, one.splits) {
		reason = fmt.Sprintf("the value contains the delimiter %q and would be read as several", one.delimiter)
	}
	if reason != "" {
		return "", reason
	}
	return text, ""
}

func list(claim any) ([]any, bool) {
	switch claim := claim.(type) {
	case []any:
		return claim, true
	case []string:
		items := make([]any, len(claim))
		for i, item := range claim {
			items[i] = item
		}
		return items, true
	}
	return nil, false
}

// join leaves out the items that would not be read back as they are: a group
// named "a,Admins" must not become two groups. The others stand.
func (one header) join(items []any) (text, reason string) {
	var kept []string
	omitted := 0
	for _, item := range items {
		text, why := scalar(item)
		if why == "" && strings.ContainsAny(text, one.splits) {
			why = fmt.Sprintf("contains the delimiter %q", one.delimiter)
		}
		switch {
		case why != "":
			omitted++
			reason = why
		case text != "":
			kept = append(kept, text)
		}
	}
	if omitted > 0 {
		reason = fmt.Sprintf("%d of %d items left out, the last because: %s", omitted, len(items), reason)
	}
	return strings.Join(kept, one.delimiter), reason
}

// scalar is the text of a single value, or the reason why there is none.
func scalar(value any) (text, reason string) {
	switch value := value.(type) {
	case nil:
		return "", ""
	case bool:
		return strconv.FormatBool(value), ""
	case int:
		return strconv.Itoa(value), ""
	case int64:
		return strconv.FormatInt(value, 10), ""
	case float64:
		return decimal(value)
	case json.Number:
		// As the issuer wrote it, unless it has an exponent: a number of 20
		// digits must not go through a float.
		if strings.ContainsAny(value.String(), "eE") {
			f, _ := value.Float64()
			return decimal(f)
		}
		return plain(value.String())
	case string:
		return plain(value)
	case map[string]any:
		return "", "it is an object; name one of its members: {claim.NAME.MEMBER}"
	case []any, []string:
		return "", "it is a list within a list"
	}
	return "", "it is of a kind that claims do not have"
}

// decimal writes a number without an exponent.
func decimal(f float64) (text, reason string) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return "", "the number is out of range"
	}
	return strconv.FormatFloat(f, 'f', -1, 64), ""
}

// plain lets text pass that arrives as it was sent.
func plain(s string) (text, reason string) {
	switch {
	case !utf8.ValidString(s):
		return "", "the value is not valid UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		// A line break would begin another header (RFC 9110 5.5).
		return "", "the value has a line break or another control character"
	case strings.TrimSpace(s) != s:
		// Recipients remove white space at the ends, of a header and often of
		// the items of a list: " admin" would arrive as "admin".
		return "", "the value begins or ends with white space"
	}
	return s, ""
}
