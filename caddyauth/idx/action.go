package idx

import (
	"maps"
	"slices"
)

// challengeHolders are the members with actions that hold no authenticator.
var challengeHolders = []string{"authenticatorChallenge", autofillHolder}

// action reads a remediation that stands alone, under a name to use when it has
// none of its own; nil when v is no remediation.
func (d *decoder) action(v any, name string) *Remediation {
	o := asObject(v)
	if asString(o["href"]) == "" && !isForm(o) {
		return nil
	}
	if asString(o["name"]) == "" {
		o = maps.Clone(o)
		o["name"] = name
	}
	return d.remediation(o)
}

// actions finds the forms that stand with an authenticator or a challenge, at
// whatever depth: a cancel can be three objects down.
func (d *decoder) actions(cancel *Remediation) []*Remediation {
	c := collector{decoder: d, taken: map[string]string{}}
	if cancel != nil {
		c.taken[cancel.Name] = cancel.Href
	}
	for _, holder := range slices.Concat(currentHolders, challengeHolders) {
		c.holder, c.related = holder, nil
		if slices.Contains(currentHolders, holder) {
			c.related = d.authenticator(place{holder, -1})
		}
		c.collect(d.root[holder], holder)
	}
	return c.found
}

type collector struct {
	*decoder
	holder  string
	related *Authenticator
	taken   map[string]string // name to address
	found   []*Remediation
}

func (c *collector) collect(v any, key string) {
	switch v := v.(type) {
	case object:
		if isForm(v) {
			c.add(c.action(v, key))
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			c.collect(v[k], k)
		}
	case []any:
		for _, item := range v {
			c.collect(item, key)
		}
	}
}

// add keeps names unique: the same action found twice is one, another of the
// same name is told apart by where it stands.
func (c *collector) add(r *Remediation) {
	if r == nil {
		return
	}
	if href, ok := c.taken[r.Name]; ok {
		if href == r.Href {
			return
		}
		r.Name = c.holder + "-" + r.Name
		if _, ok := c.taken[r.Name]; ok {
			return
		}
	}
	c.taken[r.Name] = r.Href
	if r.Authenticator == nil {
		r.Authenticator = c.related
	}
	c.found = append(c.found, r)
}
