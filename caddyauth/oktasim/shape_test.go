package oktasim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddy-okta/caddy-okta/caddyauth/internal/rig"
)

// The corpus is a folder of published answers of the real thing. This test
// takes every part of every answer that oktasim emits, finds the parts of the
// same kind in the corpus (same remediation, same authenticator), and compares
// their shapes:
//
//   - what oktasim has must be in at least one of them;
//   - what all of them have must be in oktasim's.
//
// A shape is a set of paths with the type of what is there; where a value
// decides what a client does (visible, mutable, relatesTo ...), with the value.
// A difference is a defect, or it is explained.

// telling are the properties whose value belongs to the shape.
var telling = []string{"visible", "mutable", "required", "secret", "type", "rel", "method", "key", "relatesTo", "version", "intent", "class", "refresh"}

// shapeOf returns the paths in a value.
func shapeOf(path string, of any) map[string]bool {
	out := map[string]bool{}
	addShape(out, path, of)
	return out
}

func addShape(out map[string]bool, path string, of any) {
	name := path[strings.LastIndex(path, ".")+1:]
	switch of := of.(type) {
	case map[string]any:
		out[path+" object"] = true
		for key, value := range of {
			addShape(out, path+"."+key, value)
		}
	case []any:
		out[path+" array"] = true
		for _, item := range of {
			if madeUp.MatchString(path) {
				addShape(out, path+"[]", item)
			} else {
				addShape(out, path+"["+nameOf(item)+"]", item)
			}
		}
	case string:
		out[path+" string"] = true
	case bool:
		out[path+" bool"] = true
	case float64:
		out[path+" number"] = true
	}
	if value := fmt.Sprint(of); name == "intent" {
		out[path+" = "+strings.ToUpper(value)] = true // some answers have it in lower case
	} else if slices.Contains(telling, name) {
		if _, isObject := of.(map[string]any); !isObject {
			out[path+" = "+indexes.ReplaceAllString(value, "[]")] = true
		}
	}
}

// madeUp are lists of things that each org names as it likes: attributes of a
// profile, scopes.
var madeUp = regexp.MustCompile(`\.value\[(userProfile|optedScopes)\]\.form\.value$|^\.scopes$`)

var indexes = regexp.MustCompile(`\[\d+\]`)

// nameOf tells the items of a list apart where they have names.
func nameOf(item any) string {
	of, _ := item.(map[string]any)
	for _, key := range []string{"name", optionKey} {
		if name, ok := of[key].(string); ok {
			return name
		}
	}
	return ""
}

// optionKey is put on the options of a list of authenticators: the key of the
// authenticator that they relate to, so that like is compared with like.
const optionKey = "(authenticator)"

// partsOf takes an answer apart into comparable pieces, each under its kind.
func partsOf(answer map[string]any) map[string][]any {
	out := map[string][]any{}
	add := func(kind string, part any) { out[kind] = append(out[kind], part) }
	current := ""
	for _, where := range []string{"currentAuthenticator", "currentAuthenticatorEnrollment"} {
		if is, _ := answer[where].(map[string]any); is != nil {
			if value, _ := is["value"].(map[string]any); value != nil {
				current, _ = value["key"].(string)
			}
		}
	}
	first := ""
	for i, item := range list(answer["remediation"]) {
		remediation := item.(map[string]any)
		name, _ := remediation["name"].(string)
		kind := strings.TrimSpace(name + " " + current)
		if strings.HasPrefix(name, "select-authenticator-") {
			kind = name
			for _, option := range optionsOf(answer, remediation) {
				add(kind+" option "+option[optionKey].(string), option)
			}
			remediation = withoutOptions(remediation)
		}
		if i == 0 {
			first = kind
		}
		add("remediation "+kind, withoutMessages(remediation, func(message any) { add("message", message) }))
	}
	if answer["successWithInteractionCode"] != nil {
		first = "success"
		add("successWithInteractionCode", answer["successWithInteractionCode"])
	}
	top := map[string]any{}
	for key, value := range answer {
		switch value.(type) {
		case map[string]any:
			top[key] = map[string]any{}
		default:
			top[key] = value
		}
	}
	add("answer "+first, top)
	for _, where := range []string{"currentAuthenticator", "currentAuthenticatorEnrollment"} {
		if answer[where] != nil {
			add(where+" of "+first, answer[where])
		}
	}
	for _, where := range []string{"authenticators", "authenticatorEnrollments"} {
		for _, item := range list(answer[where]) {
			if is, ok := item.(map[string]any); ok {
				add(fmt.Sprint(where, " ", is["key"]), is)
			}
		}
	}
	for _, message := range list(answer["messages"]) {
		add("message", message)
	}
	for _, where := range []string{"user", "app", "cancel"} {
		if answer[where] != nil {
			add(where, answer[where])
		}
	}
	return out
}

// optionsOf returns the options of a list of authenticators, marked with the
// key of what they relate to.
func optionsOf(answer, remediation map[string]any) []map[string]any {
	var out []map[string]any
	fields, _ := remediation["value"].([]any)
	for _, f := range fields {
		options, _ := f.(map[string]any)["options"].([]any)
		for _, o := range options {
			option := maps.Clone(o.(map[string]any))
			related, _ := option["relatesTo"].(string)
			if is, ok := resolve(answer, related).(map[string]any); ok {
				option[optionKey] = fmt.Sprint(is["key"])
				out = append(out, option)
			}
		}
	}
	return out
}

func withoutOptions(remediation map[string]any) map[string]any {
	out := maps.Clone(remediation)
	var values []any
	for _, f := range remediation["value"].([]any) {
		f := maps.Clone(f.(map[string]any))
		if _, ok := f["options"]; ok {
			f["options"] = []any{}
		}
		values = append(values, f)
	}
	out["value"] = values
	return out
}

