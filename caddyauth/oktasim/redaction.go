package oktasim

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// shownParameters are shown as they came; everything else could be a secret or
// a secret typed into the wrong box.
var shownParameters = []string{
	"client_id", "grant_type", "scope", "redirect_uri", "post_logout_redirect_uri", "response_type", "code_challenge_method",
	"token_type_hint", "prompt", "acr_values", "max_age", "id", "methodType", "channel", "questionKey", "reason", "statusCode",
}

const (
	longestShown = 200 // characters of what is shown
	mostMembers  = 50  // of one object or list
	deepest      = 6
)

// A redaction hides values so that equal ones can be recognised, and not
// guessed: a plain hash of a six-digit code is as good as the code.
type redaction struct{ key []byte }

func newRedaction() redaction {
	key := make([]byte, 32)
	rand.Read(key)
	return redaction{key}
}

// hide says how long a value is, and a hash of it that means something only
// within this process.
func (h redaction) hide(value string) string {
	if value == "" {
		return "(empty)"
	}
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(value))
	return fmt.Sprintf("(%d characters, #%s)", utf8.RuneCountInString(value), hex.EncodeToString(mac.Sum(nil)[:4]))
}

// redactedBody is the form, query or JSON of a call with its secrets hidden;
// nil when there is none.
func (s *Server) redactedBody(c *call) any {
	if len(c.form) > 0 {
		out := map[string]any{}
		for _, name := range firstFew(slices.Sorted(maps.Keys(c.form))) {
			out[shorten(name)] = s.redacted(name, strings.Join(c.form[name], " "), 0)
		}
		return out
	}
	if len(c.body) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	var body any
	if decoder.Decode(&body) != nil {
		return s.redaction.hide(string(c.body))
	}
	return s.redacted("", body, 0)
}

func (s *Server) redacted(name string, value any, depth int) any {
	if depth > deepest {
		return "(deeper)"
	}
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range firstFew(slices.Sorted(maps.Keys(value))) {
			out[shorten(name)] = s.redacted(name, value[name], depth+1)
		}
		return out
	case []any:
		out := []any{}
		for _, item := range firstFew(value) {
			out = append(out, s.redacted(name, item, depth+1))
		}
		return out
	case string:
		if slices.Contains(shownParameters, name) || name == "identifier" && s.user(value) != nil {
			return shorten(withoutQuery(value))
		}
		return s.redaction.hide(value)
	case json.Number:
		return s.redaction.hide(value.String())
	}
	return value // true, false or null
}

func firstFew[T any](list []T) []T { return list[:min(len(list), mostMembers)] }

func shorten(value string) string {
	if runes := []rune(value); len(runes) > longestShown {
		return string(runes[:longestShown]) + "..."
	}
	return value
}

// withoutQuery cuts the query and fragment of an address: they may hold codes.
func withoutQuery(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" {
		return value
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}
