package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Preset is what an application, or the proxy that it was made for, expects.
type Preset struct {
	// Name is how a config asks for it.
	Name string
	// Doc is one line: the application, and what there is to know.
	Doc string

	headers             []Definition // with the values below where options change them
	removeAuthorization bool
}

// Options are what an operator may change in a preset. Each is an error for a
// preset that has no use for it.
type Options struct {
	// User is the value of the headers that name the user, such as
	// {claim.email|lower}; "" is the preset's own.
	User string
	// Roles are the words for the header of a role: the first that a user has a
	// group for. Without a match the user gets no such header.
	Roles []Role
	// GroupsDelimiter is between the groups; "" is the preset's own.
	GroupsDelimiter string
	// Expand is that of each Definition.
	Expand func(placeholder string) (string, error)
}

// Role is a word that an application knows, for members of any of the groups. In
// the name of a group * stands for any run of characters.
type Role struct {
	Word   string
	Groups []string
}

// Presets lists all, sorted by name.
func Presets() []Preset {
	return slices.SortedFunc(slices.Values(presets), func(a, b Preset) int { return strings.Compare(a.Name, b.Name) })
}

// ForPreset gives the definitions of a preset, and whether the application wants
// the client's Authorization removed.
func ForPreset(name string, o Options) (definitions []Definition, removeAuthorization bool, err error) {
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		var known []string
		for _, p := range presets {
			known = append(known, p.Name)
		}
		return nil, false, fmt.Errorf("no preset %q: %s", name, oneOf(name, known))
	}
	definitions, err = presets[i].with(o)
	if err == nil {
		// What is wrong with the options is better said here than by Compile,
		// which knows the headers only.
		_, err = Compile(definitions)
	}
	if err != nil {
		return nil, false, fmt.Errorf("preset %q: %w", name, err)
	}
	return definitions, presets[i].removeAuthorization, nil
}

// with applies the options, and finds those that are of no use.
func (p Preset) with(o Options) ([]Definition, error) {
	role, err := roleValue(o.Roles)
	if err != nil {
		return nil, err
	}
	var users, roles, groups bool
	var out []Definition
	for _, d := range p.headers {
		switch {
		case d.Value == roleOfUser:
			roles = true
			if d.Value = role; role == "" {
				continue
			}
		case d.Delimiter != "":
			groups = true
			if o.GroupsDelimiter != "" {
				d.Delimiter = o.GroupsDelimiter
			}
		case strings.HasPrefix(d.Value, userIs):
			users = true
			if d.Value = strings.TrimPrefix(d.Value, userIs); o.User != "" {
				d.Value = o.User
			}
		}
		d.Expand = o.Expand
		out = append(out, d)
	}
	switch {
	case o.User != "" && !users:
		return nil, errors.New("it has no header for the user's name, so a value for it is of no use")
	case o.Roles != nil && !roles:
		return nil, errors.New("it has no header for a role, so roles are of no use")
	case o.GroupsDelimiter != "" && !groups:
		return nil, errors.New("it has no header for groups, so a delimiter is of no use")
	}
	return out, nil
}

// roleValue is the value that gives a user the word of a role, "" without roles.
func roleValue(roles []Role) (string, error) {
	var pairs []string
	for _, r := range roles {
		if r.Word == "" || len(r.Groups) == 0 || slices.Contains(r.Groups, "") {
			return "", fmt.Errorf("the role %q of the groups %q: a role has a word, and one group or more", r.Word, r.Groups)
		}
		for _, group := range r.Groups {
			pairs = append(pairs, quote(group)+"="+quote(r.Word))
		}
	}
	if pairs == nil {
		return "", nil
	}
	return "{claim.groups|choose(" + strings.Join(pairs, ", ") + ")}", nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