// withoutMessages takes the messages off the fields of a form, at any depth:
// which field is wrong is the user's doing, not a matter of shape.
func withoutMessages(of any, found func(message any)) any {
	switch of := of.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, value := range of {
			if name != "messages" {
				out[name] = withoutMessages(value, found)
				continue
			}
			for _, message := range list(value) {
				found(message)
			}
		}
		return out
	case []any:
		var out []any
		for _, item := range of {
			out = append(out, withoutMessages(item, found))
		}
		return out
	}
	return of
}

// resolve follows a relatesTo such as $.authenticatorEnrollments.value[0].
func resolve(answer map[string]any, path string) any {
	var at any = answer
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "$."), ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		of, _ := at.(map[string]any)
		at = of[name]
		if indexed {
			items, _ := at.([]any)
			i, err := strconv.Atoi(index)
			if err != nil || i >= len(items) {
				return nil
			}
			at = items[i]
		}
	}
	return at
}

// corpus are the recorded answers that are objects.
func corpus(t *testing.T) []map[string]any {
	t.Helper()
	var out []map[string]any
	for _, content := range rig.Corpus(t) {
		var answer map[string]any
		if json.Unmarshal(content, &answer) == nil && answer != nil {
			out = append(out, answer)
		}
	}
	return out
}

func TestAnswersAreLikeOktas(t *testing.T) {
	answers := emitted(t)
	t.Run("relations resolve", func(t *testing.T) { relationsResolve(t, answers) })
	t.Run("shapes are those of the corpus", func(t *testing.T) { shapesAreThoseOfTheCorpus(t, answers) })
	t.Run("the README lists what is asked", func(t *testing.T) { readmeHas(t, "asked", askedList(answers)) })
	t.Run("every remediation of the corpus is simulated", func(t *testing.T) { everyRemediationIsSimulated(t, answers) })
}

func shapesAreThoseOfTheCorpus(t *testing.T, answers []map[string]any) {
	known := map[string][]map[string]bool{}
	for _, answer := range corpus(t) {
		for kind, parts := range partsOf(answer) {
			for _, part := range parts {
				known[kind] = append(known[kind], shapeOf("", part))
			}
		}
	}
	differences := map[string]bool{}
	for _, answer := range answers {
		for kind, parts := range partsOf(answer) {
			for _, part := range parts {
				compare(differences, kind, shapeOf("", part), known[kind])
			}
		}
	}
	for _, difference := range slices.Sorted(maps.Keys(differences)) {
		if !slices.ContainsFunc(explained, func(e explanation) bool { return e.of(difference) }) {
			t.Errorf("unexplained: %q", difference)
		}
	}
	for _, e := range explained {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(differences)), e.of) {
			t.Errorf("explained, but there is no such difference: %s", e.differences)
		}
	}
}

func compare(differences map[string]bool, kind string, ours map[string]bool, theirs []map[string]bool) {
	if len(theirs) == 0 {
		differences[kind+": not in the corpus"] = true
		return
	}
	some, all := map[string]bool{}, maps.Clone(theirs[0])
	for _, shape := range theirs {
		maps.Copy(some, shape)
		maps.DeleteFunc(all, func(path string, _ bool) bool { return !shape[path] })
	}
	for _, difference := range missing(ours, some) {
		differences[kind+": +"+difference] = true
	}
	for _, difference := range missing(all, ours) {
		differences[kind+": -"+difference] = true
	}
}

// missing returns what is in one shape and not in the other: a path that is
// not there, without what is below it, or what is different about one that is.
func missing(from, in map[string]bool) []string {
	there := map[string]bool{"": true}
	for entry := range in {
		there[pathOf(entry)] = true
	}
	var out []string
	for entry := range from {
		path := pathOf(entry)
		above := path[:max(strings.LastIndexAny(path, ".["), 0)]
		switch {
		case in[entry] || !there[above]:
		case !there[path]:
			out = append(out, path)
		default:
			out = append(out, entry)
		}
	}
	return out
}

func pathOf(entry string) string {
	path, _, _ := strings.Cut(entry, " ")
	return path
}

func relationsResolve(t *testing.T, answers []map[string]any) {
	for _, answer := range answers {
		for _, item := range list(answer["remediation"]) {
			remediation := item.(map[string]any)
			related, _ := remediation["relatesTo"].([]any)
			for _, path := range related {
				if resolve(answer, path.(string)) == nil {
					t.Errorf("%v relates to %v, which is not there", remediation["name"], path)
				}
			}
			fields, _ := remediation["value"].([]any)
			for _, f := range fields {
				options, _ := f.(map[string]any)["options"].([]any)
				if f.(map[string]any)["name"] != "authenticator" {
					continue
				}
				if got := optionsOf(answer, map[string]any{"value": []any{f}}); len(got) != len(options) {
					t.Errorf("%v: %d of %d options resolve", remediation["name"], len(got), len(options))
				}
			}
		}
	}
}

// everyRemediationIsSimulated: whoever builds a client against oktasim meets
// here whatever the real thing may ask.
func everyRemediationIsSimulated(t *testing.T, answers []map[string]any) {
	offered := remediationNames(answers)
	for name := range remediationNames(corpus(t)) {
		if !offered[name] && notSimulated[name] == "" {
			t.Errorf("no walk meets %q", name)
		}
	}
	for name := range notSimulated {
		if offered[name] {
			t.Errorf("%q is offered, but said not to be", name)
		}
	}
}

func remediationNames(of []map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, answer := range of {
		for _, item := range list(answer["remediation"]) {
			out[fmt.Sprint(item.(map[string]any)["name"])] = true
		}
	}
	return out
}
