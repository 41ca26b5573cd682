package okta

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// public are the parameters of requests that may stand in an error: they help
// to mend the configuration and open nothing.
var public = []string{"client_id", "redirect_uri", "scope", "grant_type", "token_type_hint", "code_challenge_method", "acr_values"}

// shortest is the length from which a value is withheld. A shorter one could be
// part of any word, and is no token.
const shortest = 6

// valuesOf lists what a request carried in its body and an error must not
// repeat: a server or a proxy may answer with what it was sent, and errors go
// to a log.
func valuesOf(contentType string, body []byte) []string {
	if contentType == formType {
		form, _ := url.ParseQuery(string(body))
		var values []string
		for name, v := range form {
			if !slices.Contains(public, name) {
				values = append(values, v...)
			}
		}
		return values
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	return leaves(v)
}

func leaves(v any) (values []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			values = append(values, leaves(e)...)
		}
	case map[string]any:
		for _, e := range v {
			values = append(values, leaves(e)...)
		}
	}
	return values
}

// withhold removes the values from a text, the longest first.
func withhold(text string, values []string) string {
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		if len(v) >= shortest {
			text = strings.ReplaceAll(text, v, "(withheld)")
		}
	}
	return text
}
