package oktasim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// documentFaults spoil what a JSON answer says.
var documentFaults = []*faultKind{
	{
		name: "wrong_types", alter: onDocument(func(_ *call, _ value, d map[string]any) { spoilTypes(d) }),
		does: "makes every text of the top level a number, every list an object and every object a list",
	},
	{
		name: "without", takes: takesText("stateHandle,cancel,messages"),
		alter: onDocument(func(_ *call, v value, d map[string]any) {
			for name := range strings.SplitSeq(string(v), ",") {
				delete(d, strings.TrimSpace(name))
			}
		}),
		does: "leaves out members of the top level; value: their names, with commas",
	},
	{
		name: "duplicate_keys", alter: func(_ *Server, _ *call, _ value, out reply) reply {
			if members := membersOf(out); members != "" {
				out.content = []byte("{" + members + "," + members + "}")
			}
			return out
		},
		does: "sends every member of the top level twice",
	},
	{
		name: "unknown_remediation", at: idxEndpoints, takes: takesText("select-hologram"),
		alter: onDocument(func(_ *call, v value, d map[string]any) {
			for _, r := range listIn(d, "remediation") {
				if r, ok := r.(map[string]any); ok {
					r["name"] = string(v)
				}
			}
		}),
		does: "names every remediation as nobody ever has; value: the name",
	},
	{
		name: "double_messages", at: idxEndpoints,
		alter: onDocument(func(_ *call, _ value, d map[string]any) {
			if messages, ok := d["messages"].(map[string]any); ok {
				messages["value"] = append(listIn(d, "messages"), listIn(d, "messages")...)
			}
		}),
		does: "says every message on top twice, as Okta does at times",
	},
	{
		name: "odd_message", at: idxEndpoints, takes: takesText("NOTICE"),
		alter: onDocument(func(c *call, v value, d map[string]any) {
			d["messages"] = map[string]any{"type": "array", "value": append(listIn(d, "messages"), map[string]any{
				"message": "A message of a class that nobody knows, with <b>markup</b>.",
				"i18n":    map[string]any{"key": "simulator.odd", "params": []any{1.5, "2026-01-01", nil}},
				"class":   string(v),
				"links":   []any{map[string]any{"label": "Help", "url": c.base + "/"}, map[string]any{"url": "javascript:alert(1)"}},
			})}
		}),
		does: "adds a message with markup, links and a class that nobody knows; value: the class",
	},
	{
		name: "many_options", at: idxEndpoints, takes: takesNumber("10000"),
		alter: onDocument(func(_ *call, v value, d map[string]any) {
			for _, r := range listIn(d, "remediation") {
				addOptions(r, v.number())
			}
		}),
		does: "adds a field of very many options to every remediation; value: how many",
	},
	{
		name: "deep", takes: takesNumber("10000"),
		alter: func(_ *Server, _ *call, v value, out reply) reply {
			if members := membersOf(out); members != "" {
				deep := strings.Repeat("[", v.number()) + strings.Repeat("]", v.number())
				out.content = []byte(`{"deep":` + deep + "," + members + "}")
			}
			return out
		},
		does: "adds a list in a list in a list; value: how deep",
	},
	{
		name: "other_host", takes: takesOrigin("http://evil.localhost:9"),
		alter: func(_ *Server, c *call, v value, out reply) reply {
			out.content = bytes.ReplaceAll(out.content, []byte(c.base), []byte(strings.TrimSuffix(string(v), "/")))
			return out
		},
		does: "puts another host into every address of the answer: of forms, endpoints, the issuer; value: scheme and host",
	},
	{
		name: "other_issuer", at: []string{"discovery"}, takes: takesText("http://evil.localhost:9/oauth2/default"),
		alter: onDocument(func(_ *call, v value, d map[string]any) { d["issuer"] = string(v) }),
		does:  "says that the issuer is another; value: which",
	},
	{
		name: "other_subject", at: []string{"userinfo"}, takes: takesText("00uSomebodyElse00001"),
		alter: onDocument(func(_ *call, v value, d map[string]any) { d["sub"] = string(v) }),
		does:  "speaks of another user than the ID token; value: whose id",
	},
	{
		name: "used_code", at: tokenEndpoints,
		instead: func(*Server, *call, value) reply {
			return *oauthError(http.StatusBadRequest, "invalid_grant", "The interaction code is invalid or has expired.")
		},
		does: "answers as if the code had been used before",
	},
}

// onDocument makes an alteration of an answer from one of its JSON object. An
// answer that has none stays as it is.
func onDocument(change func(*call, value, map[string]any)) func(*Server, *call, value, reply) reply {
	return func(_ *Server, c *call, v value, out reply) reply {
		if document := documentOf(out); document != nil {
			change(c, v, document)
			out.content = encode(document)
		}
		return out
	}
}

// documentOf is the JSON object of an answer, or nil.
func documentOf(out reply) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(out.content))
	decoder.UseNumber() // numbers come out as they went in
	var document map[string]any
	if !strings.Contains(out.kind, "json") || decoder.Decode(&document) != nil {
		return nil
	}
	return document
}

// listIn is what stands under name, in ION's dress or without it.
func listIn(document map[string]any, name string) []any {
	if dressed, ok := document[name].(map[string]any); ok {
		return listIn(dressed, "value")
	}
	list, _ := document[name].([]any)
	return list
}

func spoilTypes(document map[string]any) {
	for name, value := range document {
		switch value := value.(type) {
		case string:
			document[name] = 42
		case []any:
			document[name] = map[string]any{"0": value}
		case map[string]any:
			document[name] = []any{value}
		}
	}
}

func addOptions(remediation any, n int) {
	r, ok := remediation.(map[string]any)
	if !ok {
		return
	}
	options := make([]any, n)
	for i := range options {
		options[i] = map[string]any{"label": "Option", "value": randomText(8)}
	}
	r["value"] = append(listIn(r, "value"), map[string]any{"name": "choice", "options": options})
}

// membersOf is what stands between the braces of an answer's JSON object.
func membersOf(out reply) string {
	text := strings.TrimSpace(string(out.content))
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") {
		return ""
	}
	return text[1 : len(text)-1]
}
